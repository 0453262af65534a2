import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { endWhatRestsOn } from './end-what-rests-on.ts'
import { holdSession } from './held-user.ts'
import { refuseLastSignIn } from './last-sign-in.ts'
import {
  forgetNeedlessRecoveryCodes,
  noticeSecondFactorChange,
  recordSecondFactorChange,
} from './second-factor-change.ts'
import type { OnePasskey } from './second-factor-schemas.ts'

/**
 * Forgets a passkey: it signs in no more, and other sessions that it has opened end. The device keeps its half.
 * @throws ServiceError `NOT_FOUND`; `LAST_SIGN_IN` when nothing else would let the person in
 */
export async function deletePasskey(o: { ctx: UserContext; input: OnePasskey }): Promise<{ ok: true }> {
  const { ctx, input } = o
  const { services, actor } = ctx
  const { userId } = actor
  await services.db.withUserSql(userId, async (client) => {
    const user = await holdSession(client, { ctx, stepUp: true })
    const { rows } = await client.query<{ name: string }>(
      'DELETE FROM passkeys WHERE user_id = $1 AND passkey_id = $2 RETURNING name',
      [userId, input.passkeyId],
    )
    const [deleted] = rows
    if (!deleted) throw notFound('passkey')
    await refuseLastSignIn(client, { userId })
    const codesGone = await forgetNeedlessRecoveryCodes(client, { userId })
    await endWhatRestsOn(user, {
      services,
      proofs: [`passkey:${input.passkeyId}`, ...codesGone],
      except: actor.sessionId,
      reason: 'sign-in-method-removed',
    })
    await recordSecondFactorChange(client, {
      ctx,
      action: 'second-factor.passkey-deleted',
      target: `passkey:${input.passkeyId}`,
      detail: { name: deleted.name },
    })
  })
  await noticeSecondFactorChange(ctx, 'passkey-deleted')
  return { ok: true }
}
