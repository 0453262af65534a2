import { type CcxtExchange, callEndpoint } from './ccxt.ts'
import { isReadOnlyAtCoinspot } from './coinspot-account.ts'
import { dialectOf } from './error-codes.ts'
import { at, isRecord, listOf, textOf } from './json.ts'
import type { Iso, Rights, Tri } from './types.ts'

/** Nothing known: the state of every right until an exchange states otherwise. */
export const unverifiedRights: Rights = {
  read: 'unverified',
  trade: 'unverified',
  withdraw: 'unverified',
  transfer: 'unverified',
  ipRestricted: 'unverified',
  expiresAt: null,
}

type Stated = Partial<Rights>

/** Only a plain true or false counts. */
function ofFlag(value: unknown): Tri {
  if (value === true || value === 'true') return 'yes'
  if (value === false || value === 'false') return 'no'
  return 'unverified'
}

function any(...rights: Tri[]): Tri {
  if (rights.includes('yes')) return 'yes'
  return rights.includes('unverified') ? 'unverified' : 'no'
}

/** Whether any of the scopes is granted; "no" only if every granted scope is one that we know. */
function ofScopes(options: { granted: string[] | null; known: string[]; wanted: string[] }): Tri {
  const { granted, known, wanted } = options
  if (granted === null) return 'unverified'
  if (wanted.some((scope) => granted.includes(scope))) return 'yes'
  return granted.every((scope) => known.includes(scope)) ? 'no' : 'unverified'
}

