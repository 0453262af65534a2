import { recordAct } from '../audit/record.ts'
import { refuseWeakPassword } from '../auth/new-password.ts'
import { forgetTokens } from '../auth/one-time-tokens.ts'
import { inPasswordQueue } from '../auth/passwords.ts'
import { revokeSessions } from '../auth/revoke-sessions.ts'
import { hasSecondFactor } from '../auth/second-factor-state.ts'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { sendAccountNoticeJob } from '../notice/account-notice.job.ts'
import { requireOwnPassword } from './own-password.ts'
import type { ChangePassword } from './schemas.ts'

/**
 * Changes the person's password. Their other sessions and the links under way end; a mail tells them.
 * @throws ServiceError WRONG_PASSWORD, NO_PASSWORD, WEAK_PASSWORD, SAME_PASSWORD, TOO_MANY_ATTEMPTS, BUSY
 */
export async function changePassword(o: { ctx: UserContext; input: ChangePassword }): Promise<{ ok: true }> {
  const { ctx, input } = o
  const { services, actor } = ctx
  const { userId } = actor
  const { email, passwordHash } = await requireOwnPassword({
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
  await services.db.withUserSql(userId, async (client) => {
    const { rowCount } = await client.query(
      'UPDATE users SET password_hash = $3, updated_at = now() WHERE user_id = $1 AND password_hash = $2',
      [userId, passwordHash, newHash],
    )
    if (!rowCount) throw changedMeanwhile()
    await forgetTokens(client, { userId })
    await revokeSessions(client, {
      userId,
      except: actor.sessionId,
      reason: 'password-changed',
      now: services.now(),
    })
    await recordAct(client, {
      actor,
      action: 'user.password-changed',
      target: `user:${userId}`,
      detail: {},
    })
  })
  await services.jobs.add(sendAccountNoticeJob, { kind: 'password-changed', userId })
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

function changedMeanwhile(): ServiceError {
  const message = 'The password was changed by another session just now. Sign in with that one.'
  return new ServiceError({
    kind: 'conflict',
    reason: 'CHANGED_MEANWHILE',
    message,
    fields: { currentPassword: message },
  })
}
