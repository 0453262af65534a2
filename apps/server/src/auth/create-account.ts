import type { Queryable } from '@opentrade/db'
import type pg from 'pg'

const FIRST_USER_LOCK = 'opentrade first user'

/** Whether anybody has signed up yet. */
export async function hasUsers(q: Queryable): Promise<boolean> {
  const { rows } = await q.query<{ has: boolean }>('SELECT has_users() AS has')
  return rows[0]?.has ?? false
}

/**
 * Makes an account within the caller's transaction. The first of an installation is its administrator.
 * @returns false when the address is taken
 */
export async function createAccount(
  client: pg.PoolClient,
  o: {
    userId: string
    email: string
    /** Null: they sign in by other means. */
    passwordHash: string | null
    displayName: string | null
    emailVerified: boolean
  },
): Promise<boolean> {
  // Sign-ups wait for each other here, so that two at once cannot both be the first.
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [FIRST_USER_LOCK])
  const { rowCount } = await client.query(
    `INSERT INTO users (user_id, email, password_hash, display_name, email_verified, role, last_login_at)
     SELECT $1, $2, $3, $4, $5, CASE WHEN has_users() THEN 'user' ELSE 'admin' END, now()
     ON CONFLICT (email) DO NOTHING`,
    [o.userId, o.email, o.passwordHash, o.displayName || null, o.emailVerified],
  )
  return rowCount === 1
}
