import { Decimal } from 'decimal.js'
import { ASSETS, CROSSES, type CrossProfile, USDT } from './catalog.ts'

/** A pair that trades here, with the rules that its orders keep to. */
export interface Market {
  symbol: string
  base: string
  quote: string
  priceDecimals: number
  quantityDecimals: number
  /** Smallest step of a price. */
  tickSize: Decimal
  /** Smallest step of a quantity. */
  lotSize: Decimal
  maxPrice: Decimal
  maxQuantity: Decimal
  maxMarketQuantity: Decimal
  /** Least and greatest price times quantity of an order. */
  minNotional: Decimal
  maxNotional: Decimal
  /** Usual volume of a day, in USDT. */
  dailyVolume: number
}

/** Decimal places of every amount: an asset is never split finer here. */
export const AMOUNT_DECIMALS = 8

const MIN_NOTIONAL: Record<string, string> = { BTC: '0.0001', ETH: '0.001' }
const MAX_NOTIONAL: Record<string, string> = { BTC: '100', ETH: '2500' }

function createMarket(pair: CrossProfile): Market {
  const maxQuantity = new Decimal(90_000_000_000).div(Decimal.pow(10, pair.quantityDecimals))
  return {
    symbol: pair.base + pair.quote,
    base: pair.base,
    quote: pair.quote,
    priceDecimals: pair.priceDecimals,
    quantityDecimals: pair.quantityDecimals,
    tickSize: Decimal.pow(10, -pair.priceDecimals),
    lotSize: Decimal.pow(10, -pair.quantityDecimals),
    maxPrice: new Decimal(100_000_000).div(Decimal.pow(10, pair.priceDecimals)),
    maxQuantity,
    maxMarketQuantity: maxQuantity.div(4),
    minNotional: new Decimal(MIN_NOTIONAL[pair.quote] ?? '5'),
    maxNotional: new Decimal(MAX_NOTIONAL[pair.quote] ?? '9000000'),
    dailyVolume: pair.dailyVolume,
  }
}

/** Every pair of the exchange, those against USDT first. */
export const MARKETS: readonly Market[] = [
  ...ASSETS.map((asset) => createMarket({ ...asset, base: asset.asset, quote: USDT.asset })),
  ...CROSSES.map(createMarket),
]

const BY_SYMBOL = new Map(MARKETS.map((market) => [market.symbol, market]))

/** The market of that symbol, or undefined. */
export function findMarket(symbol: string): Market | undefined {
  return BY_SYMBOL.get(symbol)
}

/** The exact price of so many ticks. */
export function priceOf(market: Market, ticks: number): Decimal {
  return new Decimal(ticks).mul(market.tickSize)
}

/** The exact quantity of so many lots. */
export function quantityOf(market: Market, lots: number): Decimal {
  return new Decimal(lots).mul(market.lotSize)
}

/** A price, quantity or amount as Binance writes it: plain, with eight decimal places. */
export function formatAmount(amount: Decimal): string {
  return amount.toFixed(AMOUNT_DECIMALS, Decimal.ROUND_DOWN)
}
