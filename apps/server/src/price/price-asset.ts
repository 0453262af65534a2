import type { Ticker } from '@opentrade/exchange'
import { Money } from './money.ts'
import { chain, type Markets, type Quote, readMarkets } from './quotes.ts'

/** Prices from elsewhere, fresh enough to be used, by asset. */
export type Fallback = (asset: string) => Quote | null

export interface PriceSources {
  exchangeId: string
  /** All tickers of that exchange; empty if it did not answer. */
  tickers: readonly Ticker[]
  fallback: Fallback
  /** The time of what needs no market: USD itself. */
  now: Date
}

const STABLECOINS = ['USDT', 'USDC'] as const

/** What an asset is priced through when it has no market in USD, in this order. */
export const ANCHORS = [...STABLECOINS, 'BTC', 'ETH', 'EUR'] as const

/** How a stablecoin counts as one dollar: said in so many words wherever a value rests on it. */
const PAR_SOURCE = 'par (no USD market)'

/**
 * Prepares prices in USD at one exchange. An asset is priced by the first of these that there is:
 *
 * 1. USD is 1, with the source `par`;
 * 2. its market in USD at this exchange, or the inverse market;
 * 3. its market here in USDT, USDC, BTC, ETH or EUR, in this order, times the anchor's own price;
 * 4. another connected source, if its price is fresh.
 *
 * An anchor is priced by its market in USD here, else through another anchor that has one, else by another
 * connected source; and a stablecoin that has none of these, at an exchange that did answer, counts as one
 * dollar with the source `par (no USD market)`.
 * @returns the quote, or null: unpriced
 */
export function openPrices(sources: PriceSources): (asset: string) => Quote | null {
  const markets = readMarkets(sources)
  const anchors = priceAnchors({ ...sources, markets })
  return (asset) => {
    if (asset === 'USD') return { price: new Money(1), source: 'par', at: sources.now }
    return (
      anchors.get(asset) ??
      markets(asset, 'USD') ??
      throughAnchor({ asset, markets, anchors }) ??
      sources.fallback(asset)
    )
  }
}

function priceAnchors(o: PriceSources & { markets: Markets }): Map<string, Quote> {
  const anchors = new Map<string, Quote>()
  const settle = (asset: string, quote: Quote | null) => {
    if (quote && !anchors.has(asset)) anchors.set(asset, quote)
  }
  /** Prices the rest through those that are priced: only those, so that paths stay short. */
  const spread = () => {
    const priced = new Map(anchors)
    for (const asset of ANCHORS) settle(asset, throughAnchor({ asset, markets: o.markets, anchors: priced }))
  }

  for (const asset of ANCHORS) settle(asset, o.markets(asset, 'USD'))
  spread()
  for (const asset of STABLECOINS) {
    settle(asset, o.fallback(asset))
    spread()
  }
  if (o.tickers.length > 0) {
    for (const asset of STABLECOINS) {
      settle(asset, { price: new Money(1), source: `${asset} ${PAR_SOURCE}`, at: o.now })
      spread()
    }
  }
  for (const asset of ANCHORS) settle(asset, o.fallback(asset))
  return anchors
}

function throughAnchor(o: { asset: string; markets: Markets; anchors: Map<string, Quote> }): Quote | null {
  for (const anchor of ANCHORS) {
    if (anchor === o.asset) continue
    const anchorQuote = o.anchors.get(anchor)
    const leg = anchorQuote && o.markets(o.asset, anchor)
    if (leg) return chain(leg, anchorQuote)
  }
  return null
}

/** True if a price rests on a stablecoin that was counted as one dollar. */
export function restsOnPar(source: string): boolean {
  return source.endsWith(PAR_SOURCE)
}

/** True for an exchange whose prices are made up: they value its own wallets and nothing else. */
export function isSimulated(exchangeId: string): boolean {
  return exchangeId === 'paper'
}
