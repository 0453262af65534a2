import type { Queryable } from '../database.ts'
import { LEASE_LIMIT_SECONDS } from './max-plans.ts'

export interface SyncClaim {
  /** Names this run: every later write of it is refused once another run has taken the wallet over. */
  startedAt: Date
  exchangeId: string
  /** How many syncs in a row have failed before this one. */
  failures: number
}

/**
 * Takes a wallet for one run of its sync, under a lease: `next_sync_at`.
 * A lease that ends later than any can was written by a clock that was ahead: it holds nothing.
 * @returns null if the wallet is gone, if its account is switched off, or if a run is under way whose lease has not lapsed
 */
export async function claimWalletSync(
  q: Queryable,
  o: { userId: string; walletId: string; leaseSeconds: number },
): Promise<SyncClaim | null> {
  const { rows } = await q.query<SyncClaim>({
    name: 'claim_wallet_sync',
    // sync_started_at keeps milliseconds, as a Date does; two runs never share one, since the second has
    // to wait for the first one's lease.
    text: `
      UPDATE wallets
      SET sync_status = 'running', sync_step = 'connecting', updated_at = now(),
        sync_started_at = date_trunc('milliseconds', clock_timestamp()),
        next_sync_at = now() + make_interval(secs => $3)
      WHERE user_id = $1 AND wallet_id = $2
        AND (sync_status <> 'running' OR next_sync_at IS NULL OR next_sync_at <= now()
          OR next_sync_at > now() + make_interval(secs => $4))
        AND EXISTS (SELECT FROM users WHERE user_id = $1 AND is_active)
      RETURNING sync_started_at AS "startedAt", exchange_id AS "exchangeId",
        coalesce((sync_error ->> 'failures')::int, 0) AS failures`,
    values: [o.userId, o.walletId, o.leaseSeconds, LEASE_LIMIT_SECONDS],
  })
  return rows[0] ?? null
}
