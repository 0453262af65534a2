import type { Queryable } from '../database.ts'
import {
  CLOCK_SLACK_SECONDS,
  LEASE_LIMIT_SECONDS,
  MAX_LEASE_SECONDS,
  MAX_PLAN_SECONDS,
  THIS_MILLISECOND,
} from './max-plans.ts'

/**
 * Takes wallets whose `next_sync_at` has come, those that have waited longest first, and marks them as waiting
 * for their sync, under a lease of `leaseSeconds`. Callers at once get different ones. A wallet whose run was
 * killed is due when its lease has lapsed: taking it here is what ends the dead run's hold. Wallets of accounts
 * that are switched off wait until those are back.
 *
 * A wallet whose time is further away than it can be, since a clock that was ahead wrote it, is due, too.
 * @param o.longestIdleSeconds how far ahead the next sync of a wallet may be whose last one went well
 */
export async function takeDueWallets(
  q: Queryable,
  o: { limit: number; leaseSeconds?: number; longestIdleSeconds?: number },
): Promise<{ userId: string; walletId: string }[]> {
  await bringForward(q, o)
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
    values: [o.limit, o.leaseSeconds ?? MAX_LEASE_SECONDS],
  })
  return rows
}

/** Each part is a range of an index in which nothing stands as long as the clock is right. */
async function bringForward(q: Queryable, o: { longestIdleSeconds?: number }): Promise<void> {
  const idleSeconds = Math.min(o.longestIdleSeconds ?? MAX_PLAN_SECONDS, MAX_PLAN_SECONDS)
  await q.query({
    name: 'bring_wallets_forward',
    text: `
      UPDATE wallets SET next_sync_at = ${THIS_MILLISECOND}
      WHERE next_sync_at > now() + make_interval(secs => $1)
        AND (sync_status = 'idle' OR next_sync_at > now() + make_interval(secs => $2))`,
    values: [idleSeconds + CLOCK_SLACK_SECONDS, MAX_PLAN_SECONDS + CLOCK_SLACK_SECONDS],
  })
  await q.query({
    name: 'bring_syncs_forward',
    text: `
      UPDATE wallets SET next_sync_at = ${THIS_MILLISECOND}
      WHERE sync_status IN ('queued', 'running') AND next_sync_at > now() + make_interval(secs => $1)`,
    values: [LEASE_LIMIT_SECONDS],
  })
}
