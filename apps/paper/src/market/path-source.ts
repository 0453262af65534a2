import { flatStretch } from './bar.ts'
import type { Market } from './markets.ts'
import type { PricePath } from './price-path.ts'
import type { Candle, MarketSource } from './source.ts'

/**
 * A source whose prices are paths known at any time. The price at a moment is the close of the last full second,
 * so the market moves once a second and a candle under way never shows the future.
 */
export function createPathSource(o: {
  description: string
  pathOf: (market: Market) => PricePath
  firstAt: MarketSource['firstAt']
  tradesPerSecond: number
}): MarketSource {
  const { pathOf } = o

  function stretch({ market, from, to, now }: { market: Market; from: number; to: number; now: number }) {
    const end = Math.min(Math.ceil(to / 1_000), Math.floor(now / 1_000))
    const start = Math.floor(from / 1_000)
    if (end > start) return pathOf(market).stretch({ from: start, to: end })
    const price = last(market, now)
    return price ? flatStretch(price.ticks) : null
  }

  function last(market: Market, now: number) {
    const second = Math.floor(now / 1_000) - 1
    const bar = pathOf(market).second(second)
    return bar ? { ticks: bar.close, at: now } : null
  }

  return {
    description: o.description,
    tradesPerSecond: o.tradesPerSecond,
    refresh: async () => {},
    last,
    firstAt: o.firstAt,
    stretch,
    async candles({ market, from, to, limit, nextOpen, now }) {
      const candles: Candle[] = []
      for (let openTime = from; openTime <= to && candles.length < limit; openTime = nextOpen(openTime)) {
        const endTime = nextOpen(openTime)
        const found = stretch({ market, from: openTime, to: endTime, now })
        if (!found) break
        candles.push({ openTime, endTime, stretch: found })
      }
      return candles
    },
    firstReach({ market, direction, ticks, from, to }) {
      const second = pathOf(market).firstReach({
        direction,
        ticks,
        from: Math.ceil(from / 1_000),
        to: Math.floor(to / 1_000),
      })
      return second === null ? null : second * 1_000
    },
    close: () => {},
  }
}
