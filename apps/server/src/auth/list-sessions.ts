import type { UserContext } from '../context.ts'
import { deviceName } from './device-name.ts'

/** A place where the person is signed in. */
export interface SessionInfo {
  sessionId: string
  /** True for the one that asks. */
  current: boolean
  /** In words, such as `Firefox on Linux`. */
  device: string
  userAgent: string | null
  ip: string | null
  keepSignedIn: boolean
  createdAt: string
  /** When it was last continued: within ten minutes of its last use. */
  lastUsedAt: string
  /** When it ends by itself if it is not used. */
  expiresAt: string
}

interface Row {
  sessionId: string
  userAgent: string | null
  ip: string | null
  keepSignedIn: boolean
  createdAt: Date
  lastUsedAt: Date
  expiresAt: Date
}

/** The person's sessions that have not ended, the last used first. */
export async function listSessions({ ctx }: { ctx: UserContext }): Promise<SessionInfo[]> {
  const { services, actor } = ctx
  const { rows } = await services.db.withUserSql(actor.userId, (client) =>
    client.query<Row>(
      `SELECT session_id AS "sessionId", user_agent AS "userAgent", ip, keep_signed_in AS "keepSignedIn",
         created_at AS "createdAt", last_used_at AS "lastUsedAt",
         least(idle_expires_at, expires_at) AS "expiresAt"
       FROM sessions
       WHERE user_id = $1 AND revoked_at IS NULL AND idle_expires_at > $2 AND expires_at > $2
       ORDER BY last_used_at DESC, session_id DESC`,
      [actor.userId, services.now()],
    ),
  )
  return rows.map((row) => ({
    ...row,
    current: row.sessionId === actor.sessionId,
    device: deviceName(row.userAgent),
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  }))
}
