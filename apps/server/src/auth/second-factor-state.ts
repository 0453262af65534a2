import type { Queryable } from '@opentrade/db'

/** A condition on `u`, a row of users: a password alone does not sign them in. */
export const HAS_SECOND_FACTOR = `(
  EXISTS (SELECT FROM second_factors f WHERE f.user_id = u.user_id AND f.is_confirmed)
  OR EXISTS (SELECT FROM passkeys p WHERE p.user_id = u.user_id))`

/**
 * Whether a password alone does not sign this person in, so that one of 8 characters is enough. When the last factor
 * goes, a short password stays until it is changed: the new one needs 15. `q` must be able to see their rows.
 */
export async function hasSecondFactor(q: Queryable, { userId }: { userId: string }): Promise<boolean> {
  const { rowCount } = await q.query(`SELECT FROM users u WHERE user_id = $1 AND ${HAS_SECOND_FACTOR}`, [
    userId,
  ])
  return rowCount !== 0
}
