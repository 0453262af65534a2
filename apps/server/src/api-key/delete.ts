import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { settleUnreadWallet } from './no-reading-key.ts'
import type { OneApiKey } from './schemas.ts'

/**
 * Forgets a key, and destroys the data key that sealed its credentials: what a backup kept of the row opens only
 * with a data key from a backup as well. Its wallet and history stay; a wallet without a key for reading is not
 * synced any more.
 * @throws ServiceError `NOT_FOUND`
 */
export async function deleteApiKey(o: { ctx: UserContext; input: OneApiKey }): Promise<{ ok: true }> {
  const { services, actor } = o.ctx
  const { userId } = actor
  const { apiKeyId } = o.input
  await services.db.withUserSql(userId, async (client) => {
    const deleted = await deleteRow(client, { userId, apiKeyId })
    const { exchangeId, walletId, dataKeyId } = deleted
    await services.vault.shred(client, { userId, rowId: apiKeyId, dataKeyId })
    await settleUnreadWallet(client, { userId, walletId })
    await recordAct(client, {
      actor,
      action: 'api-key.deleted',
      target: `api-key:${apiKeyId}`,
      detail: { exchangeId, walletId },
    })
  })
  return { ok: true }
}

interface DeletedRow {
  walletId: string
  exchangeId: string
  dataKeyId: string
}

async function deleteRow(
  client: pg.PoolClient,
  o: { userId: string; apiKeyId: string },
): Promise<DeletedRow> {
  const { rows } = await client.query<DeletedRow>(
    `DELETE FROM user_api_keys WHERE user_id = $1 AND api_key_id = $2
     RETURNING wallet_id AS "walletId", exchange_id AS "exchangeId", data_key_id AS "dataKeyId"`,
    [o.userId, o.apiKeyId],
  )
  const [deleted] = rows
  if (!deleted) throw notFound('API key')
  return deleted
}
