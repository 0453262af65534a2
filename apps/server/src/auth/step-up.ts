import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import { recordAct } from '../audit/record.ts'
import type { PublicContext, UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { holdSession, type Proof, type ProvenUser, readCredentialsVersion } from './held-user.ts'
import { requireRelyingParty } from './passkey-relying-party.ts'
import { readPasskeys } from './passkey-rows.ts'
import { claimedChallenge, passkeyRefused, passkeyRequest } from './passkey-webauthn.ts'
import { inPasswordQueue } from './passwords.ts'
import { beginChallenge, requireChallenge, takeChallenge } from './second-factor-challenge.ts'
import { proveByCode, proveByPasskey } from './second-factor-proof.ts'
import type { PasskeyAssertion, StepUp } from './second-factor-schemas.ts'
import { stepUpEnds } from './step-up-check.ts'

type Ctx = UserContext & Pick<PublicContext, 'request'>

/** What was shown, and what its use changes. */
export interface Shown {
  method: string
  /** What the session keeps of it. */
  proof: Proof
  spend?: (user: ProvenUser) => Promise<void>
}

/**
 * Notes that the person has shown once more who they are: for five minutes their session may do what matters most.
 * @throws ServiceError `WRONG_PASSWORD`, `PASSWORD_NEEDED`, `WRONG_CODE`, `PASSKEY_REFUSED`, `CHALLENGE_ENDED`,
 *   `TOO_MANY_ATTEMPTS`, `BUSY`
 */
export async function stepUp(o: { ctx: Ctx; input: StepUp }): Promise<{ until: string }> {
  const { ctx, input } = o
  const { services, actor } = ctx
  const version = await services.db.withUserSql(actor.userId, (client) =>
    readCredentialsVersion(client, actor),
  )
  const stepped = await noteStepUp({ ctx, version, show: () => show(ctx, input) })
  if (input.code !== undefined) {
    await services.attempts.succeed({ scope: 'confirm-code', subject: actor.userId })
  }
  return stepped
}

/**
 * Notes for the session what `show` has found to be shown, and in the person's log when it was not.
 * @param o.version read before anything was shown: what is shown while what signs the person in changes, is void
 */
export async function noteStepUp(o: {
  ctx: UserContext
  version: number | undefined
  show: () => Promise<Shown>
}): Promise<{ until: string }> {
  const { services, actor } = o.ctx
  const { userId, sessionId } = actor
  const shown = await recordingRefusal(o.ctx, o.show)
  const now = services.now()
  await services.db.withUserSql(userId, async (client) => {
    const version = o.version ?? -1
    const user = await holdSession(client, { ctx: o.ctx, stepUp: false, version })
    await shown.spend?.(user)
    await client.query(
      `UPDATE sessions SET verified_at = $3, verified_by = $4
       WHERE user_id = $1 AND session_id = $2 AND revoked_at IS NULL`,
      [userId, sessionId, now, [shown.proof]],
    )
    await recordAct(client, {
      actor,
      action: 'auth.stepped-up',
      target: `session:${sessionId}`,
      detail: { method: shown.method },
    })
  })
  return { until: stepUpEnds(now).toISOString() }
}

/**
 * What the browser is to ask of a passkey for `stepUp`.
 * @throws ServiceError `PASSKEYS_UNAVAILABLE`, `NO_PASSKEY`
 */
export async function offerPasskeyStepUp({ ctx }: { ctx: Ctx }): Promise<{
  options: PublicKeyCredentialRequestOptionsJSON
}> {
  const { services, request, actor } = ctx
  const party = requireRelyingParty({ services, request })
  const { challenge, passkeys } = await services.db.withUserSql(actor.userId, async (client) => ({
    challenge: await beginChallenge(await holdSession(client, { ctx, stepUp: false }), {
      ...{ sessionId: actor.sessionId, purpose: 'step-up', request, now: services.now() },
    }),
    passkeys: await readPasskeys(client, actor),
  }))
  if (passkeys.length === 0) {
    throw new ServiceError({ kind: 'refused', reason: 'NO_PASSKEY', message: 'Your account has no passkey.' })
  }
  return { options: await passkeyRequest({ party, challenge, passkeys }) }
}

async function show(ctx: Ctx, { password, code, passkey }: StepUp): Promise<Shown> {
  if (passkey) return showPasskey(ctx, passkey)
  if (password !== undefined) return showPassword(ctx, password)
  const { services, actor } = ctx
  await services.attempts.begin({ scope: 'confirm-code', subject: actor.userId })
  const proven = await proveByCode({ services, actor, code: code ?? '', reason: 'step-up with a code' })
  return { ...proven, spend: ({ client }) => proven.spend(client) }
}

async function showPassword({ services, actor }: Ctx, password: string): Promise<Shown> {
  const { userId } = actor
  const { rows } = await services.db.withUserSql(userId, (client) =>
    client.query<{ passwordHash: string | null }>(
      'SELECT password_hash AS "passwordHash" FROM users WHERE user_id = $1',
      [userId],
    ),
  )
  const hash = rows[0]?.passwordHash
  if (!hash) throw wrongPassword('PASSWORD_NEEDED', 'Your account has no password. Confirm another way.')
  // A stolen session is no way to guess the password.
  const subject = { scope: 'confirm', subject: userId } as const
  await services.attempts.begin(subject)
  const matches = await inPasswordQueue(services.passwords.verify(hash, password))
  if (!matches) throw wrongPassword('WRONG_PASSWORD', 'The password is wrong.')
  await services.attempts.succeed(subject)
  return { method: 'password', proof: 'password' }
}

async function showPasskey(ctx: Ctx, response: PasskeyAssertion): Promise<Shown> {
  const { services, request, actor } = ctx
  const { userId, sessionId } = actor
  const challenge = claimedChallenge(response.response)
  if (challenge === null) throw passkeyRefused()
  const place = { userId, sessionId, challenge, purpose: 'step-up' } as const
  await services.db.withUserSql(userId, (client) =>
    requireChallenge(client, { ...place, request, now: services.now() }),
  )
  const proven = await proveByPasskey({ services, request, userId, challenge, response })
  return {
    ...proven,
    async spend(user) {
      await takeChallenge(user, { ...place, now: services.now() })
      await proven.spend(user.client)
    },
  }
}

async function recordingRefusal<Result>(
  { services, actor }: UserContext,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof ServiceError && error.kind === 'refused') {
      await services.db.withUserSql(actor.userId, (client) =>
        recordAct(client, {
          actor,
          action: 'auth.step-up-failed',
          target: `session:${actor.sessionId}`,
          detail: { reason: error.reason },
        }),
      )
    }
    throw error
  }
}

function wrongPassword(reason: string, message: string): ServiceError {
  return new ServiceError({ kind: 'refused', reason, message, fields: { password: message } })
}
