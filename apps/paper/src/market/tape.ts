import { hashText, mix, uniform } from './hash.ts'
import type { Market } from './markets.ts'
import { LISTED_AT } from './seeded.ts'
import type { MarketSource } from './source.ts'

/** A trade of the market at large. Price in ticks, quantity in lots, time in Unix milliseconds. */
export interface TapeTrade {
  id: number
  ticks: number
  lots: number
  at: number
  isBuyerMaker: boolean
}

/** Where the tape comes from when a source has none of its own. */
const USUAL_TRADES_PER_SECOND = 6

/** Trades in every second of the tape. */
export function tradesPerSecond(source: MarketSource): number {
  return source.tradesPerSecond || USUAL_TRADES_PER_SECOND
}

/** The id of the first trade in the second of `at`. Every second has equally many, so ids and times convert. */
export function tradeIdAt(o: { market: Market; source: MarketSource; at: number }): number {
  const seconds = Math.floor(o.at / 1_000) - LISTED_AT / 1_000
  return Math.max(0, seconds * tradesPerSecond(o.source))
}

/**
 * Trades with ids from `fromId` on, oldest first, none later than now. They follow from the price's way: within
 * each second the first is at its open, the last at its close, and its high and low are touched between.
 */
export function tapeFrom(o: {
  market: Market
  source: MarketSource
  fromId: number
  limit: number
  now: number
}): TapeTrade[] {
  const { market, source, limit, now } = o
  if (!source.last(market, o.now)) return []
  const perSecond = tradesPerSecond(source)
  const trades: TapeTrade[] = []
  const begin = tradeIdAt({ market, source, at: source.firstAt(market) ?? LISTED_AT })
  let second = Math.floor(Math.max(o.fromId, begin) / perSecond)
  while (trades.length < limit) {
    const at = LISTED_AT + second * 1_000
    if (at + 1_000 > now) break
    for (const trade of secondOfTape({ market, source, second, at, now, perSecond })) {
      if (trade.id >= o.fromId && trades.length < limit) trades.push(trade)
    }
    second += 1
  }
  return trades
}

function secondOfTape(o: {
  market: Market
  source: MarketSource
  second: number
  at: number
  now: number
  perSecond: number
}): TapeTrade[] {
  const { market, source, second, at, perSecond } = o
  const bar = source.stretch({ market, from: at, to: at + 1_000, now: o.now })
  if (!bar) return []
  const seed = mix(hashText(`tape:${market.symbol}`), second)
  const upFirst = uniform(seed, 0) < 0.5
  const share = Math.floor(bar.lots / perSecond)
  let previous = bar.open
  return Array.from({ length: perSecond }, (_, place) => {
    const ticks = tickAt({ bar, place, last: perSecond - 1, upFirst, draw: uniform(seed, place + 1) })
    const isBuyerMaker = ticks === previous ? uniform(seed, place + 99) < 0.5 : ticks < previous
    previous = ticks
    return {
      id: second * perSecond + place,
      ticks,
      lots: Math.max(1, place === perSecond - 1 ? bar.lots - share * (perSecond - 1) : share),
      at: at + Math.floor((place * 1_000) / perSecond),
      isBuyerMaker,
    }
  })
}

function tickAt(o: {
  bar: { open: number; high: number; low: number; close: number }
  place: number
  last: number
  upFirst: boolean
  draw: number
}): number {
  const { bar, place, last } = o
  if (place === 0) return bar.open
  if (place === last) return bar.close
  if (place === 1) return o.upFirst ? bar.high : bar.low
  if (place === 2) return o.upFirst ? bar.low : bar.high
  return bar.low + Math.round((bar.high - bar.low) * o.draw)
}
