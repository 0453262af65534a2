import { type Account, ExchangeError } from '@opentrade/exchange'
import type { UserContext } from '../context.ts'
import { notFound, ServiceError } from '../errors.ts'
import { getExchange } from '../exchange/get.ts'
import { judgeKey } from './judge.ts'
import { markAccepted, markDoubted, markRefused } from './mark.ts'
import { noReadingKey } from './no-reading-key.ts'
import { withAccount } from './open-account.ts'
import { hasAnyKey, readReadingKey, type SealedApiKey } from './queries.ts'

/**
 * Opens the account behind a wallet for the length of `run`, with the key that reads it and never with one that
 * trades. The opening is audited with `reason`. A key that is marked invalid is not opened: only a check or new
 * credentials make it valid again.
 *
 * When the exchange refuses the key while `run` reads, it is asked again at once, and only a second refusal marks the
 * key invalid.
 *
 * @throws ServiceError `NOT_FOUND`, `NO_KEY` when the wallet has no key any more, `NO_READ_KEY` when it has one that
 * trades only, `KEY_INVALID`, `KEY_DOUBTED` when a refusal was not confirmed, `VAULT_UNAVAILABLE`,
 * `EXCHANGE_UNAVAILABLE`; and what `run` throws, such as ExchangeError
 */
export async function withWalletAccount<Result>(o: {
  ctx: UserContext
  input: { walletId: string; reason: string }
  run: (account: Account, key: { apiKeyId: string; exchangeId: string }) => Promise<Result>
}): Promise<Result> {
  const { ctx, input, run } = o
  const key = await requireReadingKey(o)
  const { apiKeyId, exchangeId } = key
  const exchange = await getExchange({ services: ctx.services, exchangeId })
  try {
    return await withAccount({
      ctx,
      key,
      exchange,
      reason: input.reason,
      run: (account) => run(account, { apiKeyId, exchangeId }),
    })
  } catch (error) {
    if (!(error instanceof ExchangeError) || !error.keyFault) throw error
    throw await settleDoubt({ ctx, key, exchangeName: exchange.exchangeName })
  }
}

/** Asks once more about a key that was just refused, notes the answer, and returns what to throw. */
async function settleDoubt(o: {
  ctx: UserContext
  key: SealedApiKey
  exchangeName: string
}): Promise<unknown> {
  const { ctx, key, exchangeName } = o
  try {
    const verdict = await judgeKey({ ctx, key, reason: 'check of a refused key', refusals: 1 })
    if ('refusal' in verdict) {
      await markRefused({ ctx, key, error: verdict.refusal })
      return verdict.refusal
    }
    await markAccepted({ ctx, key, check: verdict.check })
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error
    await markDoubted({ ctx, key })
    return error
  }
  return new ServiceError({
    kind: 'refused',
    reason: 'KEY_DOUBTED',
    message: `${exchangeName} refused the key and accepted it a moment later. The wallet is read again soon.`,
  })
}

function requireReadingKey(o: { ctx: UserContext; input: { walletId: string } }): Promise<SealedApiKey> {
  const { services, actor } = o.ctx
  const reference = { userId: actor.userId, walletId: o.input.walletId }
  return services.db.withUserSql(actor.userId, async (client) => {
    const key = await readReadingKey(client, reference)
    if (key?.isValid === false) throw keyInvalid(key)
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

function keyInvalid(key: SealedApiKey): ServiceError {
  const why = key.checkError?.message ?? 'The exchange refuses the key of this wallet.'
  return new ServiceError({
    kind: 'conflict',
    reason: 'KEY_INVALID',
    message: `${why} The wallet is read again once the key was checked and accepted, or replaced.`,
    ...(key.checkError && { exchangeCode: key.checkError.code }),
  })
}
