import { type AccountType, type Layout, readByAnswer } from './account-readers.ts'
import { answerOf } from './answers.ts'
import type { CcxtExchange } from './ccxt.ts'
import { NotEnabledError, toExchangeError } from './errors.ts'

/** Where ccxt looks for the call that reads balances, and its name for the one of a read-only key. */
const callOption = 'fetchBalance'
const readOnlyCall = 'private_post_ro_my_balances'

/** True if CoinSpot refused the call itself, and not for a reason that passes. */
async function isRefusal(error: unknown, exchangeId: string): Promise<boolean> {
  if (answerOf(error) === null) return false
  const ours = await toExchangeError({ error, exchangeId, ccxtId: exchangeId, now: 0, credentials: {} })
  return ours instanceof NotEnabledError || ours.keyFault || ours.code === 'BAD_RESPONSE'
}

/** CoinSpot answers a read-only key under another path than one with full access. */
export function coinspotSpot(layout: Omit<Layout, 'accountType'>): AccountType {
  const spot = { accountType: 'spot', ...layout }
  return {
    accountType: 'spot',
    async read(context) {
      const { exchange } = context
      if (isReadOnlyAtCoinspot(exchange)) return readByAnswer(context, spot)
      try {
        return await readByAnswer(context, spot)
      } catch (error) {
        if (!(await isRefusal(error, exchange.id))) throw error
        const before: unknown = exchange.options[callOption]
        exchange.options[callOption] = readOnlyCall
        return readByAnswer(context, spot).catch(() => {
          exchange.options[callOption] = before
          throw error
        })
      }
    },
  }
}

/** True once CoinSpot has refused full access to a key and let it read. */
export function isReadOnlyAtCoinspot(exchange: CcxtExchange): boolean {
  return exchange.options[callOption] === readOnlyCall
}
