import type { Account, ExchangeError, KeyCheck } from '@opentrade/exchange'
import type { UserContext } from '../context.ts'
import { getExchange } from '../exchange/get.ts'
import { withAccount } from './open-account.ts'
import { proveKey } from './prove.ts'
import type { SealedApiKey } from './queries.ts'
import { isRefusal } from './refusal.ts'

/** What an exchange says of a key: accepted with what it may do, or refused by it. */
export type Verdict = { check: KeyCheck } | { refusal: ExchangeError }

/**
 * Asks the exchange about a stored key, once. What becomes of a refusal is for `markRefused` to say.
 * @throws ExchangeError that says nothing about the key
 */
export async function judgeKey(o: { ctx: UserContext; key: SealedApiKey; reason: string }): Promise<Verdict> {
  const { ctx, key, reason } = o
  const exchange = await getExchange({ services: ctx.services, exchangeId: key.exchangeId })
  async function ask(account: Account): Promise<Verdict> {
    try {
      return { check: await proveKey({ account, exchange, purpose: key.purpose }) }
    } catch (error) {
      if (!isRefusal(error)) throw error
      return { refusal: error }
    }
  }
  return withAccount({ ctx, key, exchange, reason, run: ask })
}
