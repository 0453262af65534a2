import { Decimal } from 'decimal.js'
import type { Endpoint, PublicCall } from '../endpoint.ts'
import { BinanceError, invalidParameter, missingParameter, noPrice } from '../errors.ts'
import type { Stretch } from '../market/bar.ts'
import { bookAt } from '../market/book.ts'
import { parseTimeZone } from '../market/intervals.ts'
import { formatAmount, MARKETS, type Market, priceOf, quantityOf } from '../market/markets.ts'
import { tradeIdAt } from '../market/tape.ts'
import { optionalMarkets, optionalText, type Parameters } from '../parameters.ts'

const MINUTE = 60_000
const DAY = 86_400_000

/** Prices of markets over a window: one market as an object, several (or all) as a list. */
export const tickerEndpoints: Endpoint[] = [
  {
    method: 'GET',
    path: '/api/v3/ticker/24hr',
    weight: (parameters) =>
      listWeight(parameters, {
        single: 2,
        steps: [
          [20, 2],
          [100, 40],
        ],
        all: 80,
      }),
    known: ['symbol', 'symbols', 'type', 'symbolStatus'],
    security: 'NONE',
    run: (call) => forMarkets(call, (market) => dayTicker(call, market)),
  },
  {
    method: 'GET',
    path: '/api/v3/ticker/tradingDay',
    weight: (parameters) => listWeight(parameters, { single: 4, steps: [], all: 200 }),
    known: ['symbol', 'symbols', 'timeZone', 'type', 'symbolStatus'],
    security: 'NONE',
    run: (call) => {
      if (!optionalMarkets(call.parameters)) throw missingParameter('symbol')
      const offset = parseTimeZone(optionalText(call.parameters, 'timeZone') ?? '0')
      if (offset === null) throw invalidParameter('timeZone')
      const from = Math.floor((call.now + offset) / DAY) * DAY - offset
      return forMarkets(call, (market) => windowTicker({ call, market, from, to: from + DAY - 1 }))
    },
  },
  {
    method: 'GET',
    path: '/api/v3/ticker',
    weight: (parameters) => listWeight(parameters, { single: 4, steps: [], all: 200 }),
    known: ['symbol', 'symbols', 'windowSize', 'type', 'symbolStatus'],
    security: 'NONE',
    run: (call) => {
      const named = optionalMarkets(call.parameters)
      if (!named) throw missingParameter('symbol')
      const window = windowOf(optionalText(call.parameters, 'windowSize') ?? '1d')
      const from = Math.floor((call.now - window) / MINUTE) * MINUTE
      return forMarkets(call, (market) => windowTicker({ call, market, from, to: call.now }))
    },
  },
  {
    method: 'GET',
    path: '/api/v3/ticker/price',
    weight: (parameters) => (parameters.has('symbol') ? 2 : 4),
    known: ['symbol', 'symbols', 'symbolStatus'],
    security: 'NONE',
    run: (call) =>
      forMarkets(call, (market) => {
        const last = call.venue.source.last(market, call.now)
        return last ? { symbol: market.symbol, price: formatAmount(priceOf(market, last.ticks)) } : null
      }),
  },
  {
    method: 'GET',
    path: '/api/v3/ticker/bookTicker',
    weight: (parameters) => (parameters.has('symbol') ? 2 : 4),
    known: ['symbol', 'symbols', 'symbolStatus'],
    security: 'NONE',
    run: (call) => forMarkets(call, (market) => bookTicker(call, market)),
  },
  {
    method: 'GET',
    path: '/api/v3/avgPrice',
    weight: 2,
    known: ['symbol'],
    security: 'NONE',
    run: (call) => {
      const market = optionalMarkets(call.parameters)?.markets[0]
      if (!market) throw missingParameter('symbol')
      const { now } = call
      const stretch = call.venue.source.stretch({ market, from: now - 5 * MINUTE, to: now, now })
      if (!stretch) throw noPrice()
      const price = formatAmount(averagePrice(market, stretch))
      return { mins: 5, price, closeTime: now }
    },
  },
]

/** Answers for the markets that were asked for; a market without a price is an error alone, left out in a list. */
function forMarkets(call: PublicCall, answer: (market: Market) => Record<string, unknown> | null): unknown {
  const named = optionalMarkets(call.parameters)
  const status = optionalText(call.parameters, 'symbolStatus')
  if (status !== null && !['TRADING', 'HALT', 'BREAK'].includes(status)) {
    throw new BinanceError({ code: -1122, message: 'Invalid symbolStatus.' })
  }
  const halted = status !== null && status !== 'TRADING'
  if (named?.single) {
    const [market] = named.markets
    if (halted) {
      throw new BinanceError({
        code: -1220,
        message: "The symbol's status does not match the requested symbolStatus.",
      })
    }
    const single = market ? answer(market) : null
    if (!single) throw noPrice()
    return single
  }
  if (halted) return []
  return (named?.markets ?? MARKETS).flatMap((market) => answer(market) ?? [])
}

