import { type Account, ExchangeError, type KeyCheck } from '@opentrade/exchange'
import type { UserContext } from '../context.ts'
import { getExchange } from '../exchange/get.ts'
import { withAccount } from './open-account.ts'
import { proveKey } from './prove.ts'
import type { SealedApiKey } from './queries.ts'

/** What an exchange says of a key: accepted with what it may do, or refused for a reason that stays. */
export type Verdict = { check: KeyCheck } | { refusal: ExchangeError }

/**
 * Asks the exchange about a stored key. A refusal is only believed when it is given `refusals` times in a row: some
 * codes (such as -2015 of Binance) are also given for a moment to keys that are good.
 * @throws ExchangeError that may pass; it says nothing about the key
 */
export async function judgeKey(o: {
  ctx: UserContext
  key: SealedApiKey
  reason: string
  refusals: number
}): Promise<Verdict> {
  const { ctx, key, reason, refusals } = o
  const exchange = await getExchange({ services: ctx.services, exchangeId: key.exchangeId })
  async function ask(account: Account, left: number): Promise<Verdict> {
    try {
      return { check: await proveKey({ account, exchange, purpose: key.purpose }) }
    } catch (error) {
      if (!(error instanceof ExchangeError) || !error.keyFault) throw error
      return left > 1 ? ask(account, left - 1) : { refusal: error }
    }
  }
  return withAccount({ ctx, key, exchange, reason, run: (account) => ask(account, refusals) })
}
