import { recordAct } from '../audit/record.ts'
import type { PublicContext } from '../context.ts'
import { sendAccountNoticeJob } from '../notice/account-notice.job.ts'
import { linkRefused } from './link-refused.ts'
import { refuseWeakPassword } from './new-password.ts'
import { forgetTokens, peekToken, readToken, type ShownToken, takeToken } from './one-time-tokens.ts'
import { inPasswordQueue } from './passwords.ts'
import { revokeSessions } from './revoke-sessions.ts'
import type { ResetPassword } from './schemas.ts'
import { hasSecondFactor } from './second-factor-state.ts'
import { holdUser } from './users.ts'

/**
 * Sets a new password by the link of a mail. Every session ends, second factors stay, nobody is signed in; an account
 * that its owner had deactivated is back. The link proves the address, too.
 * @throws ServiceError LINK_REFUSED; WEAK_PASSWORD, which leaves the link good; BUSY
 */
export async function resetPassword(o: { ctx: PublicContext; input: ResetPassword }): Promise<{ ok: true }> {
  const { ctx, input } = o
  const { services } = ctx
  const shown = readToken(input.token)
  if (!shown) throw linkRefused()
  await checkNewPassword({ ...o, shown })
  const passwordHash = await inPasswordQueue(services.passwords.hash(input.password))
  const email = await useToken({ ctx, shown, passwordHash })
  // Whoever has tried to sign in before, the owner need not wait to do so with the new password.
  await services.attempts.succeed({ scope: 'account', subject: email })
  await services.jobs.add(sendAccountNoticeJob, { kind: 'password-reset', userId: shown.userId })
  return { ok: true }
}

/** Before the token is used: a password that is refused must not cost the link. */
async function checkNewPassword(o: {
  ctx: PublicContext
  input: ResetPassword
  shown: ShownToken
}): Promise<void> {
  const { services } = o.ctx
  const { userId } = o.shown
  const known = await services.db.withUserSql(userId, async (client) => {
    const email = await peekToken(client, { ...o.shown, purpose: 'reset-password', now: services.now() })
    return email === null ? null : { email, hasSecondFactor: await hasSecondFactor(client, { userId }) }
  })
  if (!known) throw linkRefused()
  refuseWeakPassword({ ...known, password: o.input.password, field: 'password' })
}

/** @returns the address that the link was sent to */
async function useToken(o: { ctx: PublicContext; shown: ShownToken; passwordHash: string }): Promise<string> {
  const { services, request } = o.ctx
  const { userId } = o.shown
  const now = services.now()
  return services.db.withUserSql(userId, async (client) => {
    await holdUser(client, { userId })
    const email = await takeToken(client, { ...o.shown, purpose: 'reset-password', now })
    if (email === null) throw linkRefused()
    const { rowCount } = await client.query(
      `UPDATE users SET password_hash = $2, email_verified = email_verified OR email = $3, is_active = true,
         deactivated_by = NULL, updated_at = now()
       WHERE user_id = $1 AND deactivated_by IS DISTINCT FROM 'admin'`,
      [userId, o.passwordHash, email],
    )
    if (!rowCount) throw linkRefused()
    await forgetTokens(client, { userId })
    await revokeSessions(client, { userId, except: null, reason: 'password-reset', now })
    await recordAct(client, {
      actor: { userId, name: 'link:reset-password', ip: request.ip },
      action: 'auth.password-reset',
      target: `user:${userId}`,
      detail: { userAgent: request.userAgent },
    })
    return email
  })
}
