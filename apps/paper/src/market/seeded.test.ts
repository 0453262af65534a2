import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openTimeOf, parseInterval, shiftOpenTime } from './intervals.ts'
import { findMarket, formatAmount, MARKETS, type Market, priceOf } from './markets.ts'
import { createSeededSource, LISTED_AT } from './seeded.ts'

const NOW = Date.UTC(2026, 10, 22, 12, 34, 56)
const HOUR = 3_600_000
const DAY = 24 * HOUR

const source = createSeededSource({ seed: 'opentrade' })

function market(symbol: string): Market {
  const found = findMarket(symbol)
  if (!found) throw new Error(`${symbol} is no market`)
  return found
}

async function candles(o: { symbol: string; interval: string; from: number; to: number; offset?: number }) {
  const interval = parseInterval(o.interval)
  if (!interval) throw new Error(`${o.interval} is no interval`)
  const offset = o.offset ?? 0
  return source.candles({
    market: market(o.symbol),
    interval: o.interval,
    from: openTimeOf(interval, o.from, offset),
    to: o.to - 1,
    limit: Number.POSITIVE_INFINITY,
    nextOpen: (openTime) => shiftOpenTime({ interval, openTime, steps: 1, offset }),
    timeZone: '0',
    now: NOW,
  })
}

const times = fc.integer({ min: LISTED_AT + DAY, max: NOW })
const markets = fc.constantFrom(...MARKETS)

describe('seeded prices', () => {
  it('lists at least 24 markets against USDT, and some against BTC, ETH and EUR', () => {
    const quoted = (quote: string) => MARKETS.filter((pair) => pair.quote === quote).length
    expect(quoted('USDT')).toBeGreaterThanOrEqual(24)
    for (const quote of ['BTC', 'ETH', 'EUR']) expect(quoted(quote)).toBeGreaterThanOrEqual(3)
  })

  it('are the same in another instance, whatever it was asked before', () => {
    fc.assert(
      fc.property(markets, fc.array(times, { minLength: 1, maxLength: 4 }), (pair, asked) => {
        const other = createSeededSource({ seed: 'opentrade' })
        for (const at of asked.toReversed()) other.last(pair, at)
        for (const at of asked) expect(other.last(pair, at)).toEqual(source.last(pair, at))
      }),
      { numRuns: 60 },
    )
  })

  it('are these, in every version: stored orders and screenshots rely on them', () => {
    const price = (symbol: string) => {
      const pair = market(symbol)
      return formatAmount(priceOf(pair, source.last(pair, NOW)?.ticks ?? 0))
    }
    expect(['BTCUSDT', 'ETHUSDT', 'ETHBTC', 'USDCUSDT', 'EURUSDT'].map(price)).toMatchInlineSnapshot(`
      [
        "94057.32000000",
        "2890.91000000",
        "0.03072000",
        "1.00050000",
        "1.07720000",
      ]
    `)
  })

  it('differ with the seed', () => {
    const other = createSeededSource({ seed: 'another' })
    expect(other.last(market('BTCUSDT'), NOW)).not.toEqual(source.last(market('BTCUSDT'), NOW))
  })

  it('reach back two years and more, and no further than the listing', async () => {
    const old = await candles({
      symbol: 'ETHBTC',
      interval: '1d',
      from: NOW - 800 * DAY,
      to: NOW - 790 * DAY,
    })
    expect(old).toHaveLength(11)
    expect(
      await candles({ symbol: 'ETHBTC', interval: '1d', from: LISTED_AT - 9 * DAY, to: LISTED_AT }),
    ).toEqual([])
  })

  it('keep stablecoins near one and every price above zero', () => {
    fc.assert(
      fc.property(times, (at) => {
        const usdc = market('USDCUSDT')
        const price = priceOf(usdc, source.last(usdc, at)?.ticks ?? 0).toNumber()
        expect(price).toBeGreaterThan(0.98)
        expect(price).toBeLessThan(1.02)
        for (const pair of MARKETS) expect(source.last(pair, at)?.ticks).toBeGreaterThan(0)
      }),
      { numRuns: 20 },
    )
  })

  it('bring a cross to the ratio of its legs at each full hour', () => {
    fc.assert(
      fc.property(times, (time) => {
        // Within the hour, each of the three goes its own way.
        const at = Math.floor(time / HOUR) * HOUR
        const price = (symbol: string) => {
          const pair = market(symbol)
          return priceOf(pair, source.last(pair, at)?.ticks ?? 0).toNumber()
        }
        const ratio = price('ETHBTC') / (price('ETHUSDT') / price('BTCUSDT'))
        expect(Math.abs(ratio - 1)).toBeLessThan(0.001)
      }),
      { numRuns: 40 },
    )
  })

  it('let other coins share in what BTC does', async () => {
    const returns = async (symbol: string) => {
      const days = await candles({ symbol, interval: '1d', from: NOW - 700 * DAY, to: NOW - DAY })
      return days.map(({ stretch }) => Math.log(stretch.close / stretch.open))
    }
    const [bitcoin, ether] = [await returns('BTCUSDT'), await returns('ETHUSDT')]
    const correlation = correlate(bitcoin, ether)
    expect(correlation).toBeGreaterThan(0.4)
    expect(correlation).toBeLessThan(0.98)
    const daily = Math.sqrt(bitcoin.reduce((sum, value) => sum + value * value, 0) / bitcoin.length)
    expect(daily).toBeGreaterThan(0.01)
    expect(daily).toBeLessThan(0.05)
  })
})

