import type { Queryable } from '@opentrade/db'
import type { User } from './schemas.ts'

/** A row of `users` as the verbs of this domain need it. */
export interface UserRow {
  userId: string
  email: string
  displayName: string | null
  role: 'user' | 'admin'
  createdAt: Date
}

const COLUMNS = `user_id AS "userId", email, display_name AS "displayName", role, created_at AS "createdAt"`

/** The person, unless they are gone or deactivated. */
export async function findActiveUser(q: Queryable, { userId }: { userId: string }): Promise<UserRow | null> {
  const { rows } = await q.query<UserRow>(`SELECT ${COLUMNS} FROM users WHERE user_id = $1 AND is_active`, [
    userId,
  ])
  return rows[0] ?? null
}

/** What the API shows of a person. */
export function toUser(row: UserRow): User {
  const { userId, email, displayName, role, createdAt } = row
  return { userId, email, displayName, role, createdAt: createdAt.toISOString() }
}
