import type { Queryable } from '../database.ts'

export interface HistoryPoint {
  at: Date
  /** US dollars, a plain decimal. */
  totalUsdValue: string
  /** False: at least one wallet could not be read in full then, and an older value stands in. */
  complete: boolean
}

/**
 * Returns what a wallet, or all wallets of a user together, were worth over time, oldest first.
 *
 * The range is cut into `points` equal slices; each in which something was read gives one point, at the last
 * reading in it. What was known before the range gives a point at `from`. In each point every wallet counts
 * with its last complete value, so that a partial reading is never drawn as a loss; a wallet that was never
 * read in full counts with what was read.
 */
export async function readHistory(
  q: Queryable,
  o: { userId: string; walletId?: string; from: Date; to: Date; points: number },
): Promise<HistoryPoint[]> {
  const { rows } = await q.query<HistoryPoint>({
    name: 'read_history',
    text: `
      WITH wallet AS (
        SELECT w.user_id, w.wallet_id FROM wallets w
        WHERE w.user_id = $1 AND ($2::uuid IS NULL OR w.wallet_id = $2)
      ), reading AS (
        -- The last reading before the range, as slice 0 …
        SELECT w.wallet_id, 0 AS slice, $3::timestamptz AS at, s.complete, s.total_usd_value AS total,
          CASE WHEN s.complete THEN s.total_usd_value ELSE c.total_usd_value END AS complete_total
        FROM wallet w
        CROSS JOIN LATERAL (
          SELECT s.complete, s.total_usd_value FROM wallet_snapshots s
          WHERE s.user_id = w.user_id AND s.wallet_id = w.wallet_id AND s.taken_at < $3
          ORDER BY s.taken_at DESC LIMIT 1
        ) s
        LEFT JOIN LATERAL (
          SELECT c.total_usd_value FROM wallet_snapshots c
          WHERE c.user_id = w.user_id AND c.wallet_id = w.wallet_id AND c.taken_at < $3
            AND c.complete AND NOT s.complete
          ORDER BY c.taken_at DESC LIMIT 1
        ) c ON true
        UNION ALL
        -- … and the last of each slice.
        SELECT s.wallet_id, s.slice, max(s.taken_at),
          (array_agg(s.complete ORDER BY s.taken_at DESC))[1],
          (array_agg(s.total_usd_value ORDER BY s.taken_at DESC))[1],
          (array_agg(s.total_usd_value ORDER BY s.taken_at DESC) FILTER (WHERE s.complete))[1]
        FROM (
          SELECT s.*, least($5::int, 1 + floor(
            extract(epoch FROM s.taken_at - $3) * $5 / greatest(extract(epoch FROM $4 - $3::timestamptz), 0.001)
          )::int) AS slice
          FROM wallet w
          JOIN wallet_snapshots s USING (user_id, wallet_id)
          WHERE s.taken_at BETWEEN $3 AND $4::timestamptz
        ) s
        GROUP BY s.wallet_id, s.slice
      ), grid AS (
        SELECT slice.slice, slice.at, w.wallet_id, r.complete, r.total, r.complete_total
        FROM (SELECT r.slice, max(r.at) AS at FROM reading r GROUP BY r.slice) slice
        CROSS JOIN wallet w
        LEFT JOIN reading r ON r.slice = slice.slice AND r.wallet_id = w.wallet_id
      ), counted AS (
        -- Each reading starts a group that lasts until the next one: its first row holds the value.
        SELECT g.*,
          count(g.total) OVER so_far AS reading_group,
          count(g.complete_total) OVER so_far AS complete_group
        FROM grid g
        WINDOW so_far AS (PARTITION BY g.wallet_id ORDER BY g.slice)
      ), carried AS (
        SELECT c.slice, c.at,
          first_value(c.complete) OVER last_reading AS complete,
          coalesce(first_value(c.complete_total) OVER last_complete, first_value(c.total) OVER last_reading)
            AS total
        FROM counted c
        WINDOW
          last_reading AS (PARTITION BY c.wallet_id, c.reading_group ORDER BY c.slice),
          last_complete AS (PARTITION BY c.wallet_id, c.complete_group ORDER BY c.slice)
      )
      SELECT c.at, trim_scale(sum(coalesce(c.total, 0)))::text AS "totalUsdValue",
        bool_and(coalesce(c.complete, true)) AS complete
      FROM carried c
      GROUP BY c.slice, c.at
      ORDER BY c.slice`,
    values: [o.userId, o.walletId ?? null, o.from, o.to, o.points],
  })
  return rows
}
