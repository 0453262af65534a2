import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { endWhatRestsOn } from './end-what-rests-on.ts'
import { holdSession } from './held-user.ts'
import {
  forgetNeedlessRecoveryCodes,
  noticeSecondFactorChange,
  recordSecondFactorChange,
} from './second-factor-change.ts'
import { deleteTotp } from './totp-rows.ts'

/**
 * Forgets the authenticator app's secret and destroys the key that sealed it; one that was started and not confirmed,
 * too.
 * @throws ServiceError `NOT_FOUND`
 */
export async function disableTotp({ ctx }: { ctx: UserContext }): Promise<{ ok: true }> {
  const { services, actor } = ctx
  const { userId } = actor
  await services.db.withUserSql(userId, async (client) => {
    const user = await holdSession(client, { ctx, stepUp: true })
    const [factorId] = await deleteTotp(client, { services, userId, isConfirmed: true })
    if (factorId === undefined) throw notFound('authenticator app')
    const codesGone = await forgetNeedlessRecoveryCodes(client, { userId })
    await endWhatRestsOn(user, {
      services,
      proofs: [`totp:${factorId}`, ...codesGone],
      except: actor.sessionId,
      reason: 'sign-in-method-removed',
    })
    await recordSecondFactorChange(client, {
      ctx,
      action: 'second-factor.totp-disabled',
      target: `user:${userId}`,
    })
  })
  await noticeSecondFactorChange(ctx, 'totp-disabled')
  return { ok: true }
}
