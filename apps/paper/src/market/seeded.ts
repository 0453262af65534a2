import { type Bar, joinBars } from './bar.ts'
import { ASSETS, type AssetProfile, BTC_VOLATILITY, usualPrice } from './catalog.ts'
import { bell, hashText, mix, uniform } from './hash.ts'
import { findMarket, type Market } from './markets.ts'
import { createPathSource } from './path-source.ts'
import { createPricePath, PATH_STEPS, type PricePath } from './price-path.ts'
import type { MarketSource } from './source.ts'

/** The day on which every market was listed; there are no prices before it. */
export const LISTED_AT = Date.UTC(2020, 0, 1)

const DAY_SECONDS = 86_400
const HOUR_SECONDS = 3_600
const FIRST_DAY = LISTED_AT / 1_000 / DAY_SECONDS

/** The markets trade this often, every second. */
const TRADES_PER_SECOND = 6

/** Lengths, in days, of the waves that a price is made of. */
const WAVES = [2, 4, 8, 16, 32, 64, 128, 256] as const

/** Scales the sum of the waves to a daily move of about one standard deviation. */
const WAVE_SCALE = 0.645

/**
 * Prices from a seed: the same seed gives the same price at the same time, in every process and after every
 * restart. A day opens where waves of two days to most of a year put it, shared with BTC by the asset's beta; within
 * the day the price is cut from the day's bar (price-path.ts). Pairs of two assets follow the ratio of their
 * prices hour by hour.
 */
export function createSeededSource(o: { seed: string }): MarketSource {
  const paths = new Map<string, PricePath>()
  const seed = hashText(o.seed)

  function pathOf(market: Market): PricePath {
    const known = paths.get(market.symbol)
    if (known) return known
    const path = market.quote === 'USDT' ? directPath(seed, market) : crossPath(seed, market, pathOf)
    paths.set(market.symbol, path)
    return path
  }

  return createPathSource({
    description: 'seeded',
    pathOf,
    firstAt: () => LISTED_AT,
    tradesPerSecond: TRADES_PER_SECOND,
  })
}

/** The logarithm of how far an asset is from its usual price when a day begins. */
function deviation(seed: number, asset: AssetProfile, day: number): number {
  const shared = asset.beta * BTC_VOLATILITY * waves(mix(seed, hashText('BTC')), day)
  return shared + asset.volatility * waves(mix(seed, hashText(`own:${asset.asset}`)), day)
}

/** Value noise at several lengths: smooth between random heights, the longer the wave the higher. */
function waves(seed: number, day: number): number {
  let sum = 0
  for (const [index, length] of WAVES.entries()) {
    const waveSeed = mix(seed, index)
    const position = day / length + uniform(waveSeed, -1)
    const cell = Math.floor(position)
    const way = position - cell
    const eased = way * way * (3 - 2 * way)
    const height = bell(waveSeed, cell) * (1 - eased) + bell(waveSeed, cell + 1) * eased
    sum += height * Math.sqrt(length)
  }
  return sum * WAVE_SCALE
}

function directPath(seed: number, market: Market): PricePath {
  const asset = ASSETS.find((profile) => profile.asset === market.base)
  if (!asset) throw new Error(`no profile of ${market.base}`)
  const own = mix(seed, hashText(market.symbol))

  function openOf(day: number): number {
    if (!asset) return 1
    return toTicks(asset.price * Math.exp(deviation(seed, asset, day)), market.priceDecimals)
  }

  function top(day: number): Bar | null {
    if (day < FIRST_DAY || !asset) return null
    const open = openOf(day)
    const close = openOf(day + 1)
    const spread = open * (asset.volatility + asset.beta * BTC_VOLATILITY)
    const above = Math.round(spread * (0.15 + uniform(own ^ 1, day)))
    const below = Math.round(spread * (0.15 + uniform(own ^ 2, day)))
    const high = Math.max(open, close) + above
    const low = Math.max(1, Math.min(open, close) - below)
    return { open, high, low, close, lots: dayLots({ seed: own, market, day, open, range: high - low }) }
  }

  return createPricePath({ seed: own, steps: PATH_STEPS, top, tradesPerSecond: TRADES_PER_SECOND })
}

/** A day's volume in lots: the market's usual one, more on days that move, and enough for every trade. */
function dayLots(o: { seed: number; market: Market; day: number; open: number; range: number }): number {
  const mood = Math.exp(0.35 * bell(o.seed ^ 3, o.day)) * (0.7 + (8 * o.range) / o.open)
  const usdtPerLot = usualPrice(o.market.base) * 10 ** -o.market.quantityDecimals
  return Math.round((o.market.dailyVolume * mood) / usdtPerLot) + TRADES_PER_SECOND * DAY_SECONDS
}

function crossPath(seed: number, market: Market, pathOf: (market: Market) => PricePath): PricePath {
  const base = findMarket(`${market.base}USDT`)
  const quote = findMarket(`${market.quote}USDT`)
  if (!base || !quote) throw new Error(`${market.symbol} has no prices to follow`)
  const legs = { base, quote, basePath: pathOf(base), quotePath: pathOf(quote) }
  const own = mix(seed, hashText(market.symbol))

  /** The ratio of the two prices when an hour begins. */
  function openOf(hour: number): number {
    const from = hour * HOUR_SECONDS
    const baseBar = legs.basePath.stretch({ from, to: from + HOUR_SECONDS })
    const quoteBar = legs.quotePath.stretch({ from, to: from + HOUR_SECONDS })
    if (!baseBar || !quoteBar) return 1
    const ratio =
      (baseBar.open * 10 ** -legs.base.priceDecimals) / (quoteBar.open * 10 ** -legs.quote.priceDecimals)
    return toTicks(ratio, market.priceDecimals)
  }

  function hours(day: number): Bar[] {
    const opens = Array.from({ length: 25 }, (_, hour) => openOf(day * 24 + hour))
    const bars: Bar[] = []
    for (let hour = 0; hour < 24; hour++) {
      const open = opens[hour] ?? 1
      const close = opens[hour + 1] ?? open
      const index = day * 24 + hour
      const spread = open * 0.0025
      const high = Math.max(open, close) + Math.round(spread * uniform(own ^ 1, index))
      const low = Math.max(1, Math.min(open, close) - Math.round(spread * uniform(own ^ 2, index)))
      const lots = Math.round(dayLots({ seed: own, market, day: index, open, range: (high - low) * 4 }) / 24)
      bars.push({ open, high, low, close, lots })
    }
    return bars
  }

  const days = new Map<number, Bar>()
  function top(day: number): Bar | null {
    if (day < FIRST_DAY) return null
    const known = days.get(day)
    if (known) return known
    const bar = joinBars(hours(day))
    days.set(day, bar)
    return bar
  }

  const steps = [DAY_SECONDS, ...PATH_STEPS.filter((seconds) => seconds <= HOUR_SECONDS)]
  return createPricePath({ seed: own, steps, top, topParts: hours, tradesPerSecond: TRADES_PER_SECOND })
}

function toTicks(price: number, decimals: number): number {
  return Math.max(1, Math.round(price * 10 ** decimals))
}
