import type pg from 'pg'
import { forgetSetupCodes, setupCodeRefused } from '../installation/setup-code.ts'
import { hasUsers } from './has-users.ts'

const FIRST_USER_LOCK = 'opentrade first user'

/**
 * Makes an account within the caller's transaction. The first of an installation is its administrator.
 * @returns false when the address is taken
 * @throws ServiceError SETUP_CODE_REFUSED when it would be the first, and `mayBeFirst` is not set
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
    /** They were let in as the first: see `admitFirstAccount`. */
    mayBeFirst: boolean
  },
): Promise<boolean> {
  // Sign-ups wait for each other here, so that two at once cannot both be the first.
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [FIRST_USER_LOCK])
  const isFirst = !(await hasUsers(client))
  if (isFirst) {
    if (!o.mayBeFirst) throw setupCodeRefused('Sign up with the code that the server prints when it starts.')
    await forgetSetupCodes(client)
  }
  const { rowCount } = await client.query(
    `INSERT INTO users (user_id, email, password_hash, display_name, email_verified, role, last_login_at)
     VALUES ($1, $2, $3, $4, $5, $6, now())
     ON CONFLICT (email) DO NOTHING`,
    [o.userId, o.email, o.passwordHash, o.displayName || null, o.emailVerified, isFirst ? 'admin' : 'user'],
  )
  return rowCount === 1
}
