import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import { forgetTokens } from '../auth/one-time-tokens.ts'
import { revokeSessions } from '../auth/revoke-sessions.ts'
import { clearSessionCookies } from '../auth/sessions.ts'
import type { Actor, PublicContext, UserContext } from '../context.ts'
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
    await refuseLastAdmin(client, {
      userId,
      alone: 'stays',
      message: 'You are the only administrator: nobody could let you in again. Make somebody else one first.',
    })
    await deactivate(client, { userId, by: 'self', actor, now: services.now() })
  })
  clearSessionCookies(ctx.request)
  return { ok: true }
}

/** Within the caller's transaction; says in the person's log who did it. */
export async function deactivate(
  client: pg.PoolClient,
  o: { userId: string; by: 'self' | 'admin'; actor: Pick<Actor, 'name' | 'ip'>; now: Date },
): Promise<void> {
  const { userId } = o
  await client.query(
    'UPDATE users SET is_active = false, deactivated_by = $2, updated_at = now() WHERE user_id = $1',
    [userId, o.by],
  )
  await forgetTokens(client, { userId })
  await revokeSessions(client, { userId, except: null, reason: 'deactivated', now: o.now })
  // For what acts without a session: the tokens of programs.
  await publishEvent(client, { type: 'session-revoked', userId, sessionId: null })
  await recordAct(client, {
    actor: { userId, name: o.actor.name, ip: o.actor.ip },
    action: 'user.deactivated',
    target: `user:${userId}`,
    detail: { by: o.by },
  })
}
