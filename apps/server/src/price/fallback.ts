import { type AssetPrice, readPrices } from '@opentrade/db'
import { isSharedAsset } from '@opentrade/exchange'
import type { Services } from '../context.ts'
import { ANCHORS, ROUTES, VOLATILE } from './anchors.ts'
import { CARRY_MS } from './carry.ts'
import { Money } from './money.ts'
import { chain, type Quote, quoteOf } from './quotes.ts'
import { isSimulated } from './simulated.ts'

/** What another exchange last said of a market between two assets. */
export interface Remembered {
  exchangeId: string
  /** The price of the first asset in the second. */
  quote: Quote
}

/** What other exchanges last said of a market between two assets, in no order. */
export type Fallback = (asset: string, inAsset: string) => readonly Remembered[]

/** What nothing is known of from elsewhere. */
export const NO_FALLBACK: Fallback = () => []

/**
 * A remembered price is as good as one of now for so long: three syncs at the usual interval. An exchange that is
 * connected and answers is never older.
 */
const FRESH_MS = 15 * 60_000

/**
 * What other exchanges last said of the markets of these assets, and of what assets are priced through. What is
 * older than a day is not told. Simulated exchanges are told nothing, and nothing that they say is ever kept.
 */
export async function openFallback(o: {
  services: Services
  /** Null for what belongs to no exchange, such as a rate for showing amounts. */
  exchangeId: string | null
  assets: readonly string[]
}): Promise<Fallback> {
  if (o.exchangeId !== null && isSimulated(o.exchangeId)) return NO_FALLBACK
  const prices = await readPrices(o.services.db.pool, {
    assets: [...new Set([...o.assets, ...ANCHORS])],
    quotes: ROUTES,
    since: new Date(o.services.now().getTime() - CARRY_MS),
    exceptExchangeId: o.exchangeId,
  })
  return fallbackOf(prices)
}

/**
 * What exchanges said, to be looked up from either side of each market. Of an exchange that has a market each way
 * round, what it says of the asset comes before the inverse of the other, whatever their order here.
 */
export function fallbackOf(prices: readonly AssetPrice[]): Fallback {
  const byPair = new Map<string, Remembered[]>()
  const note = (
    asset: string,
    inAsset: string,
    { exchangeId, asset: base, quote, price, asOf }: AssetPrice,
  ) => {
    const pair = `${asset}/${inAsset}`
    const known = byPair.get(pair) ?? []
    if (known.some((one) => one.exchangeId === exchangeId)) return
    const said = quoteOf({ exchangeId, market: { base, quote, price: new Money(price), at: asOf }, asset })
    known.push({ exchangeId, quote: { ...said, isRemembered: true } })
    byPair.set(pair, known)
  }
  for (const price of prices) note(price.asset, price.quote, price)
  for (const price of prices) note(price.quote, price.asset, price)
  return (asset, inAsset) => byPair.get(`${asset}/${inAsset}`) ?? []
}

export interface ElsewhereOptions {
  fallback: Fallback
  asset: string
  /** In which assets the markets may be, the preferred first. */
  through: readonly string[]
  /** The prices of those but USD; what is not in it cannot be gone through. */
  anchors: ReadonlyMap<string, Quote>
  now: Date
  /** Only what is as good as a price of now. */
  fresh?: boolean
  /** Also assets that have only the name in common: for a suggestion, never for a price. */
  byName?: boolean
}

/**
 * An asset's price in USD by the markets of other exchanges: of each exchange its best market, and of these the
 * one in the middle (the lower of two), so that no single exchange that is wrong decides, nor the order in which
 * they were read. Fresh prices come before old ones, and what ends at USD before what rests on par.
 */
export function priceElsewhere(o: ElsewhereOptions): Quote | null {
  const found = o.through.flatMap((inAsset) => quotesThrough(o, inAsset))
  const grade = ({ quote }: Remembered) => Number(!isFresh(quote, o.now)) * 2 + Number(quote.restsOnPar)
  const best = Math.min(...found.map(grade))
  const byExchange = new Map<string, Quote>()
  for (const one of found) {
    if (grade(one) === best && !byExchange.has(one.exchangeId)) byExchange.set(one.exchangeId, one.quote)
  }
  const quotes = [...byExchange.values()].sort(
    (left, right) => left.price.cmp(right.price) || (left.source < right.source ? -1 : 1),
  )
  return quotes[Math.floor((quotes.length - 1) / 2)] ?? null
}

function quotesThrough(o: ElsewhereOptions, inAsset: string): Remembered[] {
  const anchor = inAsset === 'USD' ? null : o.anchors.get(inAsset)
  if (anchor === undefined || inAsset === o.asset) return []
  const needsFresh = o.fresh || (isMoney(o.asset) && VOLATILE.includes(inAsset))
  return o.fallback(o.asset, inAsset).flatMap(({ exchangeId, quote }) => {
    if (needsFresh && !isFresh(quote, o.now)) return []
    if (!o.byName && !isSharedAsset({ exchangeId, asset: o.asset })) return []
    return [{ exchangeId, quote: anchor ? chain(quote, anchor) : quote }]
  })
}

function isMoney(asset: string): boolean {
  return ANCHORS.includes(asset) && !VOLATILE.includes(asset)
}

function isFresh({ at }: Quote, now: Date): boolean {
  return now.getTime() - at.getTime() <= FRESH_MS
}
