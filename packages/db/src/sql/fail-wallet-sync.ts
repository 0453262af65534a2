import type { Queryable } from '../database.ts'

/**
 * Ends a run that could not read the wallet: its balances, worth and `last_updated` stay as they were.
 * @returns false if the run no longer holds the wallet
 */
export async function failWalletSync(
  q: Queryable,
  o: {
    userId: string
    walletId: string
    startedAt: Date
    /** `{ code, message, retryAt, failures }` */
    error: object
    nextSyncAt: Date | null
  },
): Promise<boolean> {
  const { rowCount } = await q.query({
    name: 'fail_wallet_sync',
    text: `
      UPDATE wallets
      SET sync_status = 'failed', sync_step = NULL, sync_error = $4, next_sync_at = $5, updated_at = now()
      WHERE user_id = $1 AND wallet_id = $2 AND sync_status = 'running' AND sync_started_at = $3`,
    values: [o.userId, o.walletId, o.startedAt, JSON.stringify(o.error), o.nextSyncAt],
  })
  return rowCount === 1
}
