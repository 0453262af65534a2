import type { Ticker } from '@opentrade/exchange'
import { Money, parseMoney } from './money.ts'

/** A price and how it came about. */
export interface Quote {
  price: Money
  /** The path in words, such as `binance BTC/USDT × kraken USDT/USD`. */
  source: string
  /** The oldest of the prices on the path. */
  at: Date
  /** True if it rests on a stablecoin that was counted as one dollar. */
  restsOnPar: boolean
  /** True if a part of it is what another exchange said before. */
  isRemembered: boolean
}

/** What one exchange says in one market. */
export interface MarketPrice {
  base: string
  quote: string
  price: Money
  at: Date
}

/** The markets of one exchange as steps of a path. */
export interface Markets {
  /** What one unit of an asset costs in another, by their market, whichever way round it is. */
  quote: (asset: string, inAsset: string) => Quote | null
  /** True if any market trades it, as base or as quote. */
  has: (asset: string) => boolean
  all: () => Iterable<MarketPrice>
}

/** Beyond these, a price is a fault of the feed and not a price. */
const GREATEST_PRICE = new Money('1e15')
const LEAST_PRICE = new Money('1e-18')

/** A market that has not traded for so long while others did is dead, and its last price means nothing. */
const DEAD_AFTER_MS = 24 * 3_600_000

interface Listing {
  exchangeId: string
  tickers: readonly Ticker[]
  now: Date
}

/** All wallets at an exchange are valued by one answer of it for a while: it is read once. */
const read = new WeakMap<readonly Ticker[], { exchangeId: string; markets: Markets }>()

/**
 * Reads the tickers of one exchange into its markets. Prices that are no numbers, zero, negative or absurd
 * are left out, and so are dead markets. Of two tickers for one pair the spot market's (its symbol is the
 * pair) wins, then the newer, then the smaller symbol: the order of the tickers has no say.
 */
export function readMarkets(o: Listing): Markets {
  const known = read.get(o.tickers)
  if (known?.exchangeId === o.exchangeId) return known.markets
  const markets = marketsOf(o)
  read.set(o.tickers, { exchangeId: o.exchangeId, markets })
  return markets
}

function marketsOf(o: Listing): Markets {
  const newest = newestOf(o)
  const pairs = new Map<string, Ticker & { value: Money }>()
  const assets = new Set<string>()
  for (const ticker of o.tickers) {
    const value = readPrice(ticker.price)
    const at = Date.parse(ticker.at)
    if (!value || Number.isNaN(at) || newest - at > DEAD_AFTER_MS || ticker.base === ticker.quote) continue
    const pair = pairOf(ticker.base, ticker.quote)
    const rival = pairs.get(pair)
    if (!rival || isBetter({ ticker, rival, pair })) pairs.set(pair, { ...ticker, value })
    assets.add(ticker.base).add(ticker.quote)
  }
  return {
    quote(asset, inAsset) {
      const direct = pairs.get(pairOf(asset, inAsset))
      if (direct) return quoteOf({ ...o, market: toMarketPrice(direct), asset })
      const inverse = pairs.get(pairOf(inAsset, asset))
      return inverse ? quoteOf({ ...o, market: toMarketPrice(inverse), asset }) : null
    },
    has: (asset) => assets.has(asset),
    *all() {
      for (const ticker of pairs.values()) yield toMarketPrice(ticker)
    },
  }
}

/** What a market says of one of its two assets, in the other. */
export function quoteOf(o: { exchangeId: string; market: MarketPrice; asset: string }): Quote {
  const { base, quote, price, at } = o.market
  const pair = pairOf(base, quote)
  const isDirect = o.asset === base
  return {
    price: isDirect ? price : new Money(1).div(price),
    source: `${o.exchangeId} ${isDirect ? pair : `1/(${pair})`}`,
    at,
    restsOnPar: false,
    isRemembered: false,
  }
}

/** One leg after the other. The exchange is named once if both are at the same. */
export function chain(first: Quote, second: Quote): Quote {
  const [venue = ''] = first.source.split(' ', 1)
  const rest = second.source.startsWith(`${venue} `) ? second.source.slice(venue.length + 1) : second.source
  return {
    price: first.price.times(second.price),
    source: `${first.source} × ${rest}`,
    at: new Date(Math.min(first.at.getTime(), second.at.getTime())),
    restsOnPar: first.restsOnPar || second.restsOnPar,
    isRemembered: first.isRemembered || second.isRemembered,
  }
}

function toMarketPrice(ticker: Ticker & { value: Money }): MarketPrice {
  return { base: ticker.base, quote: ticker.quote, price: ticker.value, at: new Date(ticker.at) }
}

/** The newest time of all tickers; one from the future counts as now, or it would make the others look dead. */
function newestOf({ tickers, now }: { tickers: readonly Ticker[]; now: Date }): number {
  return tickers.reduce((newest, { at }) => Math.max(newest, Math.min(Date.parse(at) || 0, now.getTime())), 0)
}

function pairOf(base: string, quote: string): string {
  return `${base}/${quote}`
}

function readPrice(text: string): Money | null {
  const price = parseMoney(text)
  if (!price || price.lt(LEAST_PRICE) || price.gt(GREATEST_PRICE)) return null
  return price
}

function isBetter(o: { ticker: Ticker; rival: Ticker; pair: string }): boolean {
  const { ticker, rival, pair } = o
  if ((ticker.symbol === pair) !== (rival.symbol === pair)) return ticker.symbol === pair
  const newer = Date.parse(ticker.at) - Date.parse(rival.at)
  if (newer !== 0) return newer > 0
  if (ticker.symbol !== rival.symbol) return ticker.symbol < rival.symbol
  return ticker.price < rival.price
}
