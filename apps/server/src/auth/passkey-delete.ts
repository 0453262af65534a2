import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import {
  forgetNeedlessRecoveryCodes,
  noticeSecondFactorChange,
  recordSecondFactorChange,
} from './second-factor-change.ts'
import type { OnePasskey } from './second-factor-schemas.ts'

/**
 * Forgets a passkey: it signs in no more. The device keeps its half.
 * @throws ServiceError `NOT_FOUND`
 */
export async function deletePasskey(o: { ctx: UserContext; input: OnePasskey }): Promise<{ ok: true }> {
  const { ctx, input } = o
  const { services, actor } = ctx
  const { userId } = actor
  await services.db.withUserSql(userId, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'DELETE FROM passkeys WHERE user_id = $1 AND passkey_id = $2 RETURNING name',
      [userId, input.passkeyId],
    )
    const [deleted] = rows
    if (!deleted) throw notFound('passkey')
    await forgetNeedlessRecoveryCodes(client, { userId })
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