describe('candles', () => {
  it.each(['1s', '1m', '15m', '1h', '4h', '1d', '1w'])(
    'of %s open where the one before closed',
    async (interval) => {
      const length =
        { '1s': 1_000, '1m': 60_000, '15m': 900_000, '1h': HOUR, '4h': 4 * HOUR }[interval] ?? 7 * DAY
      const series = await candles({ symbol: 'SOLUSDT', interval, from: NOW - 40 * length, to: NOW })
      expect(series.length).toBeGreaterThan(30)
      for (const [index, { stretch }] of series.entries()) {
        expect(stretch.high).toBeGreaterThanOrEqual(Math.max(stretch.open, stretch.close))
        expect(stretch.low).toBeLessThanOrEqual(Math.min(stretch.open, stretch.close))
        if (index > 0) expect(stretch.open).toBe(series[index - 1]?.stretch.close)
      }
    },
  )

  it('of an interval are made of those of a smaller one', async () => {
    const pairs = [
      ['1m', '1s'],
      ['15m', '1m'],
      ['1h', '3m'],
      ['8h', '1h'],
      ['1d', '2h'],
      ['1M', '1d'],
    ] as const
    for (const symbol of ['BTCUSDT', 'ETHBTC']) {
      for (const [large, small] of pairs) {
        const interval = parseInterval(large)
        if (!interval) throw new Error(`${large} is no interval`)
        const from = openTimeOf(interval, NOW - 40 * DAY, 0)
        const to = shiftOpenTime({ interval, openTime: from, steps: 1, offset: 0 })
        const [whole] = await candles({ symbol, interval: large, from, to })
        const parts = await candles({ symbol, interval: small, from, to })
        expect(whole?.stretch.open).toBe(parts[0]?.stretch.open)
        expect(whole?.stretch.close).toBe(parts.at(-1)?.stretch.close)
        expect(whole?.stretch.high).toBe(Math.max(...parts.map(({ stretch }) => stretch.high)))
        expect(whole?.stretch.low).toBe(Math.min(...parts.map(({ stretch }) => stretch.low)))
        expect(whole?.stretch.lots).toBe(parts.reduce((sum, { stretch }) => sum + stretch.lots, 0))
        expect(whole?.stretch.trades).toBe(parts.reduce((sum, { stretch }) => sum + stretch.trades, 0))
      }
    }
  })

  it('under way end with the last price and never show the future', async () => {
    const [current] = await candles({ symbol: 'BTCUSDT', interval: '1d', from: NOW, to: NOW + 1 })
    expect(current?.stretch.close).toBe(source.last(market('BTCUSDT'), NOW)?.ticks)
    const [finished] = await createSeededSource({ seed: 'opentrade' }).candles({
      market: market('BTCUSDT'),
      interval: '1d',
      from: current?.openTime ?? 0,
      to: current?.openTime ?? 0,
      limit: 1,
      nextOpen: (openTime) => openTime + DAY,
      timeZone: '0',
      now: NOW + 2 * DAY,
    })
    expect(finished?.stretch.lots).toBeGreaterThan(current?.stretch.lots ?? 0)
  })
})

describe('the first time that a price is reached', () => {
  it('is the first second whose range holds it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('BTCUSDT', 'ETHBTC', 'PEPEUSDT'),
        times,
        fc.integer({ min: -200, max: 200 }),
        (symbol, at, share) => {
          const pair = market(symbol)
          const start = source.last(pair, at)?.ticks ?? 1
          const ticks = Math.max(1, Math.round(start * (1 + share / 100_000)))
          const direction = share > 0 ? 'up' : 'down'
          const from = Math.ceil(at / 1_000) * 1_000
          const to = from + 600_000
          const reached = source.firstReach({ market: pair, direction, ticks, from, to })
          const before = source.stretch({ market: pair, from, to: reached ?? to, now: to })
          const beyond =
            direction === 'up' ? (before?.high ?? 0) >= ticks : (before?.low ?? Infinity) <= ticks
          if (reached !== from) expect(beyond).toBe(false)
          if (reached === null) return
          const second = source.stretch({ market: pair, from: reached, to: reached + 1_000, now: to })
          expect(direction === 'up' ? second?.high : -(second?.low ?? 0)).toBeGreaterThanOrEqual(
            direction === 'up' ? ticks : -ticks,
          )
        },
      ),
      { numRuns: 60 },
    )
  })
})

function correlate(left: number[], right: number[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [leftMean, rightMean] = [mean(left), mean(right)]
  let [product, leftSquares, rightSquares] = [0, 0, 0]
  for (const [index, value] of left.entries()) {
    const [a, b] = [value - leftMean, (right[index] ?? 0) - rightMean]
    product += a * b
    leftSquares += a * a
    rightSquares += b * b
  }
  return product / Math.sqrt(leftSquares * rightSquares)
}
