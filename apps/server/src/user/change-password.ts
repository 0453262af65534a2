import { recordAct } from '../audit/record.ts'
import { endApiTokens } from '../auth/end-api-tokens.ts'
import { endWhatRestsOn } from '../auth/end-what-rests-on.ts'
import { holdSession } from '../auth/held-user.ts'
import { refuseWeakPassword } from '../auth/new-password.ts'
import { inPasswordQueue } from '../auth/passwords.ts'
import { hasSecondFactor } from '../auth/second-factor-state.ts'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { sendAccountNoticeJob } from '../notice/account-notice.job.ts'
import { requireOwnPassword } from './own-password.ts'
import type { ChangePassword } from './schemas.ts'

/**
 * Changes the person's password. Their other sessions and the links under way end, and their API tokens if they wish;
 * a mail tells them. This session stays, and has to confirm with the new password before what matters most.
 * @throws ServiceError WRONG_PASSWORD, NO_PASSWORD, WEAK_PASSWORD, SAME_PASSWORD, CHANGED_MEANWHILE, TOO_MANY_ATTEMPTS,
 *   BUSY
 */
export async function changePassword(o: { ctx: UserContext; input: ChangePassword }): Promise<{ ok: true }> {
  const { ctx, input } = o
  const { services, actor } = ctx
  const { userId } = actor
  const { email, version } = await requireOwnPassword({
    ctx,
    password: input.currentPassword,
    field: 'currentPassword',
    refusedAction: 'user.password-change-refused',
  })
  const secondFactor = await services.db.withUserSql(userId, (client) => hasSecondFactor(client, { userId }))
  refuseWeakPassword({
    email,
    password: input.newPassword,
    hasSecondFactor: secondFactor,
    field: 'newPassword',
  })
  if (input.newPassword === input.currentPassword) throw samePassword()
  const newHash = await inPasswordQueue(services.passwords.hash(input.newPassword))
  const endedApiTokens = await services.db.withUserSql(userId, async (client) => {
    const user = await holdSession(client, { ctx, stepUp: true, version })
    await client.query('UPDATE users SET password_hash = $2, updated_at = now() WHERE user_id = $1', [
      userId,
      newHash,
    ])
    await endWhatRestsOn(user, {
      services,
      proofs: 'all',
      except: actor.sessionId,
      reason: 'password-changed',
    })
    const ended = input.revokeApiTokens ? await endApiTokens(user) : []
    await recordAct(client, {
      actor,
      action: 'user.password-changed',
      target: `user:${userId}`,
      detail: { apiTokensEnded: ended.length },
    })
    return ended
  })
  await services.jobs.add(sendAccountNoticeJob, { kind: 'password-changed', userId, endedApiTokens })
  return { ok: true }
}

function samePassword(): ServiceError {
  const message = 'This is the password that you have. Choose another one.'
  return new ServiceError({
    kind: 'invalid',
    reason: 'SAME_PASSWORD',
    message,
    fields: { newPassword: message },
  })
}
