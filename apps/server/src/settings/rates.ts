import { readWalletExchanges } from '@opentrade/db'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { NO_FALLBACK, openFallback } from '../price/fallback.ts'
import { formatMoney, toScale } from '../price/money.ts'
import { openPrices, type Prices } from '../price/price-asset.ts'
import { readTickers } from '../price/read-tickers.ts'
import { isSimulated } from '../price/simulated.ts'
import { CURRENCIES, type Currency } from './registry.ts'

/** What one unit of a currency is worth, and who says so. An amount in it is the one in USD by this price. */
export interface Rate {
  currency: Currency
  /** A plain decimal. */
  usdPrice: string
  /** The path of the price in words, such as `binance EUR/USDT × kraken USDT/USD`. */
  source: string
  asOf: string
  /** True if an exchange with made-up prices says so. */
  simulated: boolean
}

/**
 * The currencies that amounts can be shown in now: those that the markets of connected exchanges price, by the
 * same rule as assets.
 *
 * Prices of a simulated exchange never value real money. To a person whose wallets are all simulated its rates
 * come first, so that one bitcoin of play money is one bitcoin; real ones stand in for what it does not quote.
 */
export async function listRates({ ctx }: { ctx: UserContext }): Promise<Rate[]> {
  const simulated = await openSimulatedPrices({ ctx })
  const real = await openRealPrices({ ctx })
  const asOf = ctx.services.now().toISOString()
  const usd: Rate = { currency: 'USD', usdPrice: '1', source: 'USD', asOf, simulated: false }
  return [
    usd,
    ...CURRENCIES.filter((currency) => currency !== 'USD').flatMap((currency) => {
      const made = simulated && rateOf({ currency, prices: simulated, simulated: true })
      const rate = made ?? rateOf({ currency, prices: real, simulated: false })
      return rate ? [rate] : []
    }),
  ]
}

/** By what all exchanges that are connected to this installation said within a day. */
async function openRealPrices({ ctx: { services } }: { ctx: UserContext }): Promise<Prices> {
  const fallback = await openFallback({ services, exchangeId: null, assets: CURRENCIES })
  return openPrices({ exchangeId: '', tickers: [], answered: true, fallback, now: services.now() })
}

/** Null for a person who has no wallets, or a real one. */
async function openSimulatedPrices({ ctx }: { ctx: UserContext }): Promise<Prices | null> {
  const { services, actor } = ctx
  const { userId } = actor
  const exchanges = await services.db.withUserSql(userId, (client) => readWalletExchanges(client, { userId }))
  const [exchangeId] = exchanges
  if (exchangeId === undefined || !exchanges.every(isSimulated)) return null
  const { tickers } = await readTickers({ services, exchangeId }).catch(noneIfOff)
  return openPrices({
    ...{ exchangeId, tickers, answered: tickers.length > 0, fallback: NO_FALLBACK, now: services.now() },
  })
}

/** An exchange that is switched off since is no reason to show no amounts. */
function noneIfOff(error: unknown): { tickers: [] } {
  if (error instanceof ServiceError && error.reason === 'EXCHANGE_UNAVAILABLE') return { tickers: [] }
  throw error
}

function rateOf(o: { currency: Currency; prices: Prices; simulated: boolean }): Rate | null {
  const quote = o.prices.priceOf(o.currency)
  const usdPrice = quote && toScale(quote.price)
  if (!quote || !usdPrice || usdPrice.isZero()) return null
  return {
    ...{ currency: o.currency, usdPrice: formatMoney(usdPrice), source: quote.source },
    ...{ asOf: quote.at.toISOString(), simulated: o.simulated },
  }
}
