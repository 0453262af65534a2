import type { Queryable } from '../database.ts'
import { LEASE_LIMIT_SECONDS } from './max-plans.ts'

export type QueueOutcome = 'queued' | 'joined' | 'no-key' | 'trade-key-only' | 'unknown'

/**
 * Marks a wallet as waiting for its sync, unless one is waiting or running: 'joined'. Either holds only as
 * long as its lease, which is `next_sync_at`: one whose process died has lapsed and is queued anew. So is one whose
 * lease ends later than any can: a clock that was ahead wrote it.
 * @returns 'no-key' if no API key belongs to the wallet, 'trade-key-only' if none of them is for reading, 'unknown' if the user has no such wallet
 */
export async function queueWalletSync(
  q: Queryable,
  o: { userId: string; walletId: string; leaseSeconds: number },
): Promise<QueueOutcome> {
  // The row lock makes two callers at once see each other's result: one queues, the other joins.
  const { rows } = await q.query<{ outcome: QueueOutcome }>({
    name: 'queue_wallet_sync',
    text: `
      WITH wallet AS (
        SELECT w.user_id, w.wallet_id,
          w.sync_status IN ('queued', 'running') AND w.next_sync_at > now()
            AND w.next_sync_at <= now() + make_interval(secs => $4) AS under_way,
          EXISTS (
            SELECT FROM user_api_keys k WHERE k.user_id = w.user_id AND k.wallet_id = w.wallet_id
          ) AS has_key,
          EXISTS (
            SELECT FROM user_api_keys k
            WHERE k.user_id = w.user_id AND k.wallet_id = w.wallet_id AND k.purpose = 'read'
          ) AS is_readable
        FROM wallets w WHERE w.user_id = $1 AND w.wallet_id = $2
        FOR UPDATE
      ), queued AS (
        UPDATE wallets w
        SET sync_status = 'queued', sync_step = NULL, updated_at = now(),
          next_sync_at = now() + make_interval(secs => $3)
        FROM wallet
        WHERE w.user_id = wallet.user_id AND w.wallet_id = wallet.wallet_id
          AND wallet.is_readable AND wallet.under_way IS NOT TRUE
        RETURNING w.wallet_id
      )
      SELECT CASE
        WHEN NOT wallet.has_key THEN 'no-key'
        WHEN NOT wallet.is_readable THEN 'trade-key-only'
        WHEN wallet.under_way THEN 'joined'
        ELSE 'queued'
      END AS outcome
      FROM wallet LEFT JOIN queued ON true`,
    values: [o.userId, o.walletId, o.leaseSeconds, LEASE_LIMIT_SECONDS],
  })
  return rows[0]?.outcome ?? 'unknown'
}
