/**
 * Assets that are the same thing at every exchange, so that one exchange's price may value them at another.
 *
 * A ticker is not an asset: NEIRO at one exchange and NEIRO at another differed by a factor of 111. Listed here is
 * only money (currencies of states and stablecoins) and coins that have held their ticker for years, by ccxt's
 * unified code, which already tells apart what exchanges name differently (`commonCurrencies`, ccxt 4.5). No
 * memecoins, no wrapped or renamed coins, and none of which two are traded under one code. Whatever is not
 * listed has no price but that of its own exchange.
 *
 * To add one: it is the native coin of its own network or has one contract of record, it is traded at several
 * exchanges, and `commonCurrencies` of no exchange gives its code to another coin; if one does, name that
 * exchange in `otherCoins`.
 */

/** Stablecoins of the US dollar, in the order in which one of them stands in for it where none has a market in USD. */
export const stablecoins = ['USDT', 'USDC', 'FDUSD', 'DAI', 'PYUSD'] as const

/** Currencies of states other than USD, by ISO 4217. */
export const stateCurrencies = [
  ...['EUR', 'GBP', 'JPY', 'CHF', 'AUD', 'CAD', 'NZD', 'SGD', 'HKD', 'KRW', 'INR', 'IDR', 'THB', 'PHP'],
  ...['TRY', 'BRL', 'MXN', 'ARS', 'COP', 'ZAR', 'PLN', 'CZK', 'SEK', 'NOK', 'DKK', 'UAH', 'AED', 'ILS'],
] as const

const coins = [
  ...['BTC', 'ETH', 'SOL', 'XRP', 'BNB', 'ADA', 'TRX', 'AVAX', 'DOT', 'LTC', 'BCH', 'LINK', 'XLM', 'ATOM'],
  ...['ETC', 'XMR', 'NEAR', 'ALGO', 'FIL', 'HBAR', 'ICP', 'VET', 'XTZ', 'AAVE', 'UNI', 'MKR', 'ZEC', 'DASH'],
  ...['NEO', 'QTUM', 'IOTA', 'KSM', 'EGLD', 'CRV', 'SNX', 'XEC', 'ZIL', 'BAT', 'YFI', 'DCR', 'RVN', 'TON'],
] as const

/** The same everywhere, but for `otherCoins`. */
const shared: ReadonlySet<string> = new Set(['USD', ...stablecoins, ...stateCurrencies, ...coins])

/**
 * Exchanges whose own ticker is another coin than the one listed under that code. ccxt renames these, and a later
 * version might not: their prices and their holdings stay among themselves.
 */
const otherCoins: Record<string, readonly string[]> = {
  // Tokamak Network; Toncoin is not called TON there.
  upbit: ['TON'],
}

/** True if this code at this exchange means the asset that it means at other exchanges. */
export function isSharedAsset(o: { exchangeId: string; asset: string }): boolean {
  return shared.has(o.asset) && !otherCoins[o.exchangeId]?.includes(o.asset)
}

/** The codes that are the same everywhere, in the order of the list. */
export const sharedAssets: readonly string[] = [...shared]
