import type { Queryable } from '../database.ts'

/**
 * Makes the partitions of wallet_snapshots for the month (UTC) of `from` and the following ones. To be
 * called at the start and about once a day; a snapshot of a month without its partition goes to the default
 * one, and moves when the month's is made. An old month goes at once by dropping its table.
 *
 * @returns how many were made now.
 */
export async function ensureSnapshotPartitions(
  q: Queryable,
  o: { from: Date; months: number },
): Promise<number> {
  const { rows } = await q.query<{ made: number }>(
    `SELECT count(*) FILTER (WHERE ensure_snapshot_partition(
        (date_trunc('month', $1::timestamptz AT TIME ZONE 'UTC') + month * interval '1 month') AT TIME ZONE 'UTC'
      ))::int AS made
      FROM generate_series(0, $2::int - 1) AS month`,
    [o.from, o.months],
  )
  return rows[0]?.made ?? 0
}
