import { hashToken, randomToken } from '@opentrade/crypto'
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import type { PublicContext } from '../context.ts'
import { readCredentialsVersion } from './held-user.ts'
import { openSession } from './open-session.ts'
import { requireRelyingParty } from './passkey-relying-party.ts'
import { passkeyRefused, passkeyRequest } from './passkey-webauthn.ts'
import type { User } from './schemas.ts'
import { CHALLENGE_MS, challengeEnded } from './second-factor-challenge.ts'
import { proveByPasskey } from './second-factor-proof.ts'
import type { LoginPasskey } from './second-factor-schemas.ts'
import { uuidText } from './uuid-bytes.ts'

const USER_HANDLE_BYTES = 16

/**
 * What a browser is to ask of whichever passkey it has for this site, before anybody is known.
 * @throws ServiceError `PASSKEYS_UNAVAILABLE`
 */
export async function offerPasskeyLogin({ ctx }: { ctx: PublicContext }): Promise<{
  challengeToken: string
  options: PublicKeyCredentialRequestOptionsJSON
}> {
  const { services, request } = ctx
  const party = requireRelyingParty({ services, request })
  const challengeToken = randomToken()
  await services.db.pool.query(
    'INSERT INTO passkey_challenges (challenge_hash, user_agent, ip, expires_at) VALUES ($1, $2, $3, $4)',
    [
      ...[hashToken(challengeToken), request.userAgent, request.ip],
      new Date(services.now().getTime() + CHALLENGE_MS),
    ],
  )
  return {
    challengeToken,
    options: await passkeyRequest({ party, challenge: challengeToken, passkeys: [] }),
  }
}

/**
 * Signs in with a passkey alone: it is something that the person has, and their device has asked for something that
 * they know or are. The challenge ends with the first answer, right or wrong.
 * @throws ServiceError `PASSKEY_REFUSED`, the same for one that nobody has; `CHALLENGE_ENDED`, `PASSKEYS_UNAVAILABLE`,
 *   `TOO_MANY_ATTEMPTS`
 */
export async function logInByPasskey(o: {
  ctx: PublicContext
  input: LoginPasskey
}): Promise<{ user: User }> {
  const { ctx, input } = o
  const { services, request } = ctx
  const ip = { scope: 'ip', subject: request.ip } as const
  await services.attempts.begin(ip)
  await takeOpenChallenge(o)
  const userId = handleToUserId(input.response.response.userHandle)
  if (userId === null) throw passkeyRefused()
  const { challengeToken: challenge, response } = input
  const version = await services.db.withUserSql(userId, (client) =>
    readCredentialsVersion(client, { userId }),
  )
  const proof = await proveByPasskey({ services, request, userId, challenge, response })
  const user = await openSession({
    ctx,
    userId,
    version,
    proofs: [proof.proof],
    keepSignedIn: input.keepSignedIn ?? false,
    methods: ['passkey'],
    within: (holder) => proof.spend(holder.client),
  })
  if (!user) throw passkeyRefused()
  await services.attempts.succeed(ip)
  return { user }
}

async function takeOpenChallenge(o: { ctx: PublicContext; input: LoginPasskey }): Promise<void> {
  const { services, request } = o.ctx
  const { rowCount } = await services.db.pool.query(
    `DELETE FROM passkey_challenges
     WHERE challenge_hash = $1 AND expires_at > $2
       AND (user_agent IS NOT DISTINCT FROM $3 OR ip IS NOT DISTINCT FROM $4)`,
    [hashToken(o.input.challengeToken), services.now(), request.userAgent, request.ip],
  )
  if (rowCount !== 1) throw challengeEnded()
}

/** A passkey keeps the person's id as its user handle. It is a claim: the signature by a key of theirs proves it. */
function handleToUserId(handle: string | null | undefined): string | null {
  const bytes = Buffer.from(handle ?? '', 'base64url')
  if (bytes.length !== USER_HANDLE_BYTES) return null
  return uuidText(bytes)
}
