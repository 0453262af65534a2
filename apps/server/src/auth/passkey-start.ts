import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
} from '@simplewebauthn/server'
import type { PublicContext, UserContext } from '../context.ts'
import { notFound, ServiceError } from '../errors.ts'
import { holdSession } from './held-user.ts'
import { requireRelyingParty } from './passkey-relying-party.ts'
import { readPasskeys } from './passkey-rows.ts'
import { challengeBytes, describePasskey } from './passkey-webauthn.ts'
import { beginChallenge, CHALLENGE_MS } from './second-factor-challenge.ts'
import { findActiveUser } from './users.ts'
import { uuidBytes } from './uuid-bytes.ts'

/** More than anybody has devices. */
export const MOST_PASSKEYS = 20
/** COSE: EdDSA, ES256, RS256. Every authenticator knows one of them. */
export const ALGORITHMS = [-8, -7, -257]

/**
 * What a browser is to make a passkey with: one that the device finds by itself, and for which it asks who the person
 * is. No attestation: which maker's device it is, is nobody's business here.
 * @throws ServiceError `PASSKEYS_UNAVAILABLE`, `TOO_MANY_PASSKEYS`
 */
export async function startPasskey({
  ctx,
}: {
  ctx: UserContext & Pick<PublicContext, 'request'>
}): Promise<{ options: PublicKeyCredentialCreationOptionsJSON }> {
  const { services, request, actor } = ctx
  const { userId } = actor
  const party = requireRelyingParty({ services, request })
  const { user, passkeys, challenge } = await services.db.withUserSql(userId, async (client) => ({
    challenge: await beginChallenge(await holdSession(client, { ctx, stepUp: true }), {
      ...{ sessionId: actor.sessionId, purpose: 'passkey', request, now: services.now() },
    }),
    user: await findActiveUser(client, { userId }),
    passkeys: await readPasskeys(client, { userId }),
  }))
  if (!user) throw notFound('account')
  if (passkeys.length >= MOST_PASSKEYS) throw tooManyPasskeys()
  const options = await generateRegistrationOptions({
    rpName: 'OpenTrade',
    rpID: party.id,
    userID: uuidBytes(userId),
    userName: user.email,
    userDisplayName: user.displayName ?? user.email,
    challenge: challengeBytes(challenge),
    timeout: CHALLENGE_MS,
    attestationType: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    excludeCredentials: passkeys.map(describePasskey),
    supportedAlgorithmIDs: ALGORITHMS,
  })
  return { options }
}

export function tooManyPasskeys(): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'TOO_MANY_PASSKEYS',
    message: `You have ${MOST_PASSKEYS} passkeys, which is as many as there can be. Delete one that is not needed.`,
  })
}
