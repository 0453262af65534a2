import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import type { SessionReference } from './access-schemas.ts'
import { lockUser } from './held-user.ts'
import { revokeSessions } from './revoke-sessions.ts'
import { revokeSession } from './sessions.ts'

/**
 * Ends one session of the person, in every process within a second.
 * @throws ServiceError NOT_FOUND for one that has ended, is somebody else's, or never was
 */
export async function revokeOwnSession(o: {
  ctx: UserContext
  input: SessionReference
}): Promise<{ ok: true }> {
  const { services, actor } = o.ctx
  const { sessionId } = o.input
  await services.db.withUserSql(actor.userId, async (client) => {
    const { userId } = actor
    await lockUser(client, { userId })
    const ended = await revokeSession(client, {
      userId,
      sessionId,
      reason: 'ended-by-user',
      now: services.now(),
    })
    if (!ended) throw notFound('session')
    await recordAct(client, {
      actor,
      action: 'auth.session-revoked',
      target: `session:${sessionId}`,
      detail: {},
    })
  })
  return { ok: true }
}

/** Ends every session of the person but the one that asks. */
export async function revokeOtherSessions({
  ctx,
}: {
  ctx: UserContext
}): Promise<{ ok: true; revoked: number }> {
  const { services, actor } = ctx
  const { userId } = actor
  return services.db.withUserSql(userId, async (client) => {
    await lockUser(client, { userId })
    const revoked = await revokeSessions(client, {
      userId,
      except: actor.sessionId,
      reason: 'ended-by-user',
      now: services.now(),
    })
    await recordAct(client, {
      actor,
      action: 'auth.other-sessions-revoked',
      target: `user:${userId}`,
      detail: { sessions: revoked },
    })
    return { ok: true, revoked }
  })
}
