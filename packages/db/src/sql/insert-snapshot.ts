import type { Queryable } from '../database.ts'

/** Keeps what a wallet was worth at a time. Written a second time for the same time, it changes nothing. */
export async function insertSnapshot(
  q: Queryable,
  o: {
    userId: string
    walletId: string
    takenAt: Date
    totalUsdValue: string
    /** False when some of the account did not answer. */
    complete: boolean
    /** Kept as JSON. */
    holdings: unknown
  },
): Promise<void> {
  await q.query({
    name: 'insert_snapshot',
    text: `
      INSERT INTO wallet_snapshots (user_id, wallet_id, taken_at, total_usd_value, complete, holdings)
      VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (user_id, wallet_id, taken_at) DO NOTHING`,
    values: [o.userId, o.walletId, o.takenAt, o.totalUsdValue, o.complete, JSON.stringify(o.holdings)],
  })
}
