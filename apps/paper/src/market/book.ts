import { usualPrice } from './catalog.ts'
import { hashText, mix, uniform } from './hash.ts'
import type { Market } from './markets.ts'

/** One price of the order book. */
export interface BookLevel {
  ticks: number
  lots: number
}

/** The order book of a market at one second, best prices first. */
export interface Book {
  bids: BookLevel[]
  asks: BookLevel[]
}

/** Levels of a side that orders trade against; the last of them takes whatever is left. */
export const TRADED_LEVELS = 20

/**
 * The book around a price. It follows from market, price and second alone, so that everyone who asks within a
 * second sees the same book and trades against it. The best bid is the last price, the best ask just above it.
 */
export function bookAt(o: { market: Market; ticks: number; at: number; levels: number }): Book {
  const seed = mix(hashText(o.market.symbol), Math.floor(o.at / 1_000))
  const gap = Math.max(1, Math.round(o.ticks * 0.00002))
  const usualQuantity = o.market.dailyVolume / 50_000 / usualPrice(o.market.base)
  const usualLots = usualQuantity * 10 ** o.market.quantityDecimals
  const side = (direction: 1 | -1): BookLevel[] => {
    const levels: BookLevel[] = []
    let ticks = direction === 1 ? o.ticks + gap : o.ticks
    for (let level = 0; level < o.levels && ticks > 0; level++) {
      const draw = uniform(seed ^ (direction === 1 ? 0x0a : 0x0b), level)
      const lots = Math.max(1, Math.round(usualLots * (0.1 + 3 * draw ** 3) * (1 + level / 10)))
      levels.push({ ticks, lots })
      ticks += direction * (1 + Math.floor(gap * 2 * uniform(seed ^ (direction === 1 ? 0x1a : 0x1b), level)))
    }
    return levels
  }
  return { bids: side(-1), asks: side(1) }
}