function dayTicker(call: PublicCall, market: Market): Record<string, unknown> | null {
  const { venue, now } = call
  const last = venue.source.last(market, now)
  const day = venue.source.stretch({ market, from: now - DAY, to: now, now })
  if (!last || !day) return null
  if (isMini(call.parameters))
    return { ...statistics(market, day), ...tradeRange(call, market, now - DAY, last.at) }
  const book = bookAt({ market, ticks: last.ticks, at: now, levels: 1 })
  const before = venue.source.stretch({ market, from: now - DAY - 1_000, to: now - DAY, now })
  return {
    ...changes(market, day),
    prevClosePrice: formatAmount(priceOf(market, before?.close ?? day.open)),
    lastQty: formatAmount(quantityOf(market, Math.max(1, Math.round(day.lots / 86_400 / 6)))),
    ...bestPrices(market, book),
    ...statistics(market, day),
    ...tradeRange(call, market, now - DAY, last.at),
  }
}

function windowTicker(o: {
  call: PublicCall
  market: Market
  from: number
  to: number
}): Record<string, unknown> | null {
  const { call, market, from, to } = o
  const stretch = call.venue.source.stretch({ market, from, to: Math.min(to, call.now), now: call.now })
  if (!stretch) return null
  const range = { ...statistics(market, stretch), ...tradeRange(call, market, from, to) }
  return isMini(call.parameters) ? range : { ...changes(market, stretch), ...range }
}

function isMini(parameters: Parameters): boolean {
  const type = optionalText(parameters, 'type')
  if (type === null || type === 'FULL') return false
  if (type === 'MINI') return true
  throw new BinanceError({ code: -1139, message: 'Invalid ticker type.' })
}

function changes(market: Market, stretch: Stretch): Record<string, unknown> {
  const open = priceOf(market, stretch.open)
  const change = priceOf(market, stretch.close - stretch.open)
  return {
    symbol: market.symbol,
    priceChange: formatAmount(change),
    priceChangePercent: change.div(open).mul(100).toFixed(3),
    weightedAvgPrice: formatAmount(averagePrice(market, stretch)),
  }
}

function statistics(market: Market, stretch: Stretch): Record<string, unknown> {
  return {
    symbol: market.symbol,
    openPrice: formatAmount(priceOf(market, stretch.open)),
    highPrice: formatAmount(priceOf(market, stretch.high)),
    lowPrice: formatAmount(priceOf(market, stretch.low)),
    lastPrice: formatAmount(priceOf(market, stretch.close)),
    volume: formatAmount(quantityOf(market, stretch.lots)),
    quoteVolume: formatAmount(quoteVolume(market, stretch)),
  }
}

function tradeRange(call: PublicCall, market: Market, from: number, to: number): Record<string, unknown> {
  const { source } = call.venue
  const firstId = tradeIdAt({ market, source, at: from })
  const lastId = Math.max(firstId, tradeIdAt({ market, source, at: call.now }) - 1)
  return { openTime: from, closeTime: to, firstId, lastId, count: lastId - firstId + 1 }
}

function bestPrices(market: Market, book: ReturnType<typeof bookAt>): Record<string, unknown> {
  const [bid] = book.bids
  const [ask] = book.asks
  return {
    bidPrice: formatAmount(priceOf(market, bid?.ticks ?? 0)),
    bidQty: formatAmount(quantityOf(market, bid?.lots ?? 0)),
    askPrice: formatAmount(priceOf(market, ask?.ticks ?? 0)),
    askQty: formatAmount(quantityOf(market, ask?.lots ?? 0)),
  }
}

function bookTicker(call: PublicCall, market: Market): Record<string, unknown> | null {
  const last = call.venue.source.last(market, call.now)
  if (!last) return null
  const book = bookAt({ market, ticks: last.ticks, at: call.now, levels: 1 })
  return { symbol: market.symbol, ...bestPrices(market, book) }
}

/** The volume of a stretch in the quote asset, exact. */
export function quoteVolume(market: Market, stretch: Stretch): Decimal {
  return new Decimal(stretch.quoteUnitsTimesFour.toString()).div(4).mul(market.tickSize).mul(market.lotSize)
}

function averagePrice(market: Market, stretch: Stretch): Decimal {
  if (stretch.lots === 0) return priceOf(market, stretch.close)
  return quoteVolume(market, stretch).div(quantityOf(market, stretch.lots))
}

function listWeight(
  parameters: Parameters,
  o: { single: number; steps: readonly (readonly [number, number])[]; all: number },
): number {
  if (parameters.has('symbol')) return o.single
  const list = parameters.get('symbols')
  if (list === undefined) return o.all
  const count = list.split(',').length
  if (o.steps.length === 0) return Math.min(o.all, o.single * count)
  return o.steps.find(([upTo]) => count <= upTo)?.[1] ?? o.all
}

/** The length of a window (`1m` to `59m`, `1h` to `23h`, `1d` to `7d`) in milliseconds. */
function windowOf(text: string): number {
  const match = /^(\d{1,2})([mhd])$/.exec(text)
  const count = Number(match?.[1])
  const [length, max] = match?.[2] === 'm' ? [MINUTE, 59] : match?.[2] === 'h' ? [60 * MINUTE, 23] : [DAY, 7]
  if (!match || count < 1 || count > max) throw invalidParameter('windowSize')
  return count * length
}
