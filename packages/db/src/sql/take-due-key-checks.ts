import type { Queryable } from '../database.ts'
import { CLOCK_SLACK_SECONDS, MAX_PLAN_SECONDS, THIS_MILLISECOND } from './max-plans.ts'

/**
 * Takes API keys whose check is due, those that have waited longest first, under a lease of `leaseSeconds`: should
 * whoever took one die, it is due again then. Callers at once get different ones. Keys of accounts that are switched
 * off wait until those are back. A check further away than it can be, since a clock that was ahead planned it, is
 * due, too.
 * @param q of the scheduler: it looks across users
 */
export async function takeDueKeyChecks(
  q: Queryable,
  o: { limit: number; leaseSeconds: number },
): Promise<{ userId: string; apiKeyId: string }[]> {
  await q.query({
    name: 'bring_key_checks_forward',
    text: `
      UPDATE user_api_keys SET next_check_at = ${THIS_MILLISECOND}
      WHERE next_check_at > now() + make_interval(secs => $1)`,
    values: [MAX_PLAN_SECONDS + CLOCK_SLACK_SECONDS],
  })
  const { rows } = await q.query<{ userId: string; apiKeyId: string }>({
    name: 'take_due_key_checks',
    text: `
      UPDATE user_api_keys k
      SET next_check_at = now() + make_interval(secs => $2)
      FROM (
        SELECT user_id, api_key_id FROM user_api_keys
        WHERE next_check_at <= now()
          AND EXISTS (SELECT FROM users u WHERE u.user_id = user_api_keys.user_id AND u.is_active)
        ORDER BY next_check_at
        LIMIT $1
        FOR UPDATE SKIP LOCKED
      ) due
      WHERE k.user_id = due.user_id AND k.api_key_id = due.api_key_id
      RETURNING k.user_id AS "userId", k.api_key_id AS "apiKeyId"`,
    values: [o.limit, o.leaseSeconds],
  })
  return rows
}
