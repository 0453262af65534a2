import { type CcxtExchange, callEndpoint } from './ccxt.ts'
import { dialectOf } from './error-codes.ts'
import { at, isRecord, listOf, textOf } from './json.ts'
import { type StatedHolding, statedHoldings, statesAmount } from './normalize.ts'
import { TransportError } from './transport-error.ts'

/** What reading one account type needs. */
interface ReadContext {
  exchange: CcxtExchange
  /** The last good answer of this exchange, parsed, as it came. */
  lastJson: () => unknown
}

/** How one account type of an exchange is read. The first of an exchange is its main one. */
export interface AccountType {
  accountType: string
  read(context: ReadContext): Promise<StatedHolding[]>
}

type Check = (json: unknown) => boolean

/** Throws unless the answer has the structure that the exchange documents: else it would read as zero. */
function requireStructure(json: unknown, check: Check): void {
  if (!check(json)) throw new TransportError('unknown-structure')
}

/** An account type that ccxt's fetchBalance reads with these parameters. */
function byCcxt(options: { accountType: string; params?: object; check: Check }): AccountType {
  const { accountType, params, check } = options
  return {
    accountType,
    async read({ exchange, lastJson }) {
      const balance: unknown = await exchange.fetchBalance({ ...params })
      requireStructure(lastJson(), check)
      return statedHoldings({ accountType, balance })
    },
  }
}

/** An account type that ccxt does not know: an endpoint, where its rows are, and the names in a row. */
function byEndpoint(options: {
  accountType: string
  endpoint: string
  params?: object
  rows: (json: unknown) => unknown
  asset: string | number
  free?: string | number
  used?: string | number
  debt?: string | number
}): AccountType {
  const { accountType, endpoint, params = {}, asset, free, used, debt } = options
  return {
    accountType,
    async read({ exchange }) {
      const json = await callEndpoint({ exchange, endpoint, params })
      const rows = options.rows(json)
      requireStructure(rows, Array.isArray)
      return listOf(rows).map((row) => ({
        accountType,
        asset: codeOf(exchange, at(row, asset)),
        free: free === undefined ? undefined : at(row, free),
        used: used === undefined ? undefined : at(row, used),
        debt: debt === undefined ? undefined : at(row, debt),
      }))
    },
  }
}

/** ccxt's common code of an asset. Throws if the exchange named none. */
function codeOf(exchange: CcxtExchange, id: unknown): string {
  const name = textOf(id)
  if (name === null) throw new TransportError('unknown-structure')
  return exchange.safeCurrencyCode(name) ?? name
}

const pageSize = 100
const mostPages = 20

/** Binance pages its savings: all rows of all pages. */
function binanceEarn(endpoint: string, amount: string): AccountType {
  return {
    accountType: 'earn',
    async read({ exchange }) {
      const rows: unknown[] = []
      for (let current = 1; current <= mostPages; current += 1) {
        const page = await callEndpoint({ exchange, endpoint, params: { current, size: pageSize } })
        requireStructure(at(page, 'rows'), Array.isArray)
        const more = listOf(at(page, 'rows'))
        rows.push(...more)
        if (more.length < pageSize) break
      }
      return rows.map((row) => ({
        accountType: 'earn',
        asset: codeOf(exchange, at(row, 'asset')),
        used: at(row, amount),
      }))
    },
  }
}

/** Coinbase pages its accounts; ccxt reads the first 250 only. */
const coinbaseSpot: AccountType = {
  accountType: 'spot',
  async read({ exchange }) {
    const accounts: unknown[] = []
    let cursor: string | null = ''
    for (let page = 0; cursor !== null && page < mostPages; page += 1) {
      const json = await callEndpoint({
        exchange,
        endpoint: 'v3PrivateGetBrokerageAccounts',
        params: cursor === '' ? { limit: 250 } : { limit: 250, cursor },
      })
      requireStructure(at(json, 'accounts'), Array.isArray)
      accounts.push(...listOf(at(json, 'accounts')))
      cursor = at(json, 'has_next') === true ? textOf(at(json, 'cursor')) : null
    }
    return accounts.map((account) => ({
      accountType: at(account, 'type') === 'ACCOUNT_TYPE_VAULT' ? 'vault' : 'spot',
      asset: codeOf(exchange, at(account, 'available_balance', 'currency') ?? at(account, 'currency')),
      free: at(account, 'available_balance', 'value'),
      used: at(account, 'hold', 'value'),
    }))
  },
}

