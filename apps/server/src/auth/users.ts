import type { Queryable } from '@opentrade/db'
import type { User } from './schemas.ts'
import { HAS_SECOND_FACTOR } from './second-factor-state.ts'

/** A row of `users` as the verbs of this domain need it. */
export interface UserRow {
  userId: string
  email: string
  displayName: string | null
  firstName: string | null
  lastName: string | null
  role: 'user' | 'admin'
  emailVerified: boolean
  hasPassword: boolean
  secondFactor: boolean
  createdAt: Date
}

const COLUMNS = `user_id AS "userId", email, display_name AS "displayName", first_name AS "firstName",
  last_name AS "lastName", role, email_verified AS "emailVerified", password_hash IS NOT NULL AS "hasPassword",
  ${HAS_SECOND_FACTOR} AS "secondFactor",
  created_at AS "createdAt"`

/** The person, unless they are gone or deactivated. */
export async function findActiveUser(q: Queryable, { userId }: { userId: string }): Promise<UserRow | null> {
  const { rows } = await q.query<UserRow>(`SELECT ${COLUMNS} FROM users u WHERE user_id = $1 AND is_active`, [
    userId,
  ])
  return rows[0] ?? null
}

/** What the API shows of a person. */
export function toUser({ createdAt, ...row }: UserRow): User {
  return { ...row, createdAt: createdAt.toISOString() }
}
