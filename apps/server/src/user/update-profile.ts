import { recordAct } from '../audit/record.ts'
import type { User } from '../auth/schemas.ts'
import { findActiveUser, toUser } from '../auth/users.ts'
import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import type { UpdateProfile } from './schemas.ts'

/** Keeps the names that are given; an empty one is none. */
export async function updateProfile(o: { ctx: UserContext; input: UpdateProfile }): Promise<User> {
  const { ctx, input } = o
  const { userId } = ctx.actor
  const { displayName, firstName, lastName } = input
  const row = await ctx.services.db.withUserSql(userId, async (client) => {
    await client.query(
      `UPDATE users SET
         display_name = CASE WHEN $2::text IS NULL THEN display_name ELSE nullif($2, '') END,
         first_name = CASE WHEN $3::text IS NULL THEN first_name ELSE nullif($3, '') END,
         last_name = CASE WHEN $4::text IS NULL THEN last_name ELSE nullif($4, '') END,
         updated_at = now()
       WHERE user_id = $1`,
      [userId, displayName, firstName, lastName],
    )
    await recordAct(client, {
      actor: ctx.actor,
      action: 'user.profile-changed',
      target: `user:${userId}`,
      detail: { fields: Object.keys(input) },
    })
    return findActiveUser(client, { userId })
  })
  if (!row) throw notFound('account')
  return toUser(row)
}
