import { hashToken } from '@opentrade/crypto'
import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { PublicContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { REFRESH_COOKIE } from './cookie-names.ts'
import { lockUser } from './held-user.ts'
import type { User } from './schemas.ts'
import {
  clearSessionCookies,
  IDLE_MS,
  revokeSession,
  type SessionTokens,
  setSessionCookies,
} from './sessions.ts'
import { findActiveUser, toUser, type UserRow } from './users.ts'

/** For so long the token before gives the same successor again: two tabs may ask at once, and answers get lost. */
const GRACE_MS = 10_000

/**
 * Continues a session: its refresh token is replaced, and a new access token is set.
 * A token that was replaced before, shown again, ends the session wherever it is in use.
 * @throws ServiceError SESSION_ENDED, and clears the cookies
 */
export async function refreshSession({ ctx }: { ctx: PublicContext }): Promise<{ user: User }> {
  const { services, request } = ctx
  const token = request.cookie(REFRESH_COOKIE)
  const owner = token === null ? null : services.refreshTokens.read(token)
  const continued =
    token !== null && owner
      ? await services.db.withUserSql(owner.userId, (client) => rotate(client, { ctx, token, ...owner }))
      : null
  if (!continued) {
    clearSessionCookies(request)
    throw new ServiceError({
      kind: 'unauthenticated',
      reason: 'SESSION_ENDED',
      message: 'Your session has ended. Sign in again.',
    })
  }
  await setSessionCookies({ services, request, session: continued.session })
  return { user: toUser(continued.user) }
}

interface Rotation {
  ctx: PublicContext
  token: string
  userId: string
  sessionId: string
}

interface Continued {
  session: SessionTokens
  user: UserRow
}

async function rotate(client: pg.PoolClient, o: Rotation): Promise<Continued | null> {
  const { userId, sessionId, ctx } = o
  await lockUser(client, { userId })
  const user = await findActiveUser(client, { userId })
  if (!user) return null
  const candidates = ctx.services.refreshTokens.successors(o.token)
  const continued =
    (await takeSuccessor(client, { ...o, refreshToken: candidates[0] })) ??
    (await repeatSuccessor(client, { ...o, candidates }))
  return continued && { user, session: { userId, sessionId, ...continued } }
}

type Continuation = Pick<SessionTokens, 'keepSignedIn' | 'expiresAt' | 'refreshToken'>

/** The one request that finds its token still current replaces it. */
async function takeSuccessor(
  client: pg.PoolClient,
  o: Rotation & { refreshToken: string },
): Promise<Continuation | null> {
  const { services, request } = o.ctx
  const now = services.now()
  const { rows } = await client.query<Omit<Continuation, 'refreshToken'>>(
    `UPDATE sessions SET refresh_hash = $4, previous_hash = $3, rotated_at = $5, last_used_at = $5,
       user_agent = $6, ip = $7,
       idle_expires_at = CASE WHEN keep_signed_in THEN expires_at ELSE least(expires_at, $8) END
     WHERE user_id = $1 AND session_id = $2 AND refresh_hash = $3
       AND revoked_at IS NULL AND idle_expires_at > $5 AND expires_at > $5
     RETURNING keep_signed_in AS "keepSignedIn", expires_at AS "expiresAt"`,
    [
      o.userId,
      o.sessionId,
      hashToken(o.token),
      hashToken(o.refreshToken),
      now,
      request.userAgent,
      request.ip,
      new Date(now.getTime() + IDLE_MS),
    ],
  )
  const [row] = rows
  return row ? { ...row, refreshToken: o.refreshToken } : null
}

interface StoredSession extends Omit<Continuation, 'refreshToken'> {
  refreshHash: Buffer
  isCurrent: boolean
  isPrevious: boolean
  rotatedAt: Date | null
  userAgent: string | null
  ip: string | null
}

/** Others get the successor once more if they are the same client within the grace; an older token ends it all. */
async function repeatSuccessor(
  client: pg.PoolClient,
  o: Rotation & { candidates: readonly string[] },
): Promise<Continuation | null> {
  const { services, request } = o.ctx
  const now = services.now()
  const { rows } = await client.query<StoredSession>(
    `SELECT keep_signed_in AS "keepSignedIn", expires_at AS "expiresAt", rotated_at AS "rotatedAt",
       user_agent AS "userAgent", ip, refresh_hash AS "refreshHash", refresh_hash = $3 AS "isCurrent",
       coalesce(previous_hash = $3, false) AS "isPrevious"
     FROM sessions WHERE user_id = $1 AND session_id = $2 AND revoked_at IS NULL AND expires_at > $4`,
    [o.userId, o.sessionId, hashToken(o.token), now],
  )
  const [stored] = rows
  // Current and yet not taken: it was idle for too long.
  if (!stored || stored.isCurrent) return null
  const sinceRotated = now.getTime() - (stored.rotatedAt?.getTime() ?? Number.NEGATIVE_INFINITY)
  // Either way: a rotation in the future was noted by a clock that was ahead.
  const inGrace = Math.abs(sinceRotated) <= GRACE_MS
  const sameClient = stored.userAgent === request.userAgent && stored.ip === request.ip
  if (stored.isPrevious && inGrace && sameClient) {
    // Not simply the first: another key may have begun to sign since.
    const given = o.candidates.find((each) => stored.refreshHash.equals(hashToken(each)))
    if (given === undefined) return null
    return { keepSignedIn: stored.keepSignedIn, expiresAt: stored.expiresAt, refreshToken: given }
  }
  await revokeSession(client, { ...o, reason: 'token-reused', now })
  await recordAct(client, {
    actor: { userId: o.userId, name: `session:${o.sessionId}`, ip: request.ip },
    action: 'auth.token-reused',
    target: `session:${o.sessionId}`,
    detail: { userAgent: request.userAgent },
  })
  return null
}
