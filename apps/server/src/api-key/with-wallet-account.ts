import { type Account, ExchangeError } from '@opentrade/exchange'
import type { UserContext } from '../context.ts'
import { notFound, ServiceError } from '../errors.ts'
import { getExchange } from '../exchange/get.ts'
import { markAccepted, markRefused } from './mark.ts'
import { withAccount } from './open-account.ts'
import { readWalletKey, type SealedApiKey } from './queries.ts'

/**
 * Opens the account behind a wallet for the length of `run`, with the key that reads it, else the one that trades.
 * The opening is audited with `reason`. `run` reads from the account: when the exchange refuses the key it is marked
 * invalid, and when it accepts one that was marked so, valid again.
 *
 * @throws ServiceError `NOT_FOUND`, `NO_KEY` when the wallet has no key any more, `VAULT_UNAVAILABLE`,
 * `EXCHANGE_UNAVAILABLE`; and what `run` throws, such as ExchangeError
 */
export async function withWalletAccount<Result>(o: {
  ctx: UserContext
  input: { walletId: string; reason: string }
  run: (account: Account, key: { apiKeyId: string; exchangeId: string }) => Promise<Result>
}): Promise<Result> {
  const { ctx, input, run } = o
  const key = await requireWalletKey(o)
  const exchange = await getExchange({ services: ctx.services, exchangeId: key.exchangeId })
  try {
    const result = await withAccount({
      ctx,
      key,
      exchange,
      reason: input.reason,
      run: (account) => run(account, { apiKeyId: key.apiKeyId, exchangeId: key.exchangeId }),
    })
    if (key.isValid === false) await markAccepted({ ctx, key })
    return result
  } catch (error) {
    if (error instanceof ExchangeError && error.keyFault) await markRefused({ ctx, key, error })
    throw error
  }
}

function requireWalletKey(o: { ctx: UserContext; input: { walletId: string } }): Promise<SealedApiKey> {
  const { services, actor } = o.ctx
  const reference = { userId: actor.userId, walletId: o.input.walletId }
  return services.db.withUserSql(actor.userId, async (client) => {
    const key = await readWalletKey(client, reference)
    if (key) return key
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
