import type { UserContext } from '../context.ts'
import type { ListedUser, ListUsers } from './account-schemas.ts'

const USUAL_PAGE = 50

type Row = Omit<ListedUser, 'createdAt' | 'lastLoginAt'> & { createdAt: Date; lastLoginAt: Date | null }

/** A page of the people of this installation, the newest first. */
export async function listUsers(o: {
  ctx: UserContext
  input: ListUsers
}): Promise<{ users: ListedUser[]; next: string | null }> {
  const { search, cursor = null, limit = USUAL_PAGE } = o.input ?? {}
  const { services, actor } = o.ctx
  const { rows } = await services.db.withUserSql(actor.userId, (client) =>
    client.query<Row>(
      `SELECT user_id AS "userId", email, display_name AS "displayName", role, is_active AS "isActive",
       deactivated_by AS "deactivatedBy", email_verified AS "emailVerified", has_password AS "hasPassword",
       created_at AS "createdAt", last_login_at AS "lastLoginAt"
     FROM list_users($1, $2, $3)`,
      // One more than asked for tells whether there is another page.
      [search || null, cursor, limit + 1],
    ),
  )
  const page = rows.slice(0, limit)
  return {
    users: page.map(({ createdAt, lastLoginAt, ...row }) => ({
      ...row,
      createdAt: createdAt.toISOString(),
      lastLoginAt: lastLoginAt?.toISOString() ?? null,
    })),
    next: rows.length > limit ? (page.at(-1)?.userId ?? null) : null,
  }
}
