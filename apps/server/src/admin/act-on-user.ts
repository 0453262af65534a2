import { holdAdministrator } from '@opentrade/db'
import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import { type LockedUser, lockUser } from '../auth/held-user.ts'
import { adminOnly } from '../auth/sign-in-required.ts'
import type { Actor, UserContext } from '../context.ts'
import { notFound } from '../errors.ts'

/** Who did it, as the log of the other person names them. */
export interface AdminActor {
  name: string
  ip: string | null
}

/**
 * Does something to another person's account for an administrator: noted in the administrator's own log before it is
 * done, and by `run` in the log of the person, in the transaction that does it.
 * @throws ServiceError NOT_FOUND for an unknown person; ADMIN_ONLY when the administrator is none any more; what `run`
 *   throws
 */
export async function actOnUser<Result>(o: {
  ctx: UserContext
  userId: string
  /** What the administrator's log calls it. */
  action: string
  detail?: Record<string, unknown>
  run: (user: LockedUser, admin: AdminActor) => Promise<Result>
}): Promise<Result> {
  const { ctx, userId, action, detail = {} } = o
  const { db } = ctx.services
  await db.withUserSql(userId, async (client) => {
    const { rowCount } = await client.query('SELECT FROM users WHERE user_id = $1', [userId])
    if (!rowCount) throw notFound('user')
  })
  await db.withUserSql(ctx.actor.userId, (client) =>
    recordAct(client, { actor: ctx.actor, action, target: `user:${userId}`, detail }),
  )
  return db.withUserSql(userId, async (client) =>
    o.run(await holdBoth(client, { admin: ctx.actor, userId }), adminOf(ctx.actor)),
  )
}

/** In the order of their ids, so that two administrators who act on each other never wait for each other. */
async function holdBoth(
  client: pg.PoolClient,
  { admin, userId }: { admin: Actor; userId: string },
): Promise<LockedUser> {
  const isSelf = admin.userId === userId
  const first = isSelf || userId < admin.userId ? await lockUser(client, { userId }) : null
  if (!(await holdAdministrator(client, admin))) throw adminOnly()
  const user = first ?? (await lockUser(client, { userId }))
  if (!user) throw notFound('user')
  return user
}

function adminOf({ userId, ip }: Actor): AdminActor {
  return { name: `admin:${userId}`, ip }
}
