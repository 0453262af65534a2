import { type Account, openAccount } from '@opentrade/exchange'
import type { UserContext } from '../context.ts'
import { connectionOf } from '../exchange/connection.ts'
import type { KnownExchange } from '../exchange/get.ts'
import type { SealedApiKey } from './queries.ts'
import { API_KEYS_TABLE, joinCredentials, presentColumns } from './sealed-columns.ts'

/**
 * Opens a stored key and with it the account, for the length of `run`. The opening is audited first.
 * @throws whatever `run` throws, and what `Vault.withPlaintext` and `connectionOf` throw
 */
export async function withAccount<Result>(o: {
  ctx: UserContext
  key: SealedApiKey
  exchange: KnownExchange
  reason: string
  run: (account: Account) => Promise<Result>
}): Promise<Result> {
  const { ctx, key, exchange } = o
  const connection = connectionOf({ services: ctx.services, exchange })
  const account = await ctx.services.vault.withPlaintext({
    row: {
      table: API_KEYS_TABLE,
      rowId: key.apiKeyId,
      userId: ctx.actor.userId,
      exchangeId: key.exchangeId,
      secretVersion: key.secretVersion,
    },
    dataKeyId: key.dataKeyId,
    fields: presentColumns(key),
    actor: ctx.actor,
    reason: o.reason,
    run: (columns) => openAccount({ ...connection, credentials: joinCredentials(columns) }),
  })
  try {
    return await o.run(account)
  } finally {
    account.close()
  }
}
