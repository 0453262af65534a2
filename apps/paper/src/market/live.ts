import { Decimal } from 'decimal.js'
import { flatStretch, type Stretch } from './bar.ts'
import { createLiveFeed, type FeedKline, type FeedTicker, type LiveFeed } from './live-feed.ts'
import { findMarket, type Market } from './markets.ts'
import type { Candle, MarketSource } from './source.ts'

/** Prices are asked for again once they are this old; after a failure the pause doubles up to the longest. */
const FRESH_MS = 2_000
const LONGEST_PAUSE_MS = 60_000

/** Candles are kept this long, and this many answers of them. */
const CANDLES_FRESH_MS = 5_000
const MAX_CANDLE_ANSWERS = 500

/** Prices seen per market, for orders that rest: more than an hour at the usual pace. */
const MAX_SEEN = 2_000

const HALF_A_DAY_MS = 43_200_000

interface Seen {
  at: number
  ticks: number
}

interface LiveMarket {
  seen: Seen[]
  day: Stretch
}

/**
 * The public prices of a Binance-compatible exchange. When it is down the last price stays, with the time at which
 * it was seen; a market that it has never priced has none. Orders that rest are filled at prices that were seen.
 * @throws Error when the address is none.
 */
export async function openLiveSource(o: { baseUrl: string; now: number }): Promise<MarketSource> {
  const feed = createLiveFeed(o.baseUrl)
  const markets = new Map<string, LiveMarket>()
  const poll = createPoll(feed, (tickers, now) => {
    for (const ticker of tickers) remember(markets, ticker, now)
  })
  const candles = createCandleCache(feed)
  await poll(o.now)

  const source: MarketSource = {
    description: `live:${o.baseUrl}`,
    tradesPerSecond: 0,
    refresh: poll,
    last: (market) => markets.get(market.symbol)?.seen.at(-1) ?? null,
    firstAt: () => null,
    stretch({ market, from, to }) {
      const known = markets.get(market.symbol)
      const last = known?.seen.at(-1)
      if (!known || !last) return null
      if (to - from >= HALF_A_DAY_MS) return known.day
      const within = known.seen.filter((seen) => seen.at >= from && seen.at < to)
      return within.length > 0 ? stretchOf(within) : flatStretch(last.ticks)
    },
    candles,
    firstReach({ market, direction, ticks, from, to }) {
      const reached = markets
        .get(market.symbol)
        ?.seen.find(
          (seen) =>
            seen.at >= from &&
            seen.at < to &&
            (direction === 'up' ? seen.ticks >= ticks : seen.ticks <= ticks),
        )
      return reached?.at ?? null
    },
    close: () => {},
  }
  return source
}

/** Asks for prices when they are old enough; one request at a time, and none again too soon after a failure. */
function createPoll(
  feed: LiveFeed,
  onTickers: (tickers: FeedTicker[], now: number) => void,
): (now: number) => Promise<void> {
  let underWay: Promise<void> | null = null
  let nextAt = Number.NEGATIVE_INFINITY
  let failures = 0

  async function ask(now: number): Promise<void> {
    try {
      onTickers(await feed.tickers(), now)
      failures = 0
      nextAt = Date.now() + FRESH_MS
    } catch {
      // The last prices stay with their age; that is all that can be said.
      failures += 1
      nextAt = Date.now() + Math.min(LONGEST_PAUSE_MS, FRESH_MS * 2 ** failures)
    }
  }

  return async (now) => {
    if (Date.now() < nextAt) return
    underWay ??= ask(now).finally(() => {
      underWay = null
    })
    await underWay
  }
}

function remember(markets: Map<string, LiveMarket>, ticker: FeedTicker, now: number): void {
  const market = findMarket(ticker.symbol)
  if (!market) return
  const ticks = toTicks(market, ticker.lastPrice)
  if (ticks < 1) return
  const seen = markets.get(market.symbol)?.seen ?? []
  seen.push({ at: now, ticks })
  if (seen.length > MAX_SEEN) seen.splice(0, seen.length - MAX_SEEN)
  const day = bar(market, {
    open: ticker.openPrice,
    high: ticker.highPrice,
    low: ticker.lowPrice,
    close: ticker.lastPrice,
    volume: ticker.volume,
  })
  markets.set(market.symbol, { seen, day: { ...day, trades: ticker.count } })
}

function createCandleCache(feed: LiveFeed): MarketSource['candles'] {
  const answers = new Map<string, { at: number; klines: FeedKline[] }>()

  return async ({ market, interval, from, to, limit, nextOpen, timeZone, now }) => {
    if (from > to) return []
    const key = JSON.stringify([market.symbol, interval, from, to, limit, timeZone])
    let answer = answers.get(key)
    if (!answer || now - answer.at > CANDLES_FRESH_MS) {
      const fresh = await feed
        .klines({
          symbol: market.symbol,
          interval,
          startTime: Math.max(0, from),
          endTime: to,
          limit,
          timeZone,
        })
        .catch(() => null)
      if (fresh) {
        if (answers.size >= MAX_CANDLE_ANSWERS) answers.delete(answers.keys().next().value ?? '')
        answer = { at: now, klines: fresh }
        answers.set(key, answer)
      }
    }
    return (answer?.klines ?? []).map((kline) => toCandle(market, kline, nextOpen))
  }
}

function toCandle(market: Market, kline: FeedKline, nextOpen: (openTime: number) => number): Candle {
  const [openTime, open, high, low, close, volume, , , trades, takerVolume] = kline
  const stretch = bar(market, { open, high, low, close, volume })
  const takerLots = toLots(market, takerVolume)
  return { openTime, endTime: nextOpen(openTime), stretch: { ...stretch, trades, takerLots } }
}

function bar(
  market: Market,
  o: { open: string; high: string; low: string; close: string; volume: string },
): Stretch {
  const [open, high, low, close] = [o.open, o.high, o.low, o.close].map((price) => toTicks(market, price))
  const stretch = flatStretch(close ?? 0)
  stretch.open = open ?? stretch.close
  stretch.high = Math.max(high ?? 0, stretch.open, stretch.close)
  stretch.low = Math.min(low ?? stretch.close, stretch.open, stretch.close)
  stretch.lots = toLots(market, o.volume)
  const sum = stretch.open + stretch.high + stretch.low + stretch.close
  stretch.quoteUnitsTimesFour = BigInt(sum) * BigInt(stretch.lots)
  stretch.takerLots = Math.floor(stretch.lots / 2)
  return stretch
}

function stretchOf(seen: readonly Seen[]): Stretch {
  const prices = seen.map(({ ticks }) => ticks)
  const stretch = flatStretch(prices.at(-1) ?? 0)
  stretch.open = prices[0] ?? stretch.close
  stretch.high = Math.max(...prices)
  stretch.low = Math.min(...prices)
  return stretch
}

function toTicks(market: Market, price: string): number {
  return new Decimal(price).div(market.tickSize).round().toNumber()
}

function toLots(market: Market, quantity: string): number {
  return Math.min(Number.MAX_SAFE_INTEGER, new Decimal(quantity).div(market.lotSize).round().toNumber())
}
