import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { requireApiKey } from './queries.ts'
import type { ApiKey, RenameApiKey } from './schemas.ts'
import { asTaken } from './taken.ts'

/**
 * Gives a key another name, or none.
 * @throws ServiceError `NOT_FOUND`, `NICKNAME_TAKEN`
 */
export async function renameApiKey(o: { ctx: UserContext; input: RenameApiKey }): Promise<ApiKey> {
  const { services, actor } = o.ctx
  const { apiKeyId, nickname } = o.input
  const { userId } = actor
  try {
    return await services.db.withUserSql(userId, async (client) => {
      const { rowCount } = await client.query(
        'UPDATE user_api_keys SET key_nickname = $3, updated_at = now() WHERE user_id = $1 AND api_key_id = $2',
        [userId, apiKeyId, nickname],
      )
      if (!rowCount) throw notFound('API key')
      await recordAct(client, { actor, action: 'api-key.renamed', target: `api-key:${apiKeyId}`, detail: {} })
      return requireApiKey(client, { userId, apiKeyId })
    })
  } catch (error) {
    throw asTaken(error, nickname)
  }
}
