import { formatMoney, type Money, parseMoney, sumMoney, toScale } from './money.ts'
import { openPrices, type PriceSources } from './price-asset.ts'
import type { Quote } from './quotes.ts'

/** What the database holds of a source's words. */
const SOURCE_LENGTH = 100

/** A single holding worth more than this many dollars is a fault of the price, and counts as unpriced. */
const GREATEST_VALUE = '1e15'

export interface ValuedAsset {
  /** Null: unpriced, and then all four are. */
  usdPrice: string | null
  usdValue: string | null
  priceSource: string | null
  pricedAt: Date | null
}

export interface Valuation<Holding> {
  /** In the order of the holdings. */
  holdings: (Holding & ValuedAsset)[]
  /** The sum of the values of what is priced. */
  totalUsdValue: string
  /** How many different assets are held, or owed, without a price. */
  unpricedAssets: number
}

/**
 * Values what an account holds in USD, by the rule of `openPrices`. The price is rounded to 18 places, half
 * to even, and the value is the total times that rounded price, rounded in the same way: whoever multiplies
 * what is shown gets what is shown. A price that is zero at 18 places is none.
 */
export function valueHoldings<Holding extends { asset: string; total: string; priceAsset: string }>({
  holdings,
  ...sources
}: PriceSources & { holdings: readonly Holding[] }): Valuation<Holding> {
  const priceOf = openPrices(sources)
  const quotes = new Map<string, Quote | null>()
  const unpriced = new Set<string>()
  const valued = holdings.map((holding) => {
    const { asset, priceAsset } = holding
    const total = parseMoney(holding.total)
    if (!total) throw new TypeError('A total is not a number.')
    if (!quotes.has(priceAsset)) quotes.set(priceAsset, priceOf(priceAsset))
    const value = priceHolding({ total, quote: quotes.get(priceAsset) ?? null })
    if (value.usdPrice === null && !total.isZero()) unpriced.add(asset)
    return { ...holding, ...value }
  })
  return {
    holdings: valued,
    totalUsdValue: sumMoney(valued.map((holding) => holding.usdValue ?? '0')),
    unpricedAssets: unpriced.size,
  }
}

function priceHolding({ total, quote }: { total: Money; quote: Quote | null }): ValuedAsset {
  const price = quote && toScale(quote.price)
  const value = price && toScale(total.times(price))
  if (!quote || !price || !value || price.isZero() || value.abs().gt(GREATEST_VALUE)) {
    return { usdPrice: null, usdValue: null, priceSource: null, pricedAt: null }
  }
  return {
    usdPrice: formatMoney(price),
    usdValue: formatMoney(value),
    priceSource: quote.source.slice(0, SOURCE_LENGTH),
    pricedAt: quote.at,
  }
}
