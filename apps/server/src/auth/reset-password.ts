import { recordAct } from '../audit/record.ts'
import type { PublicContext } from '../context.ts'
import { sendAccountNoticeJob } from '../notice/account-notice.job.ts'
import { endApiTokens } from './end-api-tokens.ts'
import { endWhatRestsOn } from './end-what-rests-on.ts'
import { lockUser } from './held-user.ts'
import { linkRefused } from './link-refused.ts'
import { refuseWeakPassword } from './new-password.ts'
import { peekToken, readToken, type ShownToken, takeToken } from './one-time-tokens.ts'
import { inPasswordQueue } from './passwords.ts'
import type { ResetPassword } from './schemas.ts'
import { hasSecondFactor } from './second-factor-state.ts'

/**
 * Sets a new password by the link of a mail. Every session ends, and every API token unless they are to stay, since
 * whoever had the old password may have made one. Second factors stay, nobody is signed in; an account
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
  const { email, endedApiTokens } = await useToken({ ...o, shown, passwordHash })
  // Whoever has tried to sign in before, the owner need not wait to do so with the new password.
  await services.attempts.succeed({ scope: 'account', subject: email })
  await services.jobs.add(sendAccountNoticeJob, {
    kind: 'password-reset',
    userId: shown.userId,
    endedApiTokens,
  })
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

/** @returns the address that the link was sent to, and the names of the API tokens that ended */
async function useToken(o: {
  ctx: PublicContext
  input: ResetPassword
  shown: ShownToken
  passwordHash: string
}): Promise<{ email: string; endedApiTokens: string[] }> {
  const { services, request } = o.ctx
  const { userId } = o.shown
  const now = services.now()
  return services.db.withUserSql(userId, async (client) => {
    const user = await lockUser(client, { userId })
    const email = user && (await takeToken(user, { ...o.shown, purpose: 'reset-password', now }))
    if (!user || email === null) throw linkRefused()
    const { rowCount } = await client.query(
      `UPDATE users SET password_hash = $2, email_verified = email_verified OR email = $3, is_active = true,
         deactivated_by = NULL, updated_at = now()
       WHERE user_id = $1 AND deactivated_by IS DISTINCT FROM 'admin'`,
      [userId, o.passwordHash, email],
    )
    if (!rowCount) throw linkRefused()
    await endWhatRestsOn(user, { services, proofs: 'all', except: null, reason: 'password-reset' })
    const endedApiTokens = o.input.revokeApiTokens ? await endApiTokens(user) : []
    await recordAct(client, {
      actor: { userId, name: 'link:reset-password', ip: request.ip },
      action: 'auth.password-reset',
      target: `user:${userId}`,
      detail: { userAgent: request.userAgent, apiTokensEnded: endedApiTokens.length },
    })
    return { email, endedApiTokens }
  })
}
