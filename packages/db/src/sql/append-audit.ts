import type { Queryable } from '../database.ts'

/** What happened: who did what to what. No part of it may hold a secret. */
export interface AuditEvent {
  userId: string
  /** Who acted: the user, an admin, a job. */
  actor: string
  /** Such as 'api-key.added'. */
  action: string
  target: string | null
  /** Kept as JSON. */
  detail: Record<string, unknown>
  ip: string | null
}

/**
 * Appends one row to a user's audit log. Inside a transaction, other writers for the same user wait until it
 * ends, and the row exists only when it commits.
 *
 * @returns the row's number in the chain, from '1', and its hash (SHA-256).
 */
export async function appendAudit(q: Queryable, o: AuditEvent): Promise<{ seq: string; hash: Buffer }> {
  const { rows } = await q.query<{ seq: string; hash: Buffer }>({
    name: 'append_audit',
    text: 'SELECT new_seq AS seq, new_hash AS hash FROM append_audit($1, $2, $3, $4, $5, $6)',
    values: [o.userId, o.actor, o.action, o.target, JSON.stringify(o.detail), o.ip],
  })
  const [row] = rows
  if (row === undefined) throw new Error('PostgreSQL returned no row of the audit log.')
  return row
}
