import type { Queryable } from '@opentrade/db'
import type { AuditEntry, AuditLines } from './schemas.ts'

interface PageRequest {
  userId: string
  before: string | null
  actions: string[] | null
  except: string[] | null
  from: Date | null
  to: Date | null
  limit: number
}

/** Entries of a person's log, the newest first. */
export async function readAuditEntries(q: Queryable, o: PageRequest): Promise<AuditEntry[]> {
  const { rows } = await q.query<Omit<AuditEntry, 'at'> & { at: Date }>(
    `SELECT seq, at, actor, action, target, detail, ip, encode(hash, 'hex') AS hash
     FROM audit_log
     WHERE user_id = $1
       AND ($2::bigint IS NULL OR seq < $2)
       AND ($3::text[] IS NULL OR action = ANY ($3))
       AND ($4::text[] IS NULL OR action <> ALL ($4))
       AND ($5::timestamptz IS NULL OR at >= $5)
       AND ($6::timestamptz IS NULL OR at < $6)
     ORDER BY seq DESC LIMIT $7`,
    [o.userId, o.before, o.actions, o.except, o.from, o.to, o.limit],
  )
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}

/**
 * The next entries as JSON lines, the oldest first. `detailText` is the text of `detail` over which the hash was
 * made, so that whoever holds the lines can verify the chain without this server.
 * @returns the lines, and the number of the last one if there may be more
 */
export async function readAuditLines(
  q: Queryable,
  o: { userId: string; after: string | null; limit: number },
): Promise<AuditLines> {
  const { rows } = await q.query<{ lines: string | null; last: string | null; count: number }>(
    `SELECT string_agg(line || E'\\n', '' ORDER BY seq) AS lines, max(seq) AS last, count(*)::int AS count
     FROM (
       SELECT seq, json_build_object(
         'userId', user_id, 'seq', seq::text,
         'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
         'actor', actor, 'action', action, 'target', target, 'detail', detail, 'detailText', detail::text,
         'ip', ip, 'prevHash', encode(prev_hash, 'hex'), 'hash', encode(hash, 'hex'))::text AS line
       FROM audit_log WHERE user_id = $1 AND seq > coalesce($2::bigint, 0) ORDER BY seq LIMIT $3) part`,
    [o.userId, o.after, o.limit],
  )
  const [part] = rows
  return { lines: part?.lines ?? '', next: part?.count === o.limit ? part.last : null }
}

/** The hash of one entry as it is stored; null when there is none of this number. */
export async function readAuditHash(
  q: Queryable,
  o: { userId: string; seq: string },
): Promise<string | null> {
  const { rows } = await q.query<{ hash: string }>(
    `SELECT encode(hash, 'hex') AS hash FROM audit_log WHERE user_id = $1 AND seq = $2`,
    [o.userId, o.seq],
  )
  return rows[0]?.hash ?? null
}
