import type { Database } from '@opentrade/db'
import { SignJWT } from 'jose'
import { z } from 'zod'
import type { Events } from '../events.ts'
import type { AccessIdentity, AccessTokens } from './access-tokens.ts'
import { createIdentityCache } from './identity-cache.ts'
import { verifyJws } from './jws.ts'
import { readJwtClaims } from './jwt-claims.ts'
import type { SigningKeyRing } from './signing-key-ring.ts'

/** How long an access token is good for. */
export const ACCESS_SECONDS = 600
const AUDIENCE = 'opentrade'
const ALGORITHM = 'EdDSA'
const TYPE = 'at+jwt'

interface Options {
  db: Database
  events: Events
  keys: SigningKeyRing
  deploymentId: string
  now: () => Date
}

const Ids = z.object({ sub: z.uuid(), sid: z.uuid(), exp: z.number() })

/**
 * Access tokens as JWTs signed with Ed25519. A token is checked once against the database, then remembered until
 * it expires, its session is revoked, or the connection that would say so is lost.
 */
export function openAccessTokens(o: Options): AccessTokens {
  const cache = createIdentityCache<AccessIdentity>({
    ...o,
    revokes: (event, { userId, sessionId }) =>
      event.type === 'session-revoked' &&
      userId === event.userId &&
      (event.sessionId ?? sessionId) === sessionId,
  })
  return {
    issue: ({ userId, sessionId }) => sign({ ...o, userId, sessionId }),
    peek: cache.peek,
    verify: (token) =>
      cache.check(token, async () => {
        const claims = await readClaims({ ...o, token })
        const identity = claims && (await readIdentity({ ...o, userId: claims.sub, sessionId: claims.sid }))
        return identity && { identity, expiresAt: claims.exp * 1000 }
      }),
    close: cache.close,
  }
}

function sign(o: Options & { userId: string; sessionId: string }): Promise<string> {
  const { kid, privateKey } = o.keys.signing()
  const issuedAt = Math.floor(o.now().getTime() / 1000)
  return new SignJWT({ sid: o.sessionId })
    .setProtectedHeader({ alg: ALGORITHM, kid, typ: TYPE })
    .setIssuer(o.deploymentId)
    .setAudience(AUDIENCE)
    .setSubject(o.userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ACCESS_SECONDS)
    .sign(privateKey)
}

/** The claims of a token that one of our keys signed for us and that has not expired; else null. */
async function readClaims(o: Options & { token: string }): Promise<z.infer<typeof Ids> | null> {
  const payload = await verifiedPayload(o)
  const claims =
    payload &&
    readJwtClaims(payload, {
      issuer: o.deploymentId,
      audiences: [AUDIENCE],
      now: o.now(),
      skewSeconds: 0,
    })
  const ids = Ids.safeParse(claims)
  return ids.success ? ids.data : null
}

async function verifiedPayload(o: Options & { token: string }): Promise<Uint8Array | null> {
  try {
    const { header, payload } = await verifyJws({
      token: o.token,
      algorithms: [ALGORITHM],
      key: async ({ kid }) => {
        const key = kid === undefined ? null : await o.keys.verifying(kid)
        if (!key) throw new Error('The token names no key of ours.')
        return key.publicKey
      },
    })
    return header.typ === TYPE ? payload : null
  } catch {
    // Whatever is wrong with a token, its bearer is nobody.
    return null
  }
}

async function readIdentity(o: {
  db: Database
  userId: string
  sessionId: string
  now: () => Date
}): Promise<AccessIdentity | null> {
  const { rows } = await o.db.withUserSql(o.userId, (client) =>
    client.query<{ role: 'user' | 'admin' }>(
      `SELECT u.role FROM sessions s JOIN users u USING (user_id)
       WHERE s.user_id = $1 AND s.session_id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3 AND u.is_active`,
      [o.userId, o.sessionId, o.now()],
    ),
  )
  const [row] = rows
  return row ? { userId: o.userId, sessionId: o.sessionId, role: row.role } : null
}
