import type { Stretch } from './bar.ts'
import type { Market } from './markets.ts'

/** A candle: what traded from `openTime` up to, but not including, `endTime`, both Unix milliseconds. */
export interface Candle {
  openTime: number
  endTime: number
  stretch: Stretch
}

/** The latest price of a market. */
export interface LastPrice {
  ticks: number
  /** When it was current, in Unix milliseconds: now, unless the source is down or its data has ended. */
  at: number
}

/** Where prices come from. Times are Unix milliseconds of the exchange's own clock, prices whole ticks. */
export interface MarketSource {
  /** The mode as it was configured, such as `seeded`; shown, never parsed. */
  readonly description: string
  /** Brings prices up to date where that takes a request; never throws for a source that is down. */
  refresh(now: number): Promise<void>
  /** The latest price, or null where the market has none. */
  last(market: Market, now: number): LastPrice | null
  /** When the prices of a market begin; null where that is not known, or where it has none. */
  firstAt(market: Market): number | null
  /** What traded from `from` up to `to`, or null where nothing is known of that time. */
  stretch(o: { market: Market; from: number; to: number; now: number }): Stretch | null
  /** The first `limit` candles that open from `from` to `to`, oldest first; those without data are left out. */
  candles(o: {
    market: Market
    interval: string
    /** Open times of candles of that interval. */
    from: number
    to: number
    limit: number
    /** When the candle after the one that opened at a time opens. */
    nextOpen: (openTime: number) => number
    timeZone: string
    now: number
  }): Promise<Candle[]>
  /** When the price first was at or beyond `ticks` in [from, to), or null. */
  firstReach(o: {
    market: Market
    direction: 'up' | 'down'
    ticks: number
    from: number
    to: number
  }): number | null
  /** Number of trades in a second of the tape; 0 where there is no tape. */
  readonly tradesPerSecond: number
  close(): void
}
