import { Decimal } from 'decimal.js'
import { findMarket, priceOf } from './market/markets.ts'
import type { Balance } from './store/balances.ts'
import type { Venue } from './venue.ts'

/** What a balance is worth in BTC; 0 for an asset without a market, as Binance has it. */
export function bitcoinValue(o: { venue: Venue; balance: Balance; now: number }): Decimal {
  const { venue, balance, now } = o
  const amount = balance.free.plus(balance.locked)
  const bitcoin = usdtPrice(venue, 'BTC', now)
  const price = usdtPrice(venue, balance.asset, now)
  return bitcoin && price ? amount.mul(price).div(bitcoin) : new Decimal(0)
}

/** The price of an asset in USDT, or null when it has no market or no price. */
export function usdtPrice(venue: Venue, asset: string, now: number): Decimal | null {
  if (asset === 'USDT') return new Decimal(1)
  const market = findMarket(`${asset}USDT`)
  const last = market && venue.source.last(market, now)
  return market && last ? priceOf(market, last.ticks) : null
}