function namesIn(text: unknown): string[] | null {
  if (typeof text !== 'string') return null
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function stringsIn(list: unknown): string[] | null {
  return Array.isArray(list) && list.every((name) => typeof name === 'string') ? list : null
}

/** A key that was accepted has at least one scope: a list of none is one that we cannot read. */
function atLeastOne(scopes: string[] | null): string[] | null {
  return scopes === null || scopes.length === 0 ? null : scopes
}

/** "yes" if addresses are listed, "no" if the list is there and empty or open to all. */
function ofAddresses(addresses: string[] | null): Tri {
  if (addresses === null) return 'unverified'
  return addresses.filter((address) => !['*', '0.0.0.0', ''].includes(address)).length > 0 ? 'yes' : 'no'
}

/** A time as text, or as milliseconds or seconds in digits; null for none, zero and nonsense. */
function timeOf(value: unknown): Iso | null {
  const text = textOf(value)
  if (text === null || /^0+$/.test(text)) return null
  const digits = /^\d+$/.test(text) ? Number(text) : null
  const date = new Date(digits === null ? text : digits < 1e11 ? digits * 1000 : digits)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

function ofBinance(json: unknown): Stated {
  const flag = (name: string): Tri => ofFlag(at(json, name))
  return {
    trade: any(flag('enableSpotAndMarginTrading'), flag('enableFutures'), flag('enableMargin')),
    withdraw: flag('enableWithdrawals'),
    transfer: any(flag('permitsUniversalTransfer'), flag('enableInternalTransfer')),
    ipRestricted: flag('ipRestrict'),
    expiresAt: timeOf(at(json, 'tradingAuthorityExpirationTime')),
  }
}

function ofBybit(json: unknown): Stated {
  const result = at(json, 'result')
  const wallet = stringsIn(at(result, 'permissions', 'Wallet'))
  const known = ['AccountTransfer', 'SubMemberTransfer', 'SubMemberTransferList', 'Withdraw']
  const readOnly = at(result, 'readOnly')
  const scopes = ['Spot', 'ContractTrade', 'Options', 'Derivatives'].map((name) =>
    at(result, 'permissions', name),
  )
  const trades = scopes.some((scope) => listOf(scope).length > 0)
  return {
    trade:
      readOnly === '1'
        ? 'no'
        : readOnly !== '0' || !scopes.some(Array.isArray)
          ? 'unverified'
          : trades
            ? 'yes'
            : 'no',
    withdraw: ofScopes({ granted: wallet, known, wanted: ['Withdraw'] }),
    transfer: ofScopes({ granted: wallet, known, wanted: ['AccountTransfer', 'SubMemberTransfer'] }),
    ipRestricted: ofAddresses(stringsIn(at(result, 'ips'))),
    expiresAt: timeOf(at(result, 'expiredAt')),
  }
}

function ofOkx(json: unknown): Stated {
  const account = at(json, 'data', 0)
  const granted = atLeastOne(namesIn(at(account, 'perm')))
  const known = ['read_only', 'trade', 'withdraw']
  return {
    trade: ofScopes({ granted, known, wanted: ['trade'] }),
    withdraw: ofScopes({ granted, known, wanted: ['withdraw'] }),
    // OKX lets a trading key move funds between the person's own accounts.
    transfer: ofScopes({ granted, known, wanted: ['trade', 'withdraw'] }),
    ipRestricted: ofAddresses(namesIn(at(account, 'ip'))),
  }
}

function ofKucoin(json: unknown): Stated {
  const granted = atLeastOne(namesIn(at(json, 'data', 'permission')))
  const trading = ['Trade', 'Spot', 'Margin', 'Futures']
  const moving = ['Transfer', 'Withdrawal', 'InnerTransfer', 'FlexTransfers']
  const known = ['General', 'Earn', ...trading, ...moving]
  return {
    trade: ofScopes({ granted, known, wanted: trading }),
    withdraw: ofScopes({ granted, known, wanted: ['Transfer', 'Withdrawal'] }),
    transfer: ofScopes({ granted, known, wanted: moving }),
    ipRestricted: ofAddresses(namesIn(at(json, 'data', 'ipWhitelist'))),
    expiresAt: timeOf(at(json, 'data', 'expiredAt')),
  }
}

function ofKraken(json: unknown): Stated {
  const result = at(json, 'result')
  const granted = atLeastOne(stringsIn(at(result, 'permissions')))
  const trading = ['modify-trades', 'close-trades']
  const known = [
    'query-funds',
    'add-funds',
    'earn-funds',
    'withdraw-funds',
    'query-open-trades',
    'query-closed-trades',
    'query-ledger',
    'export-data',
    'access-websockets',
    ...trading,
  ]
  const withdraw = ofScopes({ granted, known, wanted: ['withdraw-funds'] })
  return {
    trade: ofScopes({ granted, known, wanted: trading }),
    withdraw,
    // Kraken's transfer between its own wallets wants the right to withdraw.
    transfer: withdraw,
    ipRestricted: ofAddresses(stringsIn(at(result, 'ipAllowlist'))),
    expiresAt: timeOf(at(result, 'validUntil')),
  }
}

function ofCoinbase(json: unknown): Stated {
  const transfer = ofFlag(at(json, 'can_transfer'))
  return { trade: ofFlag(at(json, 'can_trade')), withdraw: transfer, transfer }
}

/** Gate lists all keys of the account; with one key it may state just that one. */
function ownGateKey(json: unknown, exchange: CcxtExchange): unknown {
  return Array.isArray(json) ? json.find((key) => at(key, 'key') === exchange.apiKey) : json
}

function ofGate(json: unknown, exchange: CcxtExchange): Stated {
  const own = ownGateKey(json, exchange)
  const perms = at(own, 'perms')
  const writes = (names: string[]): Tri => {
    const found = listOf(perms).filter((perm) => names.includes(String(at(perm, 'name'))))
    // An absent product is not verified to mean that it is denied.
    if (found.length === 0) return 'unverified'
    const readOnly = found.map((perm) => ofFlag(at(perm, 'read_only')))
    return readOnly.includes('no') ? 'yes' : readOnly.includes('unverified') ? 'unverified' : 'no'
  }
  return {
    trade: writes(['spot', 'margin', 'futures', 'delivery', 'options', 'unified']),
    withdraw: writes(['wallet']),
    transfer: writes(['wallet']),
    ipRestricted: ofAddresses(stringsIn(at(own, 'ip_whitelist'))),
  }
}

function ofBitget(json: unknown): Stated {
  const authorities = stringsIn(at(json, 'data', 'authorities'))
  // Its codes are not documented well enough to believe an absence.
  const withdraws = authorities?.some((code) => code === 'wwow' || /withdraw/i.test(code)) ?? false
  return {
    withdraw: withdraws ? 'yes' : 'unverified',
    ipRestricted: ofAddresses(namesIn(at(json, 'data', 'ips'))),
  }
}

function ofBitfinex(json: unknown): Stated {
  const writes = (scope: string): Tri => {
    const row = listOf(json).find((entry) => at(entry, 0) === scope)
    const flag = at(row, 2)
    return flag === '1' ? 'yes' : flag === '0' ? 'no' : 'unverified'
  }
  return { trade: writes('orders'), withdraw: writes('withdraw'), transfer: writes('wallets') }
}

interface RightsCall {
  endpoint: string
  read: (json: unknown, exchange: CcxtExchange) => Stated
  /** Where the same answer names the account, if it does. */
  account?: (json: unknown, exchange: CcxtExchange) => unknown
}

/** By dialect. MEXC's answer looks like the account's rights and not the key's, so it is not asked. */
const calls: Record<string, RightsCall> = {
  binance: { endpoint: 'sapiGetAccountApiRestrictions', read: ofBinance },
  bybit: {
    endpoint: 'privateGetV5UserQueryApi',
    read: ofBybit,
    account: (json) => at(json, 'result', 'userID'),
  },
  okx: {
    endpoint: 'privateGetAccountConfig',
    read: ofOkx,
    account: (json) => at(json, 'data', 0, 'uid'),
  },
  kucoin: {
    endpoint: 'privateGetUserApiKey',
    read: ofKucoin,
    account: (json) => at(json, 'data', 'uid'),
  },
  kraken: {
    endpoint: 'privatePostGetApiKeyInfo',
    read: ofKraken,
    account: (json) => at(json, 'result', 'iban'),
  },
  // A key of Coinbase sees one portfolio of the person's, and that is what a wallet shows.
  coinbase: {
    endpoint: 'v3PrivateGetBrokerageKeyPermissions',
    read: ofCoinbase,
    account: (json) => at(json, 'portfolio_uuid'),
  },
  gate: {
    endpoint: 'privateAccountGetMainKeys',
    read: ofGate,
    account: (json, exchange) => at(ownGateKey(json, exchange), 'user_id'),
  },
  bitget: {
    endpoint: 'privateSpotGetV2SpotAccountInfo',
    read: ofBitget,
    account: (json) => at(json, 'data', 'userId'),
  },
  bitfinex: { endpoint: 'privatePostAuthRPermissions', read: ofBitfinex },
}

/** What an exchange says about a key. */
export interface StatedKey {
  rights: Rights
  /** See `KeyCheck.accountId`. */
  accountId: string | null
}

const nothingStated: StatedKey = { rights: unverifiedRights, accountId: null }

/** An id as digits or text; a zero, as some exchanges give for "none", is no account. */
function idOf(value: unknown): string | null {
  const text = textOf(value)?.trim() ?? ''
  return text === '' || /^0+$/.test(text) ? null : text
}

/**
 * What the exchange says that the key may do, but for `read`, which only reading proves; and whose it is, where
 * the same answer tells.
 *
 * A right is "yes" or "no" only where the exchange states it in the form that it documents; a missing field
 * or a scope that we do not know is "unverified". Throws what the call throws.
 */
export async function readRights(exchange: CcxtExchange): Promise<StatedKey> {
  if (isReadOnlyAtCoinspot(exchange)) {
    const no = { trade: 'no', withdraw: 'no', transfer: 'no' } as const
    return { ...nothingStated, rights: { ...unverifiedRights, ...no } }
  }
  const call = calls[dialectOf(exchange.id)]
  // A site that speaks another one's language need not have all of its calls.
  if (call === undefined || typeof Reflect.get(exchange, call.endpoint) !== 'function') return nothingStated
  const json = await callEndpoint({ exchange, endpoint: call.endpoint, params: {} })
  if (!isRecord(json) && !Array.isArray(json)) return nothingStated
  return {
    rights: { ...unverifiedRights, ...call.read(json, exchange) },
    accountId: idOf(call.account?.(json, exchange)),
  }
}

/** The account as the answer about its balances names it: Binance gives its user id there. */
export function accountIdInBalances(exchange: CcxtExchange, json: unknown): string | null {
  return dialectOf(exchange.id) === 'binance' ? idOf(at(json, 'uid')) : null
}
