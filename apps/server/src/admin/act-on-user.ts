import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
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
 * @throws ServiceError NOT_FOUND for an unknown person, and what `run` throws
 */
export async function actOnUser<Result>(o: {
  ctx: UserContext
  userId: string
  /** What the administrator's log calls it. */
  action: string
  detail?: Record<string, unknown>
  run: (client: pg.PoolClient, admin: AdminActor) => Promise<Result>
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
  return db.withUserSql(userId, (client) => o.run(client, adminOf(ctx.actor)))
}

function adminOf({ userId, ip }: Actor): AdminActor {
  return { name: `admin:${userId}`, ip }
}
