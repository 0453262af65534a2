import type { PublicContext, UserContext } from '../context.ts'
import { countMail } from './count-mail.ts'
import { sendVerificationJob } from './send-verification.job.ts'
import { findActiveUser } from './users.ts'

/**
 * Sends the person a link that confirms their address; none when it is confirmed.
 * @throws ServiceError TOO_MANY_ATTEMPTS
 */
export async function requestEmailVerification({
  ctx,
}: {
  ctx: UserContext & PublicContext
}): Promise<{ ok: true }> {
  const { services, actor } = ctx
  const { userId } = actor
  const user = await services.db.withUserSql(userId, (client) => findActiveUser(client, { userId }))
  if (!user || user.emailVerified) return { ok: true }
  await countMail({ ctx, email: user.email })
  await services.jobs.add(sendVerificationJob, { userId })
  return { ok: true }
}
