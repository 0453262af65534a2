import type { Bar } from './bar.ts'
import { hashText } from './hash.ts'
import type { Market } from './markets.ts'
import { createPathSource } from './path-source.ts'
import { createPricePath, PATH_STEPS, type PricePath } from './price-path.ts'
import { type ReplaySeries, readReplayFile } from './replay-file.ts'
import type { MarketSource } from './source.ts'

const TRADES_PER_SECOND = 6

/** When the first candle of a replay opens: at a time (Unix milliseconds), or when the file itself says. */
export type ReplayStart = number | 'file'

/**
 * Prices from a file of candles, moved in time so that the first of them opens at `start` (rounded down to the
 * length of a candle). Within a candle the price takes a way that makes exactly that candle; in a gap and after
 * the last candle it stands still; before the first, and in markets that the file leaves out, there is none.
 * @throws Error with `file:line: what is wrong`.
 */
export async function openReplaySource(o: { file: string; start: ReplayStart }): Promise<MarketSource> {
  const { seconds, series, firstOpen } = await readReplayFile(o.file)
  const shift = o.start === 'file' ? 0 : Math.floor(o.start / 1_000 / seconds) * seconds - firstOpen
  const steps = PATH_STEPS.filter((step) => step <= seconds)
  const paths = new Map<string, PricePath>()

  function pathOf(market: Market): PricePath {
    const known = paths.get(market.symbol)
    if (known) return known
    const own = series.get(market.symbol)
    const path = createPricePath({
      seed: hashText(`replay:${market.symbol}`),
      steps,
      top: (index) => (own ? barAt(own, index * seconds - shift) : null),
      tradesPerSecond: TRADES_PER_SECOND,
    })
    paths.set(market.symbol, path)
    return path
  }

  return createPathSource({
    description: `replay:${o.file}`,
    pathOf,
    firstAt(market) {
      const open = series.get(market.symbol)?.opens[0]
      return open === undefined ? null : (open + shift) * 1_000
    },
    tradesPerSecond: TRADES_PER_SECOND,
  })
}

/** The candle that opens at a time of the file; flat at the last close where there is none. */
function barAt(series: ReplaySeries, open: number): Bar | null {
  let low = 0
  let high = series.opens.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((series.opens[middle] ?? 0) <= open) low = middle + 1
    else high = middle
  }
  const bar = series.bars[low - 1]
  if (!bar) return null
  if (series.opens[low - 1] === open) return bar
  return { open: bar.close, high: bar.close, low: bar.close, close: bar.close, lots: 0 }
}
