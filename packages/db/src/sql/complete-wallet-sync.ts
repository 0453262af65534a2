import type { Queryable } from '../database.ts'

/**
 * Ends a run that read the wallet, and writes what it is worth now.
 * @returns false if the run no longer holds the wallet: the caller rolls its transaction back
 */
export async function completeWalletSync(
  q: Queryable,
  o: {
    userId: string
    walletId: string
    startedAt: Date
    readAt: Date
    totalUsdValue: string
    unpricedAssets: number
    /** What could not be read although the rest was: `{ code, message, retryAt }`; null if nothing is missing. */
    error: object | null
    nextSyncAt: Date | null
  },
): Promise<boolean> {
  const { rowCount } = await q.query({
    name: 'complete_wallet_sync',
    text: `
      UPDATE wallets
      SET sync_status = 'idle', sync_step = NULL, sync_error = $7, last_updated = $4,
        total_usd_value = $5, unpriced_assets = $6, next_sync_at = $8, updated_at = now()
      WHERE user_id = $1 AND wallet_id = $2 AND sync_status = 'running' AND sync_started_at = $3`,
    values: [
      o.userId,
      o.walletId,
      o.startedAt,
      o.readAt,
      o.totalUsdValue,
      o.unpricedAssets,
      o.error === null ? null : JSON.stringify(o.error),
      o.nextSyncAt,
    ],
  })
  return rowCount === 1
}
