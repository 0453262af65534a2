import { recordAct } from '../audit/record.ts'
import { endWhatRestsOn } from '../auth/end-what-rests-on.ts'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { sendRequiredResetJob } from '../user/send-required-reset.job.ts'
import type { OneUser } from './account-schemas.ts'
import { actOnUser } from './act-on-user.ts'

/**
 * Takes a person's password away, ends their sessions, and sends them a link to choose another one.
 * @throws ServiceError NOT_FOUND; OWN_ACCOUNT: an administrator who waits for a mail could be locked out
 */
export async function requireReset(o: { ctx: UserContext; input: OneUser }): Promise<{ ok: true }> {
  const { ctx, input } = o
  const { userId } = input
  const { services } = ctx
  if (userId === ctx.actor.userId) {
    throw new ServiceError({
      kind: 'refused',
      reason: 'OWN_ACCOUNT',
      message: 'This is your own account: change your password in your settings instead.',
    })
  }
  await actOnUser({
    ctx,
    userId,
    action: 'admin.reset-required',
    run: async (user, actor) => {
      const { client } = user
      await client.query('UPDATE users SET password_hash = NULL, updated_at = now() WHERE user_id = $1', [
        userId,
      ])
      await endWhatRestsOn(user, { services, proofs: 'all', except: null, reason: 'reset-required' })
      await recordAct(client, {
        actor: { userId, ...actor },
        action: 'user.reset-required',
        target: `user:${userId}`,
        detail: { by: 'admin' },
      })
    },
  })
  await services.jobs.add(sendRequiredResetJob, { userId })
  return { ok: true }
}
