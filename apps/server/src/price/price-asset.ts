import { isSharedAsset, type Ticker } from '@opentrade/exchange'
import { ANCHORS, ROUTES, STABLECOINS, STATE_CURRENCIES, VOLATILE } from './anchors.ts'
import { type Fallback, priceElsewhere } from './fallback.ts'
import { Money } from './money.ts'
import { chain, type Markets, type Quote, readMarkets } from './quotes.ts'

export interface PriceSources {
  exchangeId: string
  /** All tickers of that exchange. */
  tickers: readonly Ticker[]
  /** False if the exchange did not say its prices: no stablecoin counts as one dollar then. */
  answered: boolean
  /** What other exchanges last said of their markets. */
  fallback: Fallback
  /** The time of what needs no market: USD itself. */
  now: Date
}

export interface Prices {
  /** The price in USD, or null: unpriced. */
  priceOf: (asset: string) => Quote | null
  /** What another exchange says of an asset of this name. It may be another asset, so it is no price. */
  suggestionFor: (asset: string) => Quote | null
}

/** How a stablecoin counts as one dollar: said in so many words wherever a value rests on it. */
const PAR_SOURCE = 'par (no USD market)'

/**
 * Prepares prices in USD at one exchange. Each is a path of markets that ends at USD, or at a stablecoin that
 * counts as one dollar and says so. Only what exchanges say in their markets is remembered, never a price in USD,
 * so that no price can come back as the ground of another. An asset is priced by the first of these that there is:
 *
 * 1. USD is 1;
 * 2. its market in USD at this exchange, or the inverse market;
 * 3. its market here in an anchor, in the order of `ANCHORS`, times the anchor's own price. An anchor
 *    that this exchange prices itself comes before one that only others price;
 * 4. for an asset that is the same everywhere (`isSharedAsset`): its markets at other exchanges.
 *
 * `priceAnchors` says how anchors are priced.
 */
export function openPrices(sources: PriceSources): Prices {
  const { exchangeId, fallback, now } = sources
  const markets = readMarkets(sources)
  const anchors = priceAnchors({ ...sources, markets })
  const elsewhere = { fallback, anchors, now, through: ROUTES }
  const usd = { price: new Money(1), source: 'par', at: now, restsOnPar: false, isRemembered: false }
  return {
    priceOf(asset) {
      if (asset === 'USD') return usd
      const own = anchors.get(asset) ?? priceHere({ asset, markets, anchors })
      if (own || !isSharedAsset({ exchangeId, asset })) return own
      return priceElsewhere({ ...elsewhere, asset })
    },
    suggestionFor: (asset) => priceElsewhere({ ...elsewhere, asset, byName: true }),
  }
}

/**
 * Prices what others are priced through. After each step, whatever the markets of this exchange connect to it is
 * priced by them, so that a market of now always comes before what is remembered of the same anchor:
 *
 * 1. markets in USD here;
 * 2. the first stablecoin that another exchange measures in USD, now; then the next that is still without a price;
 * 3. the first stablecoin without a price, by what another exchange said within a day, in USD or in a stablecoin
 *    that has a price; else it counts as one dollar. Then the next;
 * 4. currencies of states, then BTC and ETH, by what other exchanges said within a day.
 *
 * In 2 only what is fresh counts: an old price of one stablecoin must not move another one, and everything that is
 * quoted in it.
 */
function priceAnchors(o: PriceSources & { markets: Markets }): Map<string, Quote> {
  const { markets, now } = o
  const anchors = new Map<string, Quote>()
  const present = ANCHORS.filter(markets.has)
  const settle = (asset: string, price: () => Quote | null) => {
    if (anchors.has(asset)) return
    const quote = price()
    if (!quote) return
    anchors.set(asset, quote)
    spread({ present, markets, anchors })
  }
  const elsewhere = (asset: string, through: readonly string[], fresh = false) =>
    priceElsewhere({ fallback: o.fallback, anchors, now, asset, through, fresh })
  const par = (asset: string): Quote | null => {
    if (!o.answered) return null
    const source = `${asset} ${PAR_SOURCE}`
    return { price: new Money(1), source, at: now, restsOnPar: true, isRemembered: false }
  }

  spread({ present, markets, anchors })
  for (const asset of STABLECOINS) settle(asset, () => elsewhere(asset, ['USD'], true))
  for (const asset of STABLECOINS)
    settle(asset, () => elsewhere(asset, ['USD', ...STABLECOINS]) ?? par(asset))
  for (const asset of [...STATE_CURRENCIES, ...VOLATILE]) settle(asset, () => elsewhere(asset, ROUTES))
  // A currency that only bitcoin is traded in, where bitcoin has a price only now.
  for (const asset of STATE_CURRENCIES) settle(asset, () => elsewhere(asset, ROUTES))
  return anchors
}

/** Prices every anchor that the markets of this exchange connect to one with a price, by the shortest path. */
function spread(o: { present: readonly string[]; markets: Markets; anchors: Map<string, Quote> }): void {
  for (;;) {
    const found = o.present.flatMap((asset) => {
      if (o.anchors.has(asset)) return []
      const quote = priceHere({ asset, ...o })
      return quote ? [[asset, quote] as const] : []
    })
    if (found.length === 0) return
    for (const [asset, quote] of found) o.anchors.set(asset, quote)
  }
}

/** By the markets of this exchange; through anchors that these price down to the dollar before those they do not. */
function priceHere(o: {
  asset: string
  markets: Markets
  anchors: ReadonlyMap<string, Quote>
}): Quote | null {
  const direct = o.markets.quote(o.asset, 'USD')
  if (direct) return direct
  let best: Quote | null = null
  for (const anchor of ANCHORS) {
    const anchorQuote = o.anchors.get(anchor)
    if (!anchorQuote || (best && doubtOf(anchorQuote) >= doubtOf(best))) continue
    const leg = o.markets.quote(o.asset, anchor)
    if (leg) best = chain(leg, anchorQuote)
  }
  return best
}

/** What another exchange said before comes after what this one says now, even if that ends at par. */
function doubtOf({ isRemembered, restsOnPar }: Quote): number {
  return Number(isRemembered) * 2 + Number(restsOnPar)
}
