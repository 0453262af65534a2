import type pg from 'pg'
import type { Actor, RequestInfo, Services } from '../context.ts'
import { ServiceError } from '../errors.ts'
import type { Proof } from './held-user.ts'
import { requireRelyingParty } from './passkey-relying-party.ts'
import { countPasskeyUse, findPasskey } from './passkey-rows.ts'
import { passkeyRefused, verifyAssertion } from './passkey-webauthn.ts'
import { readRecoveryCode, useRecoveryCode } from './recovery-codes.ts'
import type { PasskeyAssertion, SecondFactorMethod } from './second-factor-schemas.ts'
import { findTotp, matchTotp, useTotpStep } from './totp-rows.ts'

/** A second factor that was checked and not used yet. */
export interface ProvenFactor {
  method: SecondFactorMethod
  /** What sessions keep of it. */
  proof: Proof
  /**
   * Uses it up, in the transaction that grants what it is for.
   * @throws ServiceError `WRONG_CODE`, `PASSKEY_REFUSED`: another call was faster
   */
  spend: (client: pg.PoolClient) => Promise<void>
}

interface Person {
  services: Services
  /** Whose factor it is, and for the log of its opening who asks. */
  actor: Actor
}

/**
 * Checks a code of the authenticator app, or recognises a recovery code, which is checked as it is spent.
 * @throws ServiceError `WRONG_CODE`
 */
export async function proveByCode(o: Person & { code: string; reason: string }): Promise<ProvenFactor> {
  const { services, actor } = o
  const { userId } = actor
  const digits = o.code.replaceAll(/\s/g, '')
  if (/^\d{6}$/.test(digits)) return proveByTotp({ ...o, code: digits })
  const code = readRecoveryCode(o.code)
  if (code === null) throw wrongCode()
  return {
    method: 'recovery',
    proof: 'recovery',
    async spend(client) {
      if (!(await useRecoveryCode(client, { userId, code, now: services.now() }))) throw wrongCode()
    },
  }
}

async function proveByTotp(o: Person & { code: string; reason: string }): Promise<ProvenFactor> {
  const { userId } = o.actor
  const totp = await o.services.db.withUserSql(userId, (client) =>
    findTotp(client, { userId, isConfirmed: true }),
  )
  const step = totp && (await matchTotp({ ...o, totp }))
  if (!totp || step === null) throw wrongCode()
  return {
    method: 'totp',
    proof: `totp:${totp.factorId}`,
    async spend(client) {
      const now = o.services.now()
      if (!(await useTotpStep(client, { userId, factorId: totp.factorId, step, now }))) throw wrongCode()
    },
  }
}

/**
 * Checks what a passkey of the person answered to a challenge.
 * @throws ServiceError `PASSKEY_REFUSED`, `PASSKEYS_UNAVAILABLE`
 */
export async function proveByPasskey(o: {
  services: Services
  request: RequestInfo
  userId: string
  challenge: string
  response: PasskeyAssertion
}): Promise<ProvenFactor> {
  const { services, userId, challenge, response } = o
  const party = requireRelyingParty(o)
  const credentialId = Buffer.from(response.id, 'base64url')
  const passkey = await services.db.withUserSql(userId, (client) =>
    findPasskey(client, { userId, credentialId }),
  )
  if (!passkey) throw passkeyRefused()
  const counter = await verifyAssertion({ party, challenge, passkey, response })
  const { passkeyId } = passkey
  return {
    method: 'passkey',
    proof: `passkey:${passkeyId}`,
    async spend(client) {
      const used = await countPasskeyUse(client, { userId, passkeyId, counter, now: services.now() })
      if (!used) throw passkeyRefused()
    },
  }
}

/** The same for a wrong code, an old one and one that was used. */
export function wrongCode(): ServiceError {
  const message = 'The code is wrong, or was used already.'
  return new ServiceError({ kind: 'refused', reason: 'WRONG_CODE', message, fields: { code: message } })
}
