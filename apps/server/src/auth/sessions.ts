import { hashToken } from '@opentrade/crypto'
import { uuidv7 } from '@opentrade/db'
import type pg from 'pg'
import type { RequestInfo, Services } from '../context.ts'
import { publishEvent } from '../events.ts'
import { ACCESS_COOKIE, REFRESH_COOKIE } from './cookie-names.ts'
import type { Proof, ProvenUser } from './held-user.ts'
import { ACCESS_SECONDS } from './jwt-access-tokens.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** A session without use ends after this, unless the person chose to stay signed in. */
export const IDLE_MS = 30 * MINUTE_MS
/** Every session ends after this. */
const ABSOLUTE_MS = 30 * DAY_MS

/** Why a session ended, as stored. */
export type RevokeReason =
  | 'signed-out'
  | 'replaced'
  | 'token-reused'
  | 'ended-by-user'
  | 'password-changed'
  | 'password-reset'
  | 'deactivated'
  | 'reset-required'
  | 'sign-in-method-removed'
  | 'role-changed'

/** What a browser is given. */
export interface SessionTokens {
  userId: string
  sessionId: string
  refreshToken: string
  keepSignedIn: boolean
  expiresAt: Date
}

interface NewSession {
  services: Services
  request: RequestInfo
  keepSignedIn: boolean
  /** By what the person has shown who they are; null: that is not known. */
  proofs: readonly Proof[] | null
  /** When they have shown who they are, if that was not just now. */
  verifiedAt?: Date | null
}

/** Begins a session within the caller's transaction. */
export async function createSession(user: ProvenUser, o: NewSession): Promise<SessionTokens> {
  const { client, userId } = user
  const { keepSignedIn, request } = o
  const sessionId = uuidv7()
  const refreshToken = o.services.refreshTokens.create({ userId, sessionId })
  const now = o.services.now()
  const expiresAt = new Date(now.getTime() + ABSOLUTE_MS)
  await client.query(
    `INSERT INTO sessions (user_id, session_id, family_id, refresh_hash, user_agent, ip, keep_signed_in,
       created_at, last_used_at, verified_at, idle_expires_at, expires_at, opened_by, verified_by)
     VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $7, $10, $8, $9, $11, $11)`,
    [
      userId,
      sessionId,
      hashToken(refreshToken),
      request.userAgent,
      request.ip,
      keepSignedIn,
      now,
      idleEnd({ now, expiresAt, keepSignedIn }),
      expiresAt,
      // The clock of who says it may be ahead of ours.
      o.verifiedAt && o.verifiedAt < now ? o.verifiedAt : now,
      o.proofs,
    ],
  )
  return { userId, sessionId, refreshToken, keepSignedIn, expiresAt }
}

/** When a session ends that is not used again. */
function idleEnd(o: { now: Date; expiresAt: Date; keepSignedIn: boolean }): Date {
  if (o.keepSignedIn) return o.expiresAt
  return new Date(Math.min(o.expiresAt.getTime(), o.now.getTime() + IDLE_MS))
}

/** Ends a session and its family, and tells every process. Nothing happens to one that has ended. */
export async function revokeSession(
  client: pg.PoolClient,
  o: { userId: string; sessionId: string; reason: RevokeReason; now: Date },
): Promise<boolean> {
  const { rows } = await client.query<{ sessionId: string }>(
    `UPDATE sessions SET revoked_at = $3, revoke_reason = $4
     WHERE user_id = $1 AND revoked_at IS NULL
       AND family_id = (SELECT family_id FROM sessions WHERE user_id = $1 AND session_id = $2)
     RETURNING session_id AS "sessionId"`,
    [o.userId, o.sessionId, o.now, o.reason],
  )
  for (const { sessionId } of rows) {
    await publishEvent(client, { type: 'session-revoked', userId: o.userId, sessionId })
  }
  return rows.length > 0
}

/**
 * Hands a session to the browser. Without 'keep me signed in' both cookies end with the browser, too.
 * The access cookie may outlive its token: the server decides by the token alone.
 */
export async function setSessionCookies(o: {
  services: Services
  request: RequestInfo
  session: SessionTokens
}): Promise<void> {
  const { services, request, session } = o
  const leftSeconds = (session.expiresAt.getTime() - services.now().getTime()) / 1000
  request.setCookie({
    name: ACCESS_COOKIE,
    value: await services.accessTokens.issue(session),
    maxAgeSeconds: session.keepSignedIn ? ACCESS_SECONDS : null,
  })
  request.setCookie({
    name: REFRESH_COOKIE,
    value: session.refreshToken,
    maxAgeSeconds: session.keepSignedIn ? leftSeconds : null,
  })
}

export function clearSessionCookies(request: RequestInfo): void {
  request.clearCookie(ACCESS_COOKIE)
  request.clearCookie(REFRESH_COOKIE)
}
