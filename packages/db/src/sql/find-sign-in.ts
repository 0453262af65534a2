import type { Queryable } from '../database.ts'

/** What is known of a person who has not signed in yet. */
export interface SignIn {
  userId: string
  /** Null: this person signs in by other means only. */
  passwordHash: string | null
  isActive: boolean
  /** Compared when the sign-in is completed: whatever was proven at another version is void. */
  credentialsVersion: number
}

/**
 * Returns who has this address (in lower case), or null. It asks a function of the database that may look across
 * users, which no other query of the server may.
 */
export async function findSignIn(q: Queryable, o: { email: string }): Promise<SignIn | null> {
  const { rows } = await q.query<SignIn>({
    name: 'find_sign_in',
    text: `
      SELECT user_id AS "userId", password_hash AS "passwordHash", is_active AS "isActive",
        credentials_version AS "credentialsVersion"
      FROM find_sign_in($1)`,
    values: [o.email],
  })
  return rows[0] ?? null
}
