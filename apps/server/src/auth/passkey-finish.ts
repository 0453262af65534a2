import { type VerifiedRegistrationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'
import type pg from 'pg'
import type { PublicContext, UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { endWhatRestsOn } from './end-what-rests-on.ts'
import { holdSession } from './held-user.ts'
import { requireRelyingParty } from './passkey-relying-party.ts'
import { type PasskeyRow, toPasskey } from './passkey-rows.ts'
import { ALGORITHMS, MOST_PASSKEYS, tooManyPasskeys } from './passkey-start.ts'
import { claimedChallenge, passkeyRefused } from './passkey-webauthn.ts'
import { countRecoveryCodes, replaceRecoveryCodes } from './recovery-codes.ts'
import { requireChallenge, takeChallenge } from './second-factor-challenge.ts'
import { noticeSecondFactorChange, recordSecondFactorChange } from './second-factor-change.ts'
import type { FinishPasskey, Passkey } from './second-factor-schemas.ts'

/** The longest id that WebAuthn allows an authenticator to give. */
const MAX_CREDENTIAL_ID_BYTES = 1_023

interface Finish {
  ctx: UserContext & Pick<PublicContext, 'request'>
  input: FinishPasskey
}
type Registration = NonNullable<VerifiedRegistrationResponse['registrationInfo']>

/**
 * Keeps the passkey that the browser has made. From then on it signs in alone, and a password needs it, or another
 * second factor, beside it.
 * @returns recovery codes, shown this once, when the person has none left; else null
 * @throws ServiceError `CHALLENGE_ENDED`, `PASSKEY_REFUSED`, `PASSKEY_KNOWN`, `TOO_MANY_PASSKEYS`,
 *   `PASSKEYS_UNAVAILABLE`
 */
export async function finishPasskey(
  o: Finish,
): Promise<{ passkey: Passkey; recoveryCodes: string[] | null }> {
  const { services, request, actor } = o.ctx
  const { userId, sessionId } = actor
  const challenge = claimedChallenge(o.input.response.response)
  if (challenge === null) throw passkeyRefused()
  const place = { userId, sessionId, challenge, purpose: 'passkey' } as const
  await services.db.withUserSql(userId, (client) =>
    requireChallenge(client, { ...place, request, now: services.now() }),
  )
  const registration = await verifyAttestation({ ...o, challenge })
  const added = await services.db.withUserSql(userId, async (client) => {
    // Those made at once are counted one after the other.
    const user = await holdSession(client, { ctx: o.ctx, stepUp: false })
    await takeChallenge(user, { ...place, now: services.now() })
    const row = await insertPasskey(client, { ...o, registration })
    await recordSecondFactorChange(client, {
      ctx: o.ctx,
      action: 'second-factor.passkey-added',
      target: `passkey:${row.passkeyId}`,
      detail: { name: row.name },
    })
    const left = await countRecoveryCodes(client, { userId })
    const recoveryCodes =
      left > 0 ? null : await replaceRecoveryCodes(client, { userId, now: services.now() })
    await endWhatRestsOn(user, {
      services,
      proofs: recoveryCodes ? ['recovery'] : [],
      except: sessionId,
      reason: 'sign-in-method-removed',
    })
    return { passkey: toPasskey(row), recoveryCodes }
  })
  await noticeSecondFactorChange(o.ctx, 'passkey-added')
  return added
}

/** WebAuthn, section 7.1. */
async function verifyAttestation(o: Finish & { challenge: string }): Promise<Registration> {
  const { ctx, input, challenge } = o
  const party = requireRelyingParty(ctx)
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: input.response,
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch((cause: unknown) => {
    throw passkeyRefused(cause)
  })
  if (!verified || !registrationInfo) throw passkeyRefused()
  return registrationInfo
}

async function insertPasskey(
  client: pg.PoolClient,
  o: Finish & { registration: Registration },
): Promise<PasskeyRow> {
  const { ctx, input, registration } = o
  const { userId } = ctx.actor
  const { credential } = registration
  const credentialId = Buffer.from(credential.id, 'base64url')
  if (credentialId.length > MAX_CREDENTIAL_ID_BYTES) throw passkeyRefused()
  const { rows } = await client.query<PasskeyRow & { isTooMany: boolean }>(
    `INSERT INTO passkeys
       (user_id, credential_id, public_key, counter, transports, backed_up, name, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (credential_id) DO NOTHING
     RETURNING passkey_id AS "passkeyId", name, created_at AS "createdAt", last_used_at AS "lastUsedAt",
       (SELECT count(*) >= $9 FROM passkeys WHERE user_id = $1) AS "isTooMany"`,
    [
      ...[userId, credentialId, Buffer.from(credential.publicKey), credential.counter],
      ...[input.response.response.transports ?? null, registration.credentialBackedUp, input.name],
      ...[ctx.services.now(), MOST_PASSKEYS],
    ],
  )
  const [row] = rows
  if (!row) throw passkeyKnown()
  if (row.isTooMany) throw tooManyPasskeys()
  return row
}

function passkeyKnown(): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'PASSKEY_KNOWN',
    message: 'This passkey is known already.',
  })
}
