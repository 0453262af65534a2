import type { Queryable } from '../database.ts'

/**
 * Takes wallets whose `next_sync_at` has come, those that have waited longest first, and marks them as waiting
 * for their sync, under a lease of `leaseSeconds`. Callers at once get different ones. A wallet whose run was
 * killed is due when its lease has lapsed: taking it here is what ends the dead run's hold. Wallets of accounts
 * that are switched off wait until those are back.
 */
export async function takeDueWallets(
  q: Queryable,
  o: { limit: number; leaseSeconds?: number },
): Promise<{ userId: string; walletId: string }[]> {
  const { rows } = await q.query<{ userId: string; walletId: string }>({
    name: 'take_due_wallets',
    text: `
      UPDATE wallets w
      SET sync_status = 'queued', sync_step = NULL, updated_at = now(),
        next_sync_at = now() + make_interval(secs => $2)
      FROM (
        SELECT user_id, wallet_id FROM wallets
        WHERE next_sync_at <= now()
          AND EXISTS (SELECT FROM users u WHERE u.user_id = wallets.user_id AND u.is_active)
        ORDER BY next_sync_at
        LIMIT $1
        FOR UPDATE SKIP LOCKED
      ) due
      WHERE w.user_id = due.user_id AND w.wallet_id = due.wallet_id
      RETURNING w.user_id AS "userId", w.wallet_id AS "walletId"`,
    values: [o.limit, o.leaseSeconds ?? 120],
  })
  return rows
}