const bitfinexWallets: Record<string, string> = { exchange: 'spot', margin: 'margin', funding: 'funding' }

/** Bitfinex states all wallets in one answer; ccxt keeps one kind of them. */
const bitfinexAll: AccountType = {
  accountType: 'spot',
  async read({ exchange }) {
    const rows = await callEndpoint({ exchange, endpoint: 'privatePostAuthRWallets' })
    requireStructure(rows, (json) => Array.isArray(json) && json.every(Array.isArray))
    return listOf(rows).map((row) => {
      const wallet = textOf(at(row, 0)) ?? 'exchange'
      return {
        accountType: bitfinexWallets[wallet] ?? wallet,
        asset: codeOf(exchange, at(row, 1)),
        total: at(row, 2),
        free: at(row, 4),
      }
    })
  },
}

function hasList(...path: (string | number)[]): Check {
  return (json) => Array.isArray(at(json, ...path))
}

const isList: Check = Array.isArray

/** A Gate account in unified mode answers every type with the same sum; it is read once, as 'unified'. */
function gateType(options: { accountType: string; params: object; check: Check }): AccountType {
  const { accountType, params, check } = options
  const isMain = accountType === 'spot'
  return {
    accountType,
    async read({ exchange, lastJson }) {
      if (!isMain && exchange.options.unifiedAccount === true) return []
      const balance: unknown = await exchange.fetchBalance({ ...params })
      const unified = exchange.options.unifiedAccount === true
      requireStructure(lastJson(), unified ? (json) => isRecord(at(json, 'balances')) : check)
      return statedHoldings({ accountType: unified ? 'unified' : accountType, balance })
    },
  }
}

