import type { Database } from '@opentrade/db'
import { type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { AppEvent, Events } from '../events.ts'
import type { AccessIdentity, AccessTokens } from './access-tokens.ts'
import type { SigningKey } from './signing-keys.ts'

/** How long an access token is good for. */
export const ACCESS_SECONDS = 600
/** Tokens whose check is remembered at most. */
const MAX_REMEMBERED = 20_000
const AUDIENCE = 'opentrade'

interface Options {
  db: Database
  events: Events
  keys: readonly [SigningKey, ...SigningKey[]]
  deploymentId: string
  now: () => Date
}

interface Remembered {
  identity: AccessIdentity
  expiresAt: number
}

const Claims = z.object({ sub: z.uuid(), sid: z.uuid(), exp: z.number() })

/**
 * Access tokens as JWTs signed with Ed25519. A token is checked once against the database, then remembered until
 * it expires, its session is revoked, or the connection that would say so is lost.
 */
export function openAccessTokens(o: Options): AccessTokens {
  const remembered = new Map<string, Remembered>()
  const keys = new Map(o.keys.map((key) => [key.kid, key]))
  // Counts what may have revoked a session, so that a check under way then is not remembered.
  let changes = 0

  function forget(event: AppEvent): void {
    if (event.type !== 'session-revoked') return
    changes += 1
    for (const [token, { identity }] of remembered) {
      const { userId, sessionId } = identity
      if (userId === event.userId && (event.sessionId ?? sessionId) === sessionId) remembered.delete(token)
    }
  }

  function forgetAll(): void {
    changes += 1
    remembered.clear()
  }

  function remember(token: string, entry: Remembered): void {
    remembered.set(token, entry)
    if (remembered.size <= MAX_REMEMBERED) return
    const [oldest] = remembered.keys()
    if (oldest !== undefined) remembered.delete(oldest)
  }

  const unsubscribe = o.events.subscribe(forget, forgetAll)
  return {
    issue: ({ userId, sessionId }) => sign({ ...o, userId, sessionId }),
    peek(token) {
      const entry = remembered.get(token)
      if (!entry || !o.events.listening()) return null
      return entry.expiresAt > o.now().getTime() ? entry.identity : null
    },
    async verify(token) {
      const before = changes
      const claims = await readClaims({ ...o, byKid: keys, token })
      if (!claims) return null
      const identity = await readIdentity({ ...o, userId: claims.sub, sessionId: claims.sid })
      if (identity && before === changes && o.events.listening()) {
        remember(token, { identity, expiresAt: claims.exp * 1000 })
      }
      return identity
    },
    close: unsubscribe,
  }
}

function sign(o: Options & { userId: string; sessionId: string }): Promise<string> {
  const [{ kid, privateKey }] = o.keys
  const issuedAt = Math.floor(o.now().getTime() / 1000)
  return new SignJWT({ sid: o.sessionId })
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
    .setIssuer(o.deploymentId)
    .setAudience(AUDIENCE)
    .setSubject(o.userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ACCESS_SECONDS)
    .sign(privateKey)
}

/** The claims of a token that one of our keys signed for us and that has not expired; else null. */
async function readClaims(
  o: Options & { byKid: Map<string, SigningKey>; token: string },
): Promise<z.infer<typeof Claims> | null> {
  const payload = await verifySignature(o)
  const claims = Claims.safeParse(payload)
  return claims.success ? claims.data : null
}

async function verifySignature(
  o: Options & { byKid: Map<string, SigningKey>; token: string },
): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtVerify(
      o.token,
      ({ kid }) => {
        const key = kid === undefined ? undefined : o.byKid.get(kid)
        if (!key) throw new Error('The token names no key of ours.')
        return key.publicKey
      },
      {
        algorithms: ['EdDSA'],
        issuer: o.deploymentId,
        audience: AUDIENCE,
        typ: 'at+jwt',
        requiredClaims: ['sub', 'sid', 'exp'],
        currentDate: o.now(),
      },
    )
    return payload
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
