import type { AssetPrice } from '@opentrade/db'
import type { Ticker } from '@opentrade/exchange'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fallbackOf, NO_FALLBACK } from './fallback.ts'
import { Money } from './money.ts'
import { openPrices } from './price-asset.ts'
import { pricesToKeep } from './remember-prices.ts'

const NOW = new Date('2026-01-02T00:00:00Z')
const VENUES = ['binance', 'bybit', 'kraken'] as const
type Venue = (typeof VENUES)[number]
const ASSETS = ['USD', 'USDT', 'USDC', 'FDUSD', 'BTC', 'ETH', 'EUR', 'JPY', 'SOL', 'NEIRO'] as const
const HELD = ASSETS.filter((asset) => asset !== 'USD')

type Prices = Record<string, { price: string; source: string } | null>

/** Exchanges that say things, and what each of them last said as the database keeps it. */
interface World {
  quotes: Record<Venue, Ticker[]>
  kept: Map<Venue, AssetPrice[]>
}

function remember(world: World, exchangeId: Venue): void {
  const prices = pricesToKeep({ exchangeId, tickers: world.quotes[exchangeId], all: true, now: NOW })
  world.kept.set(
    exchangeId,
    prices.map((price) => ({ ...price, exchangeId })),
  )
}

function valueAt(world: World, exchangeId: Venue): Prices {
  const others = [...world.kept.values()].flat().filter((price) => price.exchangeId !== exchangeId)
  return pricesAt({ exchangeId, tickers: world.quotes[exchangeId], kept: others })
}

function pricesAt(o: { exchangeId: string; tickers: Ticker[]; kept: AssetPrice[] }): Prices {
  const { exchangeId, tickers, kept } = o
  const fallback = kept.length > 0 ? fallbackOf(kept) : NO_FALLBACK
  const { priceOf } = openPrices({ exchangeId, tickers, answered: true, fallback, now: NOW })
  return Object.fromEntries(
    HELD.map((asset) => {
      const quote = priceOf(asset)
      return [asset, quote && { price: quote.price.toFixed(), source: quote.source }]
    }),
  )
}

function valueAll(world: World): Record<string, Prices> {
  return Object.fromEntries(VENUES.map((venue) => [venue, valueAt(world, venue)]))
}

function ticker(base: string, quote: string, price: string, ageMinutes = 0): Ticker {
  const at = new Date(NOW.getTime() - ageMinutes * 60_000).toISOString()
  return { symbol: `${base}/${quote}`, base, quote, price, at }
}

const asset = fc.constantFrom(...ASSETS)
const price = fc
  .tuple(fc.integer({ min: 1, max: 99_999_999 }), fc.integer({ min: 0, max: 8 }))
  .map(([digits, places]) => new Money(digits).div(new Money(10).pow(places)).toFixed())
const tickers = fc.array(
  fc
    .tuple(asset, asset, price, fc.integer({ min: 0, max: 600 }))
    .filter(([base, quote]) => base !== quote)
    .map((parts) => ticker(...parts)),
  { maxLength: 14 },
)
const quotes = fc.record({ binance: tickers, bybit: tickers, kraken: tickers })
const syncs = fc.array(fc.constantFrom(...VENUES), { maxLength: 12 })

test('valuing again gives the same values, however often prices were remembered in between', () => {
  fc.assert(
    fc.property(quotes, syncs, (said, again) => {
      const world: World = { quotes: said, kept: new Map() }
      for (const venue of VENUES) remember(world, venue)
      const before = valueAll(world)
      for (const venue of again) {
        expect(valueAt(world, venue)).toEqual(before[venue])
        remember(world, venue)
      }
      expect(valueAll(world)).toEqual(before)
    }),
  )
})

test('the order in which exchanges are read has no say', () => {
  fc.assert(
    fc.property(quotes, fc.shuffledSubarray([...VENUES], { minLength: VENUES.length }), (said, order) => {
      const one: World = { quotes: said, kept: new Map() }
      const other: World = { quotes: said, kept: new Map() }
      for (const venue of VENUES) remember(one, venue)
      for (const venue of order) remember(other, venue)
      expect(valueAll(other)).toEqual(valueAll(one))
    }),
  )
})

