import { recordAct } from '../audit/record.ts'
import type { PublicContext } from '../context.ts'
import { REFRESH_COOKIE } from './cookie-names.ts'
import { lockUser } from './held-user.ts'
import { clearSessionCookies, type RevokeReason, revokeSession } from './sessions.ts'

/** Ends the session of this browser or token, in every process. It succeeds for those who are signed out, too. */
export async function logOut({ ctx }: { ctx: PublicContext }): Promise<{ ok: true }> {
  await endCurrentSession({ ctx, reason: 'signed-out' })
  clearSessionCookies(ctx.request)
  return { ok: true }
}

/** Ends the sessions that the caller shows: by an access token, by the cookie that would refresh one, or both. */
export async function endCurrentSession(o: { ctx: PublicContext; reason: RevokeReason }): Promise<void> {
  const { actor, request, services } = o.ctx
  const refreshToken = request.cookie(REFRESH_COOKIE)
  const byCookie = refreshToken === null ? null : services.refreshTokens.read(refreshToken)
  const shown = new Map<string, string>()
  if (actor?.sessionId) shown.set(actor.sessionId, actor.userId)
  if (byCookie) shown.set(byCookie.sessionId, byCookie.userId)
  for (const [sessionId, userId] of shown) await endSession({ ...o, userId, sessionId })
}

async function endSession(o: {
  ctx: PublicContext
  reason: RevokeReason
  userId: string
  sessionId: string
}): Promise<void> {
  const { services, request } = o.ctx
  await services.db.withUserSql(o.userId, async (client) => {
    await lockUser(client, o)
    if (!(await revokeSession(client, { ...o, now: services.now() }))) return
    await recordAct(client, {
      actor: { userId: o.userId, name: `session:${o.sessionId}`, ip: request.ip },
      action: 'auth.signed-out',
      target: `session:${o.sessionId}`,
      detail: { reason: o.reason },
    })
  })
}
