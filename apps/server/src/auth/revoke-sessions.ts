import type pg from 'pg'
import { publishEvent } from '../events.ts'
import type { Proof } from './held-user.ts'
import type { RevokeReason } from './sessions.ts'

interface Revocation {
  userId: string
  except: string | null
  reason: RevokeReason
  now: Date
  /** Only those that were opened by one of these, or of which nobody knows by what; all when left out. */
  openedBy?: readonly Proof[]
}

/** Ends a person's sessions, but for the one given, within the caller's transaction; every process hears of it. */
export async function revokeSessions(client: pg.PoolClient, o: Revocation): Promise<number> {
  const { rows } = await client.query<{ sessionId: string }>(
    `UPDATE sessions SET revoked_at = $3, revoke_reason = $4
     WHERE user_id = $1 AND revoked_at IS NULL AND session_id IS DISTINCT FROM $2
       AND ($5::text[] IS NULL OR opened_by IS NULL OR opened_by && $5)
     RETURNING session_id AS "sessionId"`,
    [o.userId, o.except, o.now, o.reason, o.openedBy ?? null],
  )
  for (const { sessionId } of rows) {
    await publishEvent(client, { type: 'session-revoked', userId: o.userId, sessionId })
  }
  return rows.length
}
