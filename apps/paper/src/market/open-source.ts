import { openLiveSource } from './live.ts'
import { openReplaySource, type ReplayStart } from './replay.ts'
import { createSeededSource } from './seeded.ts'
import type { MarketSource } from './source.ts'

/**
 * The source that a mode names: `seeded`, `replay:<file>` or `live:<base url>`. `now` is in Unix milliseconds;
 * a replay begins at `replayStart`, by default now.
 * @throws Error with a sentence for a mode that there is not, and for a file or address that cannot serve.
 */
export async function openMarketSource(o: {
  mode: string
  seed: string
  now: number
  replayStart?: ReplayStart
}): Promise<MarketSource> {
  const { mode, now } = o
  if (mode === 'seeded') return createSeededSource({ seed: o.seed })
  if (mode.startsWith('replay:')) {
    return openReplaySource({ file: mode.slice('replay:'.length), start: o.replayStart ?? now })
  }
  if (mode.startsWith('live:')) return openLiveSource({ baseUrl: mode.slice('live:'.length), now })
  throw new Error(`PAPER_MARKET is '${mode}'; it can be 'seeded', 'replay:<file>' or 'live:<base url>'.`)
}
