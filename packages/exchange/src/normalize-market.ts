import { Decimal as Exact } from 'decimal.js'
import { type Amount, AmountError, formatAmount, parseAmount } from './decimal.ts'
import { at, textOf } from './json.ts'
import type { Decimal, Market, Ticker } from './types.ts'

/** A value that an exchange states about a market; null if it states none, or none that makes sense. */
function positive(value: unknown): Amount | null {
  try {
    const amount = parseAmount(value)
    return amount?.isPositive() === true && !amount.isZero() ? amount : null
  } catch (error) {
    if (error instanceof AmountError) return null
    throw error
  }
}

function decimalOf(value: unknown): Decimal | null {
  const amount = positive(value)
  return amount === null ? null : formatAmount(amount)
}

// ccxt's constants: how an exchange states precision.
const decimalPlaces = 2
const tickSize = 4

function stepOf(precision: unknown, mode: number | null): Decimal | null {
  if (mode === tickSize) return decimalOf(precision)
  const places = Number(precision)
  if (mode !== decimalPlaces || precision === undefined || !Number.isInteger(places)) return null
  return decimalOf(new Exact(10).pow(-places).toString())
}

/** A spot market of ccxt in our form; null for anything that is no spot market. */
export function toMarket(market: unknown, precisionMode: number | null): Market | null {
  const symbol = textOf(at(market, 'symbol'))
  const base = textOf(at(market, 'base'))
  const quote = textOf(at(market, 'quote'))
  if (at(market, 'spot') !== true || symbol === null || base === null || quote === null) return null
  return {
    symbol,
    id: textOf(at(market, 'id')) ?? symbol,
    base,
    quote,
    active: at(market, 'active') !== false,
    priceStep: stepOf(at(market, 'precision', 'price'), precisionMode),
    amountStep: stepOf(at(market, 'precision', 'amount'), precisionMode),
    minAmount: decimalOf(at(market, 'limits', 'amount', 'min')),
    maxAmount: decimalOf(at(market, 'limits', 'amount', 'max')),
    minCost: decimalOf(at(market, 'limits', 'cost', 'min')),
  }
}

/** Ask over bid: beyond this the middle would be made up. */
const widestSpread = 2

/** The last trade; without one the middle of a book whose offers neither cross nor lie far apart. */
function priceOf(ticker: unknown): Amount | null {
  const last = positive(at(ticker, 'last')) ?? positive(at(ticker, 'close'))
  if (last !== null) return last
  const bid = positive(at(ticker, 'bid'))
  const ask = positive(at(ticker, 'ask'))
  if (bid === null || ask === null || ask.lt(bid) || ask.gt(bid.times(widestSpread))) return null
  return positive(bid.plus(ask).div(2).toFixed())
}

/**
 * True for a market in which nobody trades: closed at the exchange, or with neither an offer nor volume. A ticker
 * that states no volume and no offers says nothing about that: many exchanges state neither.
 */
function isClosed(market: Market, ticker: unknown): boolean {
  if (!market.active) return true
  const volumes = [at(ticker, 'baseVolume'), at(ticker, 'quoteVolume')]
  const offers = [at(ticker, 'bid'), at(ticker, 'ask')]
  const stated = [...volumes, ...offers].filter((figure) => figure !== undefined && figure !== null)
  return stated.length > 0 && stated.every((figure) => positive(figure) === null)
}

/** A ticker of ccxt in our form; null without a price and for anything but an open spot market. */
export function toTicker(options: {
  ticker: unknown
  markets: ReadonlyMap<string, Market>
  /** Milliseconds since the epoch. */
  readAt: number
}): Ticker | null {
  const { ticker, markets, readAt } = options
  const market = markets.get(textOf(at(ticker, 'symbol')) ?? '')
  if (market === undefined || isClosed(market, ticker)) return null
  const price = priceOf(ticker)
  if (price === null) return null
  const stated = at(ticker, 'timestamp')
  const time = typeof stated === 'number' && stated > 0 && stated <= readAt ? stated : readAt
  const { symbol, base, quote } = market
  return { symbol, base, quote, price: formatAmount(price), at: new Date(time).toISOString() }
}
