import type { Queryable } from '../database.ts'

/**
 * Writes the step that a running sync is at and renews its lease.
 * @returns false if the run no longer holds the wallet
 */
export async function renewWalletSync(
  q: Queryable,
  o: { userId: string; walletId: string; startedAt: Date; step: string; leaseSeconds: number },
): Promise<boolean> {
  const { rowCount } = await q.query({
    name: 'renew_wallet_sync',
    text: `
      UPDATE wallets
      SET sync_step = $4, updated_at = now(), next_sync_at = now() + make_interval(secs => $5)
      WHERE user_id = $1 AND wallet_id = $2 AND sync_status = 'running' AND sync_started_at = $3`,
    values: [o.userId, o.walletId, o.startedAt, o.step, o.leaseSeconds],
  })
  return rowCount === 1
}
