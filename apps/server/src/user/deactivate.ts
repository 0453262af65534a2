import { recordAct } from '../audit/record.ts'
import { endWhatRestsOn } from '../auth/end-what-rests-on.ts'
import { holdSession, type LockedUser } from '../auth/held-user.ts'
import { clearSessionCookies } from '../auth/sessions.ts'
import type { Actor, PublicContext, Services, UserContext } from '../context.ts'
import { publishEvent } from '../events.ts'
import { refuseLastAdmin } from './last-admin.ts'

/**
 * Switches the person's account off: every session ends, and signing in answers as if the password were wrong. What
 * they have stays. A new password by mail brings it back, and so does an administrator.
 * @throws ServiceError LAST_ADMIN
 */
export async function deactivateMe({ ctx }: { ctx: UserContext & PublicContext }): Promise<{ ok: true }> {
  const { services, actor } = ctx
  const { userId } = actor
  await services.db.withUserSql(userId, async (client) => {
    const user = await holdSession(client, { ctx, stepUp: false })
    await refuseLastAdmin(client, {
      userId,
      alone: 'stays',
      message: 'You are the only administrator: nobody could let you in again. Make somebody else one first.',
    })
    await deactivate(user, { by: 'self', actor, services })
  })
  clearSessionCookies(ctx.request)
  return { ok: true }
}

/** Within the caller's transaction; says in the person's log who did it. */
export async function deactivate(
  user: LockedUser,
  o: { by: 'self' | 'admin'; actor: Pick<Actor, 'name' | 'ip'>; services: Services },
): Promise<void> {
  const { client, userId } = user
  const { services } = o
  await client.query(
    'UPDATE users SET is_active = false, deactivated_by = $2, updated_at = now() WHERE user_id = $1',
    [userId, o.by],
  )
  await endWhatRestsOn(user, { services, proofs: 'all', except: null, reason: 'deactivated' })
  // For what acts without a session: the tokens of programs.
  await publishEvent(client, { type: 'session-revoked', userId, sessionId: null })
  await recordAct(client, {
    actor: { userId, name: o.actor.name, ip: o.actor.ip },
    action: 'user.deactivated',
    target: `user:${userId}`,
    detail: { by: o.by },
  })
}
