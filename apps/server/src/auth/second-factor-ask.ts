import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { PublicContext } from '../context.ts'
import { holdProven, type Proof } from './held-user.ts'
import { relyingPartyOf } from './passkey-relying-party.ts'
import { type PasskeyRow, readPasskeys } from './passkey-rows.ts'
import { passkeyRequest } from './passkey-webauthn.ts'
import { countRecoveryCodes } from './recovery-codes.ts'
import { beginChallenge } from './second-factor-challenge.ts'
import type { SecondFactorMethod } from './second-factor-schemas.ts'
import { hasSecondFactor } from './second-factor-state.ts'
import { findTotp } from './totp-rows.ts'

/** The password was right; now something else is to be shown within five minutes. */
export interface SecondFactorAsked {
  challenge: 'second-factor'
  /** Opaque; goes with the answer to `auth.loginSecondFactor`. */
  challengeToken: string
  /** What the person has to answer with. */
  methods: SecondFactorMethod[]
  /** Present with the method `passkey`: what the browser is to ask of it. */
  passkeyOptions?: PublicKeyCredentialRequestOptionsJSON
}

/**
 * Asks somebody whose password was right for their second factor.
 * @returns null when they have none; also when what they have shown does not count any more, as `openSession` finds, too
 */
export async function askSecondFactor(o: {
  ctx: PublicContext
  userId: string
  version: number
  keepSignedIn: boolean
  proofs: readonly Proof[]
}): Promise<SecondFactorAsked | null> {
  const { services, request } = o.ctx
  const { userId } = o
  const party = relyingPartyOf({ services, request })
  const asked = await services.db.withUserSql(userId, async (client) => {
    const user = await holdProven(client, o)
    if (!user || !(await hasSecondFactor(client, { userId }))) return null
    const passkeys = party ? await readPasskeys(client, { userId }) : []
    const methods = await readMethods(client, { userId, passkeys })
    const challengeToken = await beginChallenge(user, {
      ...o,
      request,
      purpose: 'sign-in',
      sessionId: null,
      now: services.now(),
    })
    await recordAct(client, {
      actor: { userId, name: 'sign-in', ip: request.ip },
      action: 'auth.second-factor-asked',
      target: `user:${userId}`,
      detail: { userAgent: request.userAgent, methods },
    })
    return { challengeToken, methods, passkeys }
  })
  if (!asked) return null
  const { challengeToken, methods, passkeys } = asked
  return {
    challenge: 'second-factor',
    challengeToken,
    methods,
    ...(party &&
      passkeys.length > 0 && {
        passkeyOptions: await passkeyRequest({ party, challenge: challengeToken, passkeys }),
      }),
  }
}

async function readMethods(
  client: pg.PoolClient,
  o: { userId: string; passkeys: PasskeyRow[] },
): Promise<SecondFactorMethod[]> {
  const { userId } = o
  const methods: SecondFactorMethod[] = []
  if (await findTotp(client, { userId, isConfirmed: true })) methods.push('totp')
  if (o.passkeys.length > 0) methods.push('passkey')
  if ((await countRecoveryCodes(client, { userId })) > 0) methods.push('recovery')
  return methods
}
