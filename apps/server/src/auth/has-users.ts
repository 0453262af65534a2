import type { Queryable } from '@opentrade/db'

/** Whether anybody has signed up yet. */
export async function hasUsers(q: Queryable): Promise<boolean> {
  const { rows } = await q.query<{ has: boolean }>('SELECT has_users() AS has')
  return rows[0]?.has ?? false
}