test('the order of what is remembered has no say, even of an exchange with a market each way round', () => {
  const bothWays = fc
    .tuple(price, price)
    .map(([one, other]) => [ticker('USDC', 'USDT', one), ticker('USDT', 'USDC', other)])
  const said = fc.record({ bybit: bothWays, kraken: tickers })
  fc.assert(
    fc.property(tickers, said, fc.infiniteStream(fc.nat()), (own, others, random) => {
      const world: World = { quotes: { binance: own, ...others }, kept: new Map() }
      for (const venue of VENUES) remember(world, venue)
      const kept = (['bybit', 'kraken'] as const).flatMap((venue) => world.kept.get(venue) ?? [])
      const keyed = kept.map((one) => ({ one, key: random.next().value ?? 0 }))
      const shuffled = keyed.sort((left, right) => left.key - right.key).map(({ one }) => one)
      const at = (prices: AssetPrice[]) => pricesAt({ exchangeId: 'binance', tickers: own, kept: prices })
      expect(at(shuffled)).toEqual(at(kept))
      expect(at(shuffled.toReversed())).toEqual(at(kept))
    }),
  )
})

test('what is remembered changes no value that the markets of now give down to the dollar', () => {
  fc.assert(
    fc.property(quotes, (said) => {
      const world: World = { quotes: said, kept: new Map() }
      for (const venue of VENUES) remember(world, venue)
      for (const venue of VENUES) {
        const alone = pricesAt({ exchangeId: venue, tickers: said[venue], kept: [] })
        const together = valueAt(world, venue)
        for (const [asset, quote] of Object.entries(alone)) {
          if (quote && !quote.source.endsWith('par (no USD market)')) expect(together[asset]).toEqual(quote)
        }
      }
    }),
  )
})

test('what is remembered without a market in USD changes no value that the markets of now give', () => {
  const inDollars = (one: Ticker) => one.base === 'USD' || one.quote === 'USD'
  fc.assert(
    fc.property(quotes, (all) => {
      const said = {
        binance: [ticker('BTC', 'USDT', '50000'), ...all.binance.filter((one) => !inDollars(one))],
        bybit: all.bybit.filter((one) => !inDollars(one)),
        kraken: all.kraken.filter((one) => !inDollars(one)),
      }
      const world: World = { quotes: said, kept: new Map() }
      for (const venue of VENUES) remember(world, venue)
      const alone = pricesAt({ exchangeId: 'binance', tickers: said.binance, kept: [] })
      const together = valueAt(world, 'binance')
      for (const [asset, quote] of Object.entries(alone)) {
        if (quote?.source.endsWith('USDT par (no USD market)')) expect(together[asset]).toEqual(quote)
      }
    }),
  )
})

test('scaling the market of one stablecoin scales that coin alone, here and elsewhere', () => {
  const factor = fc.integer({ min: 1, max: 300 }).map((percent) => new Money(percent).div(100))
  const coins = ['FDUSD', 'BTC', 'ETH', 'EUR', 'SOL'] as const
  const inTether = fc.record({ FDUSD: price, BTC: price, ETH: price, EUR: price, SOL: price, USDC: price })
  fc.assert(
    fc.property(inTether, factor, syncs, (prices, by, order) => {
      const world: World = { quotes: { binance: [], bybit: [], kraken: [] }, kept: new Map() }
      const say = (stablecoin: Money) => {
        const others = coins.map((coin) => ticker(coin, 'USDT', prices[coin]))
        world.quotes.binance = [...others, ticker('USDC', 'USDT', stablecoin.toFixed())]
        // Others know it only from there, or not at all.
        world.quotes.bybit = coins.map((coin) => ticker(coin, 'USDT', prices[coin]))
      }
      say(new Money(prices.USDC))
      for (const venue of [...VENUES, ...order]) remember(world, venue)
      const before = valueAll(world)
      say(new Money(prices.USDC).times(by))
      for (const venue of [...order, ...VENUES]) remember(world, venue)
      const after = valueAll(world)
      for (const venue of VENUES) {
        for (const coin of ['USDT', ...coins]) expect(after[venue]?.[coin]).toEqual(before[venue]?.[coin])
        expect(after[venue]?.USDC?.price).toBe(new Money(prices.USDC).times(by).toFixed())
      }
    }),
  )
})

test('every price that is said to end at par does, and every other ends at a market in USD', () => {
  fc.assert(
    fc.property(quotes, (said) => {
      const world: World = { quotes: said, kept: new Map() }
      for (const venue of VENUES) remember(world, venue)
      for (const prices of Object.values(valueAll(world))) {
        for (const quote of Object.values(prices)) {
          if (quote) expect(quote.source).toMatch(/(^| )\w+ par \(no USD market\)$|\/USD$|1\/\(USD\/\w+\)$/)
        }
      }
    }),
  )
})