const byDialect: Record<string, AccountType[]> = {
  binance: [
    byCcxt({ accountType: 'spot', params: { type: 'spot' }, check: hasList('balances') }),
    byCcxt({ accountType: 'funding', params: { type: 'funding' }, check: isList }),
    binanceEarn('sapiGetSimpleEarnFlexiblePosition', 'totalAmount'),
    binanceEarn('sapiGetSimpleEarnLockedPosition', 'amount'),
    byCcxt({ accountType: 'margin', params: { type: 'margin' }, check: hasList('userAssets') }),
    byCcxt({ accountType: 'isolated-margin', params: { marginMode: 'isolated' }, check: hasList('assets') }),
  ],
  bybit: [
    byCcxt({ accountType: 'trading', params: { type: 'spot' }, check: hasList('result', 'list') }),
    byCcxt({ accountType: 'funding', params: { type: 'funding' }, check: hasList('result', 'balance') }),
    byEndpoint({
      accountType: 'earn',
      endpoint: 'privateGetV5EarnPosition',
      params: { category: 'FlexibleSaving' },
      rows: (json) => at(json, 'result', 'list'),
      asset: 'coin',
      used: 'amount',
    }),
  ],
  okx: [
    byCcxt({ accountType: 'trading', check: hasList('data', 0, 'details') }),
    byCcxt({ accountType: 'funding', params: { type: 'funding' }, check: hasList('data') }),
    byEndpoint({
      accountType: 'earn',
      endpoint: 'privateGetFinanceSavingsBalance',
      rows: (json) => at(json, 'data'),
      asset: 'ccy',
      used: 'amt',
    }),
  ],
  kucoin: [
    byCcxt({
      accountType: 'spot',
      params: { type: 'spot' },
      check: (json) => isRecord(at(json, 'data')) || hasList('data')(json),
    }),
    byCcxt({
      accountType: 'funding',
      params: { type: 'main' },
      check: (json) => isRecord(at(json, 'data')) || hasList('data')(json),
    }),
    // ccxt leaves what is owed out of a cross margin account.
    byEndpoint({
      accountType: 'margin',
      endpoint: 'privateGetMarginAccount',
      rows: (json) => at(json, 'data', 'accounts'),
      asset: 'currency',
      free: 'availableBalance',
      used: 'holdBalance',
      debt: 'liability',
    }),
    byCcxt({
      accountType: 'isolated-margin',
      params: { marginMode: 'isolated' },
      check: (json) => isRecord(at(json, 'data')) || hasList('data')(json),
    }),
  ],
  kraken: [byCcxt({ accountType: 'spot', check: (json) => isRecord(at(json, 'result')) })],
  coinbase: [coinbaseSpot],
  gate: [
    gateType({ accountType: 'spot', params: { type: 'spot' }, check: isList }),
    gateType({
      accountType: 'isolated-margin',
      params: { type: 'spot', marginMode: 'isolated' },
      check: isList,
    }),
    gateType({ accountType: 'funding', params: { type: 'funding' }, check: isList }),
    byEndpoint({
      accountType: 'earn',
      endpoint: 'privateEarnGetUniLends',
      rows: (json) => json,
      asset: 'currency',
      used: 'amount',
    }),
  ],
  bitget: [
    byCcxt({ accountType: 'spot', params: { type: 'spot' }, check: hasList('data') }),
    byEndpoint({
      accountType: 'funding',
      endpoint: 'privateSpotGetV2AccountFundingAssets',
      rows: (json) => at(json, 'data'),
      asset: 'coin',
      free: 'available',
      used: 'frozen',
    }),
    byEndpoint({
      accountType: 'earn',
      endpoint: 'privateEarnGetV2EarnAccountAssets',
      rows: (json) => at(json, 'data'),
      asset: 'coin',
      used: 'amount',
    }),
    byCcxt({ accountType: 'margin', params: { marginMode: 'cross' }, check: hasList('data') }),
    byCcxt({ accountType: 'isolated-margin', params: { marginMode: 'isolated' }, check: hasList('data') }),
  ],
  bitfinex: [bitfinexAll],
  mexc: [byCcxt({ accountType: 'spot', params: { type: 'spot' }, check: hasList('balances') })],
  hyperliquid: [
    byCcxt({ accountType: 'trading', params: { type: 'swap' }, check: hasList('assetPositions') }),
    byCcxt({ accountType: 'spot', params: { type: 'spot' }, check: hasList('balances') }),
  ],
}

/** Words under which exchanges put what went wrong: they are no account. */
const notAccounts = /^(error|errors|message|msg|status|code|success|path|timestamp)$/i

function holdsStructure(json: unknown): boolean {
  if (Array.isArray(json)) return true
  if (!isRecord(json)) return false
  return Object.entries(json).some(
    ([key, part]) => !notAccounts.test(key) && typeof part === 'object' && part !== null,
  )
}

/** An exchange of which we know no more than ccxt: its default account, in any structure that can hold one. */
function unknownExchange(exchange: CcxtExchange): AccountType[] {
  const accountType = exchange.has.spot === true ? 'spot' : 'trading'
  return [
    {
      accountType,
      async read({ lastJson }) {
        const balance: unknown = await exchange.fetchBalance()
        const holdings = statedHoldings({ accountType, balance })
        requireStructure(
          lastJson(),
          (json) => (isRecord(json) && holdings.some(statesAmount)) || holdsStructure(json),
        )
        return holdings
      },
    },
  ]
}

/** The futures-only classes of an exchange whose table above is about its other accounts. */
const ownTableOnly = new Set([
  'binanceusdm',
  'binancecoinm',
  'kucoinfutures',
  'aster',
  'toobit',
  'tokocrypto',
])

/** Every account type that an exchange offers, its main one first. */
export function accountTypesOf(options: { exchangeId: string; exchange: CcxtExchange }): AccountType[] {
  const { exchangeId, exchange } = options
  const known = ownTableOnly.has(exchange.id) ? undefined : byDialect[dialectOf(exchange.id)]
  if (known === undefined) return unknownExchange(exchange)
  if (exchange.id === 'binanceus') return known.filter(({ accountType }) => accountType === 'spot')
  // The paper exchange lends nothing.
  return exchangeId === 'paper' ? known.filter(({ accountType }) => !accountType.includes('margin')) : known
}
