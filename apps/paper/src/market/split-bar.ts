import type { Bar } from './bar.ts'
import { bell, uniform } from './hash.ts'

/**
 * Cuts a bar into equal parts that make exactly that bar again: the first opens where it opens, the last closes
 * where it closes, one touches its high, one its low, each opens where the one before closed, and the lots add
 * up. The same seed gives the same parts.
 *
 * `floorLots` is the least volume of a part.
 */
export function splitBar(o: { bar: Bar; parts: number; seed: number; floorLots: number }): Bar[] {
  const { bar, parts, seed } = o
  const scale = ((bar.high - bar.low) * 0.55) / Math.sqrt(parts)
  const closes = bridge({ bar, parts, seed, scale })
  const lots = shareLots({ lots: bar.lots, parts, seed, floorLots: o.floorLots })

  const children: Bar[] = []
  let open = bar.open
  for (let part = 0; part < parts; part++) {
    const close = closes[part] ?? bar.close
    const above = Math.round(scale * 0.7 * uniform(seed ^ 0x11111111, part) ** 2)
    const below = Math.round(scale * 0.7 * uniform(seed ^ 0x22222222, part) ** 2)
    children.push({
      open,
      high: Math.min(bar.high, Math.max(open, close) + above),
      low: Math.max(bar.low, Math.min(open, close) - below),
      close,
      lots: lots[part] ?? 0,
    })
    open = close
  }
  touchExtremes(bar, children)
  return children
}

/** The closes of the parts: a random walk pinned at both ends and kept within the bar. */
function bridge(o: { bar: Bar; parts: number; seed: number; scale: number }): number[] {
  const { bar, parts, seed, scale } = o
  const walk: number[] = []
  let position = 0
  for (let part = 0; part < parts; part++) {
    position += bell(seed, part)
    walk.push(position)
  }
  return walk.map((step, part) => {
    if (part === parts - 1) return bar.close
    const way = (part + 1) / parts
    const price = bar.open + (bar.close - bar.open) * way + (step - position * way) * scale
    return Math.round(Math.min(bar.high, Math.max(bar.low, price)))
  })
}

/** Lets the part that came nearest to the bar's high reach it, and so with the low. */
function touchExtremes(bar: Bar, children: Bar[]): void {
  let top = children[0]
  let bottom = children[0]
  for (const child of children) {
    if (top && child.high > top.high) top = child
    if (bottom && child.low < bottom.low) bottom = child
  }
  if (top) top.high = bar.high
  if (bottom) bottom.low = bar.low
}

/** Shares out the lots by weight; rounding the running sum keeps the total exact. */
function shareLots(o: { lots: number; parts: number; seed: number; floorLots: number }): number[] {
  const { parts, seed } = o
  const floor = Math.min(o.floorLots, Math.floor(o.lots / parts))
  const free = o.lots - floor * parts
  const weights: number[] = []
  let sum = 0
  for (let part = 0; part < parts; part++) {
    const weight = 0.25 + 1.5 * uniform(seed ^ 0x33333333, part) ** 2
    weights.push(weight)
    sum += weight
  }
  let running = 0
  let given = 0
  return weights.map((weight, part) => {
    running += weight
    const upTo = part === parts - 1 ? free : Math.floor((free * running) / sum)
    const share = upTo - given
    given = upTo
    return floor + share
  })
}
