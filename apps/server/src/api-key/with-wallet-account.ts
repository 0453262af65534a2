import type { Account } from '@opentrade/exchange'
import type { UserContext } from '../context.ts'
import { notFound, ServiceError } from '../errors.ts'
import { getExchange } from '../exchange/get.ts'
import { markAnswered, markRefused } from './mark.ts'
import { noReadingKey } from './no-reading-key.ts'
import { withAccount } from './open-account.ts'
import { hasAnyKey, readReadingKey, type SealedApiKey } from './queries.ts'
import { asRefusedKey, isRefusal } from './refusal.ts'

/**
 * Opens the account behind a wallet for the length of `run`, with the key that reads it and never with one that
 * trades. The opening is audited with `reason`.
 *
 * What the exchange says of the key while `run` reads is noted: a refusal counts towards the ten minutes after which
 * the key is invalid, and a good answer makes a refused key valid again, also one that was invalid.
 *
 * @throws ServiceError `NOT_FOUND`, `NO_KEY` when the wallet has no key any more, `NO_READ_KEY` when it has one that
 * trades only, `KEY_REFUSED` with the time at which the key is asked about again, `VAULT_UNAVAILABLE`,
 * `EXCHANGE_UNAVAILABLE`; and what `run` throws, such as ExchangeError
 */
export async function withWalletAccount<Result>(o: {
  ctx: UserContext
  input: { walletId: string; reason: string }
  run: (account: Account, key: { apiKeyId: string; exchangeId: string }) => Promise<Result>
}): Promise<Result> {
  const { ctx, input } = o
  const key = await requireReadingKey(o)
  const { apiKeyId, exchangeId } = key
  const exchange = await getExchange({ services: ctx.services, exchangeId })
  const run = (account: Account): Promise<Result> => o.run(account, { apiKeyId, exchangeId })
  try {
    const result = await withAccount({ ctx, key, exchange, reason: input.reason, run })
    if (key.refusedSince) await markAnswered({ ctx, key })
    return result
  } catch (error) {
    if (!isRefusal(error)) throw error
    const retryAt = await markRefused({ ctx, key, error })
    throw asRefusedKey(error, retryAt)
  }
}

function requireReadingKey(o: { ctx: UserContext; input: { walletId: string } }): Promise<SealedApiKey> {
  const { services, actor } = o.ctx
  const reference = { userId: actor.userId, walletId: o.input.walletId }
  return services.db.withUserSql(actor.userId, async (client) => {
    const key = await readReadingKey(client, reference)
    if (key) return key
    if (await hasAnyKey(client, reference)) throw noReadingKey()
    const { rowCount } = await client.query('SELECT FROM wallets WHERE user_id = $1 AND wallet_id = $2', [
      reference.userId,
      reference.walletId,
    ])
    if (!rowCount) throw notFound('wallet')
    throw new ServiceError({
      kind: 'conflict',
      reason: 'NO_KEY',
      message: 'This wallet has no API key any more. Connect the exchange again to sync it.',
    })
  })
}
