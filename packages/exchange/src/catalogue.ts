import entries from './catalogue.json' with { type: 'json' }
import { credentialFields } from './credential-fields.ts'
import type { CredentialField, ExchangeInfo } from './types.ts'

/**
 * Where an exchange makes API keys, for those that have one stable address. The rest send the person to
 * their website.
 */
const keysUrls: Record<string, string> = {
  binance: 'https://www.binance.com/en/my/settings/api-management',
  binanceus: 'https://www.binance.us/settings/api-management',
  bitfinex: 'https://setting.bitfinex.com/api',
  bitget: 'https://www.bitget.com/account/newapi',
  bitstamp: 'https://www.bitstamp.net/settings/api/',
  bitvavo: 'https://account.bitvavo.com/user/api',
  bybit: 'https://www.bybit.com/app/user/api-management',
  coinbase: 'https://portal.cdp.coinbase.com/projects/api-keys',
  coinex: 'https://www.coinex.com/en/apikey',
  cryptocom: 'https://crypto.com/exchange/user/settings/api-management',
  deribit: 'https://www.deribit.com/account/BTC/api',
  gate: 'https://www.gate.com/myaccount/api_key_manage',
  gemini: 'https://exchange.gemini.com/settings/api',
  htx: 'https://www.htx.com/en-us/apikey/',
  hyperliquid: 'https://app.hyperliquid.xyz/API',
  kraken: 'https://www.kraken.com/u/security/api',
  kucoin: 'https://www.kucoin.com/account/api',
  mexc: 'https://www.mexc.com/user/openapi',
  okx: 'https://www.okx.com/account/my-api',
  whitebit: 'https://whitebit.com/settings/api',
}

/**
 * Every exchange that ccxt can read balances of, sorted by name.
 *
 * It comes from catalogue.json, which scripts/write-catalogue.ts makes from ccxt and a test compares with
 * it, so that a process that only lists exchanges need not load ccxt.
 */
export function listExchanges(): ExchangeInfo[] {
  return entries.map((entry) => ({
    exchangeId: entry.ccxtId,
    exchangeName: entry.name,
    ccxtId: entry.ccxtId,
    requiredCredentials: credentialFields({
      exchangeId: entry.ccxtId,
      required: Object.fromEntries(entry.required.map((name) => [name, true])),
    }),
    website: entry.website,
    docs: entry.docs,
    keysUrl: keysUrls[entry.ccxtId] ?? null,
  }))
}

/** Our own simulated exchange. It speaks Binance's API at the base URL that its process announces. */
export const paperExchange: ExchangeInfo = {
  exchangeId: 'paper',
  exchangeName: 'Paper exchange',
  ccxtId: 'binance',
  requiredCredentials: credentialFields({ exchangeId: 'paper', required: { apiKey: true, secret: true } }),
  website: null,
  docs: null,
  keysUrl: null,
}

const names = new Map(entries.map((entry) => [entry.ccxtId, entry.name]))

/** The exchange's name as people know it, for the middle of a sentence. */
export function exchangeName(exchangeId: string): string {
  if (exchangeId === paperExchange.exchangeId) return 'the paper exchange'
  return names.get(exchangeId) ?? exchangeId
}

const required = new Map(entries.map((entry) => [entry.ccxtId, entry.required]))

/** The fields that an account at this exchange needs. Throws TypeError for a class that ccxt does not have. */
export function fieldsOf(exchangeId: string, ccxtId: string): CredentialField[] {
  const names = required.get(ccxtId)
  if (names === undefined) throw new TypeError(`There is no exchange "${ccxtId}"`)
  return credentialFields({ exchangeId, required: Object.fromEntries(names.map((name) => [name, true])) })
}
