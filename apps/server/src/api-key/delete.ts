import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import type { OneApiKey } from './schemas.ts'

/**
 * Forgets a key. Its wallet and history stay; a wallet without any key is not synced any more.
 *
 * The sealed fields are gone with the row. The data key that sealed them is the user's and may seal others, so it
 * stays: a backup from before the deletion, together with the root key, still opens the credentials. Revoke the key
 * at the exchange as well.
 * @throws ServiceError `NOT_FOUND`
 */
export async function deleteApiKey(o: { ctx: UserContext; input: OneApiKey }): Promise<{ ok: true }> {
  const { services, actor } = o.ctx
  const { userId } = actor
  const { apiKeyId } = o.input
  const { walletId } = await services.db.withUserSql(userId, async (client) => {
    const { rows } = await client.query<{ walletId: string; exchangeId: string }>(
      `DELETE FROM user_api_keys WHERE user_id = $1 AND api_key_id = $2
       RETURNING wallet_id AS "walletId", exchange_id AS "exchangeId"`,
      [userId, apiKeyId],
    )
    const [deleted] = rows
    if (!deleted) throw notFound('API key')
    await client.query(
      `UPDATE wallets SET next_sync_at = NULL, updated_at = now()
       WHERE user_id = $1 AND wallet_id = $2
         AND NOT EXISTS (SELECT FROM user_api_keys WHERE user_id = $1 AND wallet_id = $2)`,
      [userId, deleted.walletId],
    )
    await recordAct(client, {
      actor,
      action: 'api-key.deleted',
      target: `api-key:${apiKeyId}`,
      detail: { exchangeId: deleted.exchangeId, walletId: deleted.walletId },
    })
    return deleted
  })
  await services.events.publish({ type: 'wallet', userId, walletId })
  return { ok: true }
}
