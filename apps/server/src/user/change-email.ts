import { recordAct } from '../audit/record.ts'
import { countMail } from '../auth/count-mail.ts'
import { holdSession } from '../auth/held-user.ts'
import { findActiveUser } from '../auth/users.ts'
import type { PublicContext, UserContext } from '../context.ts'
import { notFound, ServiceError } from '../errors.ts'
import type { ChangeEmail } from './schemas.ts'
import { sendEmailChangeJob } from './send-email-change.job.ts'

/**
 * Asks for another address. Nothing changes until the link that goes there is used; the old address is told. Whether
 * the new one has an account is looked up by a job, and told to that address alone.
 * @throws ServiceError SAME_EMAIL, TOO_MANY_ATTEMPTS
 */
export async function changeEmail(o: {
  ctx: UserContext & PublicContext
  input: ChangeEmail
}): Promise<{ ok: true }> {
  const { ctx, input } = o
  const { services, actor } = ctx
  const { userId } = actor
  const user = await services.db.withUserSql(userId, (client) => findActiveUser(client, { userId }))
  if (!user) throw notFound('account')
  if (user.email === input.email) {
    const message = 'This is the address that you have.'
    throw new ServiceError({ kind: 'invalid', reason: 'SAME_EMAIL', message, fields: { email: message } })
  }
  await countMail({ ctx, email: input.email })
  const { version } = await services.db.withUserSql(userId, async (client) => {
    const held = await holdSession(client, { ctx, stepUp: true })
    await recordAct(client, {
      actor,
      action: 'user.email-change-asked-for',
      target: `user:${userId}`,
      detail: { to: input.email },
    })
    return held
  })
  await services.jobs.add(sendEmailChangeJob, { userId, email: input.email, version })
  return { ok: true }
}
