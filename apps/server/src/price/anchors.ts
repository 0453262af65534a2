import { stablecoins, stateCurrencies } from '@opentrade/exchange'

/** Stablecoins of the dollar: the first of them that no market measures counts as one dollar. */
export const STABLECOINS: readonly string[] = stablecoins

/** Currencies of states other than USD. */
export const STATE_CURRENCIES: readonly string[] = stateCurrencies

/** What swings against the dollar by the hour: an old price of these says nothing about money. */
export const VOLATILE: readonly string[] = ['BTC', 'ETH']

/** In what exchanges quote most of their markets besides USD, in the order in which they are preferred. */
const USUAL = ['USDT', 'USDC', 'BTC', 'ETH', 'EUR']

/** What an asset is priced through at its own exchange when it has no market in USD, in this order. */
export const ANCHORS: readonly string[] = [...new Set([...USUAL, ...STABLECOINS, ...STATE_CURRENCIES])]

/** Markets in these are kept for wallets at other exchanges. */
export const ROUTES: readonly string[] = ['USD', ...USUAL]
