import { formatMoney, type Money, parseMoney, sumMoney, toScale } from './money.ts'
import { openPrices, type PriceSources, type Prices } from './price-asset.ts'
import type { Quote } from './quotes.ts'

/** What the database holds of a source's words. */
const SOURCE_LENGTH = 100

/** A single holding worth more than this many dollars is a fault of the price, and counts as unpriced. */
const GREATEST_VALUE = '1e15'

export interface ValuedAsset {
  /** Null: unpriced, and then so are value, source and time. */
  usdPrice: string | null
  usdValue: string | null
  priceSource: string | null
  pricedAt: Date | null
  /** Of an unpriced asset: what another exchange says of one of this name. It counts nowhere. */
  suggestion: { usdPrice: string; source: string; at: Date } | null
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
  const prices = openPrices(sources)
  const quotes = new Map<string, Found>()
  const unpriced = new Set<string>()
  const valued = holdings.map((holding) => {
    const { asset, priceAsset } = holding
    const total = parseMoney(holding.total)
    if (!total) throw new TypeError('A total is not a number.')
    const found = quotes.get(priceAsset) ?? look(prices, priceAsset)
    quotes.set(priceAsset, found)
    const value = priceHolding({ total, ...found })
    if (value.usdPrice === null && !total.isZero()) unpriced.add(asset)
    return { ...holding, ...value }
  })
  return {
    holdings: valued,
    totalUsdValue: sumMoney(valued.map((holding) => holding.usdValue ?? '0')),
    unpricedAssets: unpriced.size,
  }
}

interface Found {
  quote: Quote | null
  suggestion: ValuedAsset['suggestion']
}

function look(prices: Prices, asset: string): Found {
  const quote = prices.priceOf(asset)
  const other = quote ? null : prices.suggestionFor(asset)
  const price = other && toScale(other.price)
  if (!other || !price || price.isZero() || price.gt(GREATEST_VALUE)) return { quote, suggestion: null }
  const source = other.source.slice(0, SOURCE_LENGTH)
  return { quote, suggestion: { usdPrice: formatMoney(price), source, at: other.at } }
}

function priceHolding({ total, quote, suggestion }: Found & { total: Money }): ValuedAsset {
  const price = quote && toScale(quote.price)
  const value = price && toScale(total.times(price))
  if (!quote || !price || !value || price.isZero() || value.abs().gt(GREATEST_VALUE)) {
    return { usdPrice: null, usdValue: null, priceSource: null, pricedAt: null, suggestion }
  }
  return {
    usdPrice: formatMoney(price),
    usdValue: formatMoney(value),
    priceSource: quote.source.slice(0, SOURCE_LENGTH),
    pricedAt: quote.at,
    suggestion: null,
  }
}
