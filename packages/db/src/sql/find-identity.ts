import type { Queryable } from '../database.ts'

/**
 * Returns who signs in with this account of another installation, or null. It asks a function of the database that
 * may look across users.
 */
export async function findIdentity(
  q: Queryable,
  o: { issuer: string; subject: string },
): Promise<{ userId: string; isActive: boolean } | null> {
  const { rows } = await q.query<{ userId: string; isActive: boolean }>({
    name: 'find_identity',
    text: 'SELECT user_id AS "userId", is_active AS "isActive" FROM find_identity($1, $2)',
    values: [o.issuer, o.subject],
  })
  return rows[0] ?? null
}
