import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import {
  forgetNeedlessRecoveryCodes,
  noticeSecondFactorChange,
  recordSecondFactorChange,
} from './second-factor-change.ts'
import { deleteTotp } from './totp-rows.ts'
import { holdUser } from './users.ts'

/**
 * Forgets the authenticator app's secret and destroys the key that sealed it; one that was started and not confirmed,
 * too.
 * @throws ServiceError `NOT_FOUND`
 */
export async function disableTotp({ ctx }: { ctx: UserContext }): Promise<{ ok: true }> {
  const { services, actor } = ctx
  const { userId } = actor
  await services.db.withUserSql(userId, async (client) => {
    await holdUser(client, { userId })
    await deleteTotp(client, { services, userId, isConfirmed: false })
    if (!(await deleteTotp(client, { services, userId, isConfirmed: true })))
      throw notFound('authenticator app')
    await forgetNeedlessRecoveryCodes(client, { userId })
    await recordSecondFactorChange(client, {
      ctx,
      action: 'second-factor.totp-disabled',
      target: `user:${userId}`,
    })
  })
  await noticeSecondFactorChange(ctx, 'totp-disabled')
  return { ok: true }
}
