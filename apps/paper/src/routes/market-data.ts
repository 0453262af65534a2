import type { Endpoint, PublicCall } from '../endpoint.ts'
import { BinanceError, invalidParameter, noPrice } from '../errors.ts'
import { bookAt } from '../market/book.ts'
import { openTimeOf, parseInterval, parseTimeZone, shiftOpenTime } from '../market/intervals.ts'
import { formatAmount, type Market, priceOf, quantityOf } from '../market/markets.ts'
import type { Candle } from '../market/source.ts'
import { type TapeTrade, tapeFrom, tradeIdAt, tradesPerSecond } from '../market/tape.ts'
import {
  limitOf,
  optionalInteger,
  optionalText,
  optionalTime,
  type Parameters,
  requiredMarket,
  requiredText,
} from '../parameters.ts'
import { quoteVolume } from './tickers.ts'

const MAX_BOOK_LEVELS = 1_000
const KLINE_PARAMETERS = ['symbol', 'interval', 'startTime', 'endTime', 'timeZone', 'limit']

/** The order book, the tape and the candles of one market. */
export const marketDataEndpoints: Endpoint[] = [
  {
    method: 'GET',
    path: '/api/v3/depth',
    weight: depthWeight,
    known: ['symbol', 'limit', 'symbolStatus'],
    security: 'NONE',
    run: ({ venue, parameters, now }) => {
      const market = requiredMarket(parameters)
      const levels = Math.min(MAX_BOOK_LEVELS, limitOf(parameters, { usual: 100, max: 5_000 }))
      const last = venue.source.last(market, now)
      if (!last) throw noPrice()
      const book = bookAt({ market, ticks: last.ticks, at: now, levels })
      const level = ({ ticks, lots }: { ticks: number; lots: number }) => [
        formatAmount(priceOf(market, ticks)),
        formatAmount(quantityOf(market, lots)),
      ]
      return {
        lastUpdateId: Math.floor(now / 1_000),
        bids: book.bids.map(level),
        asks: book.asks.map(level),
      }
    },
  },
  {
    method: 'GET',
    path: '/api/v3/trades',
    weight: 25,
    known: ['symbol', 'limit'],
    security: 'NONE',
    run: readTrades,
  },
  {
    method: 'GET',
    path: '/api/v3/historicalTrades',
    weight: 25,
    known: ['symbol', 'limit', 'fromId'],
    security: 'NONE',
    run: readTrades,
  },
  {
    method: 'GET',
    path: '/api/v3/aggTrades',
    weight: 4,
    known: ['symbol', 'limit', 'fromId', 'startTime', 'endTime'],
    security: 'NONE',
    run: (call) => selectTrades(call).map((trade) => aggregateTrade(requiredMarket(call.parameters), trade)),
  },
  {
    method: 'GET',
    path: '/api/v3/klines',
    weight: 2,
    known: KLINE_PARAMETERS,
    security: 'NONE',
    run: readKlines,
  },
  {
    method: 'GET',
    path: '/api/v3/uiKlines',
    weight: 2,
    known: KLINE_PARAMETERS,
    security: 'NONE',
    run: readKlines,
  },
]

function depthWeight(parameters: Parameters): number {
  const limit = Number(parameters.get('limit') ?? 100)
  if (limit > 1_000) return 250
  if (limit > 500) return 50
  return limit > 100 ? 25 : 5
}

function readTrades(call: PublicCall): unknown {
  return selectTrades(call).map((trade) => publicTrade(requiredMarket(call.parameters), trade))
}

/** The oldest trades from `fromId` or `startTime` on, else the latest up to `endTime`. */
function selectTrades({ venue, parameters, now }: PublicCall): TapeTrade[] {
  const market = requiredMarket(parameters)
  const limit = limitOf(parameters, { usual: 500, max: 1_000 })
  const { source } = venue
  const startTime = optionalTime(parameters, 'startTime')
  const endTime = Math.min(optionalTime(parameters, 'endTime') ?? now, now)
  const idAt = (at: number) => tradeIdAt({ market, source, at })
  const asked = optionalInteger(parameters, 'fromId') ?? (startTime === null ? null : idAt(startTime))
  // Ids are known by the second: both ends take the whole one, of which the times then say what belongs.
  const fromId = asked ?? Math.max(0, idAt(endTime) - limit)
  const most = limit + tradesPerSecond(source)
  const trades = tapeFrom({ market, source, fromId, limit: most, now })
  const wanted = trades.filter(({ at }) => at >= (startTime ?? 0) && at <= endTime)
  return asked === null ? wanted.slice(-limit) : wanted.slice(0, limit)
}

function publicTrade(market: Market, trade: TapeTrade) {
  const price = priceOf(market, trade.ticks)
  const quantity = quantityOf(market, trade.lots)
  return {
    id: trade.id,
    price: formatAmount(price),
    qty: formatAmount(quantity),
    quoteQty: formatAmount(price.mul(quantity)),
    time: trade.at,
    isBuyerMaker: trade.isBuyerMaker,
    isBestMatch: true,
  }
}

function aggregateTrade(market: Market, trade: TapeTrade) {
  return {
    a: trade.id,
    p: formatAmount(priceOf(market, trade.ticks)),
    q: formatAmount(quantityOf(market, trade.lots)),
    f: trade.id,
    l: trade.id,
    T: trade.at,
    m: trade.isBuyerMaker,
    M: true,
  }
}

async function readKlines({ venue, parameters, now }: PublicCall): Promise<unknown> {
  const market = requiredMarket(parameters)
  const interval = parseInterval(requiredText(parameters, 'interval'))
  if (!interval) throw new BinanceError({ code: -1120, message: 'Invalid interval.' })
  const timeZone = optionalText(parameters, 'timeZone') ?? '0'
  const offset = parseTimeZone(timeZone)
  if (offset === null) throw invalidParameter('timeZone')
  const limit = limitOf(parameters, { usual: 500, max: 1_000 })
  const startTime = optionalTime(parameters, 'startTime')
  const endTime = Math.min(optionalTime(parameters, 'endTime') ?? now, now)

  const shift = (openTime: number, steps: number) => shiftOpenTime({ interval, openTime, steps, offset })
  const to = openTimeOf(interval, endTime, offset)
  let from = shift(to, 1 - limit)
  if (startTime !== null) {
    from = openTimeOf(interval, startTime, offset)
    if (from < startTime) from = shift(from, 1)
  }
  const first = venue.source.firstAt(market)
  if (first !== null) from = Math.max(from, openTimeOf(interval, first, offset))
  const nextOpen = (openTime: number) => shift(openTime, 1)
  const candles = await venue.source.candles({ market, interval, from, to, limit, nextOpen, timeZone, now })
  return candles.map((candle) => kline(market, candle))
}

function kline(market: Market, { openTime, endTime, stretch }: Candle) {
  const volume = quoteVolume(market, stretch)
  const takerShare = stretch.lots === 0 ? 0 : stretch.takerLots / stretch.lots
  return [
    openTime,
    formatAmount(priceOf(market, stretch.open)),
    formatAmount(priceOf(market, stretch.high)),
    formatAmount(priceOf(market, stretch.low)),
    formatAmount(priceOf(market, stretch.close)),
    formatAmount(quantityOf(market, stretch.lots)),
    endTime - 1,
    formatAmount(volume),
    stretch.trades,
    formatAmount(quantityOf(market, stretch.takerLots)),
    formatAmount(volume.mul(takerShare.toFixed(6))),
    '0',
  ]
}
