import { type Bar, extendStretch, type Stretch } from './bar.ts'
import { mix, uniform } from './hash.ts'
import { splitBar } from './split-bar.ts'

/** The lengths, in seconds, that a day is cut into step by step. Each divides the one before. */
export const PATH_STEPS = [86_400, 43_200, 14_400, 7_200, 3_600, 1_800, 900, 300, 60, 15, 5, 1] as const

/** A price over time, known to the second at any time without anything stored. Times are Unix seconds. */
export interface PricePath {
  /** What traded from `from` up to, but not including, `to`; null where the path has no price. */
  stretch(o: { from: number; to: number }): Stretch | null
  /** The bar of one second. */
  second(at: number): Bar | null
  /** The first second in [from, to) that traded at or beyond `ticks` in a direction; null if none did. */
  firstReach(o: { direction: 'up' | 'down'; ticks: number; from: number; to: number }): number | null
}

/** Cached parts per path; enough for the windows that tickers and charts ask about again and again. */
const CACHE_SIZE = 3_000

/**
 * A path from bars of one length (`steps[0]` seconds, bar `index` starts at `index * steps[0]`), each cut down to
 * seconds by `splitBar`. Any time is reached in as many cuts as there are steps. `topParts` gives the bars of the
 * second step where they are known rather than cut.
 */
export function createPricePath(o: {
  seed: number
  steps: readonly number[]
  top: (index: number) => Bar | null
  topParts?: (index: number) => Bar[]
  tradesPerSecond: number
}): PricePath {
  const { seed, steps, tradesPerSecond } = o
  const topSeconds = stepAt(steps, 0)
  const cache = new Map<number, Bar[]>()

  function parts(level: number, index: number, bar: Bar): Bar[] {
    const key = index * steps.length + level
    const known = cache.get(key)
    if (known) return known
    const childSeconds = stepAt(steps, level + 1)
    const children =
      level === 0 && o.topParts
        ? o.topParts(index)
        : splitBar({
            bar,
            parts: stepAt(steps, level) / childSeconds,
            seed: mix(mix(seed, level), index),
            floorLots: childSeconds * tradesPerSecond,
          })
    if (cache.size >= CACHE_SIZE) cache.clear()
    cache.set(key, children)
    return children
  }

  /** Calls `visit` with bars in order; it says whether to go deeper into one. */
  function walk(o2: {
    level: number
    index: number
    bar: Bar
    visit: (node: { level: number; index: number; bar: Bar; from: number; to: number }) => Step
  }): boolean {
    const length = stepAt(steps, o2.level)
    const from = o2.index * length
    const step = o2.visit({ level: o2.level, index: o2.index, bar: o2.bar, from, to: from + length })
    if (step !== 'deeper') return step === 'stop'
    const children = parts(o2.level, o2.index, o2.bar)
    for (const [part, bar] of children.entries()) {
      const index = o2.index * children.length + part
      if (walk({ level: o2.level + 1, index, bar, visit: o2.visit })) return true
    }
    return false
  }

  function walkRange(o2: {
    from: number
    to: number
    visit: (node: { level: number; index: number; bar: Bar; from: number; to: number }) => Step
  }): void {
    const last = Math.ceil(o2.to / topSeconds)
    for (let index = Math.floor(o2.from / topSeconds); index < last; index++) {
      const bar = o.top(index)
      if (bar && walk({ level: 0, index, bar, visit: o2.visit })) return
    }
  }

  function stretch({ from, to }: { from: number; to: number }): Stretch | null {
    let result: Stretch | null = null
    walkRange({
      from,
      to,
      visit: (node) => {
        if (node.to <= from || node.from >= to) return 'next'
        if (node.from < from || node.to > to) return 'deeper'
        const share = 0.5 + (uniform(seed ^ node.level, node.index) - 0.5) * 0.3
        result = extendStretch({
          stretch: result,
          bar: node.bar,
          trades: (node.to - node.from) * tradesPerSecond,
          takerLots: Math.floor(node.bar.lots * share),
        })
        return 'next'
      },
    })
    return result
  }

  return {
    stretch,
    second: (at) => stretch({ from: at, to: at + 1 }),
    firstReach({ direction, ticks, from, to }) {
      let reached: number | null = null
      walkRange({
        from,
        to,
        visit: (node) => {
          if (node.to <= from || node.from >= to) return 'next'
          const within = direction === 'up' ? node.bar.high >= ticks : node.bar.low <= ticks
          if (!within) return 'next'
          if (node.level < steps.length - 1) return 'deeper'
          reached = node.from
          return 'stop'
        },
      })
      return reached
    },
  }
}

type Step = 'next' | 'deeper' | 'stop'

function stepAt(steps: readonly number[], level: number): number {
  const seconds = steps[level]
  if (seconds === undefined) throw new RangeError(`no step ${level}`)
  return seconds
}
