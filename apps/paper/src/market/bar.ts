/**
 * What one stretch of time traded at. Prices are whole ticks and the volume whole lots of the market, so a bar
 * holds no rounding: the exact decimals are made at the border from the market's tick and lot size.
 */
export interface Bar {
  open: number
  high: number
  low: number
  close: number
  lots: number
}

/** Several bars in a row, seen as one. */
export interface Stretch extends Bar {
  /** Sum of volume times (open + high + low + close), in ticks times lots: four times the quote volume. */
  quoteUnitsTimesFour: bigint
  /** Volume that a buyer took, in lots. */
  takerLots: number
  /** Number of trades. */
  trades: number
}

/** A stretch in which nothing traded, at one price. */
export function flatStretch(ticks: number): Stretch {
  return {
    open: ticks,
    high: ticks,
    low: ticks,
    close: ticks,
    lots: 0,
    quoteUnitsTimesFour: 0n,
    takerLots: 0,
    trades: 0,
  }
}

/** Puts a bar behind a stretch; returns a new stretch when there was none yet, else changes the one given. */
export function extendStretch(o: {
  stretch: Stretch | null
  bar: Bar
  trades: number
  takerLots: number
}): Stretch {
  const { stretch, bar, trades, takerLots } = o
  const quoteUnits = BigInt(bar.open + bar.high + bar.low + bar.close) * BigInt(bar.lots)
  if (!stretch) return { ...bar, quoteUnitsTimesFour: quoteUnits, takerLots, trades }
  stretch.high = Math.max(stretch.high, bar.high)
  stretch.low = Math.min(stretch.low, bar.low)
  stretch.close = bar.close
  stretch.lots += bar.lots
  stretch.quoteUnitsTimesFour += quoteUnits
  stretch.takerLots += takerLots
  stretch.trades += trades
  return stretch
}

/** The bar that several bars in a row make. */
export function joinBars(bars: readonly Bar[]): Bar {
  const first = bars[0]
  if (!first) throw new RangeError('joinBars needs at least one bar')
  const joined = { ...first }
  for (const bar of bars.slice(1)) {
    joined.high = Math.max(joined.high, bar.high)
    joined.low = Math.min(joined.low, bar.low)
    joined.close = bar.close
    joined.lots += bar.lots
  }
  return joined
}
