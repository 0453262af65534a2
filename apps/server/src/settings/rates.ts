import { readPrices } from '@opentrade/db'
import type { UserContext } from '../context.ts'
import { CURRENCIES, type Currency } from './registry.ts'

/** An older price would make amounts look exact that are not. */
const GOOD_FOR_MS = 24 * 3_600_000

/** What one unit of a currency is worth, and who says so. An amount in it is the one in USD by this price. */
export interface Rate {
  currency: Currency
  /** A plain decimal. */
  usdPrice: string
  source: string
  asOf: string
}

/** The currencies that amounts can be shown in now: those that a connected exchange has priced within a day. */
export async function listRates({ ctx }: { ctx: UserContext }): Promise<Rate[]> {
  const { services } = ctx
  const now = services.now()
  const others = CURRENCIES.filter((currency) => currency !== 'USD')
  const prices = await readPrices(services.db.pool, { assets: others })
  const byAsset = new Map(prices.map((price) => [price.asset, price]))
  const usd: Rate = { currency: 'USD', usdPrice: '1', source: 'USD', asOf: now.toISOString() }
  return [
    usd,
    ...others.flatMap((currency): Rate[] => {
      const price = byAsset.get(currency)
      if (!price || now.getTime() - price.asOf.getTime() > GOOD_FOR_MS) return []
      const { usdPrice, source, asOf } = price
      return [{ currency, usdPrice, source, asOf: asOf.toISOString() }]
    }),
  ]
}
