import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { publishEvent } from '../events.ts'
import type { ApiTokenReference } from './access-schemas.ts'

/**
 * Deletes a token: no process accepts it after a second.
 * @throws ServiceError NOT_FOUND for one that is gone, is somebody else's, or never was
 */
export async function deleteApiToken(o: {
  ctx: UserContext
  input: ApiTokenReference
}): Promise<{ ok: true }> {
  const { services, actor } = o.ctx
  const { tokenId } = o.input
  const { userId } = actor
  await services.db.withUserSql(userId, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'DELETE FROM api_tokens WHERE user_id = $1 AND token_id = $2 RETURNING name',
      [userId, tokenId],
    )
    const [deleted] = rows
    if (!deleted) throw notFound('API token')
    await publishEvent(client, { type: 'token-revoked', userId, tokenId })
    await recordAct(client, {
      actor,
      action: 'api-token.deleted',
      target: `token:${tokenId}`,
      detail: { name: deleted.name },
    })
  })
  return { ok: true }
}
