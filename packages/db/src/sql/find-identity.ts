import type { Queryable } from '../database.ts'

/** Who signs in with an account of another installation. */
export interface IdentityOwner {
  userId: string
  isActive: boolean
  /** As of `SignIn`. */
  credentialsVersion: number
}

/**
 * Returns who signs in with this account of another installation, or null. It asks a function of the database that
 * may look across users.
 */
export async function findIdentity(
  q: Queryable,
  o: { issuer: string; subject: string },
): Promise<IdentityOwner | null> {
  const { rows } = await q.query<IdentityOwner>({
    name: 'find_identity',
    text: `
      SELECT user_id AS "userId", is_active AS "isActive", credentials_version AS "credentialsVersion"
      FROM find_identity($1, $2)`,
    values: [o.issuer, o.subject],
  })
  return rows[0] ?? null
}
