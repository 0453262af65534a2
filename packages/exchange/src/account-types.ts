import { always, coinspotLayout, difference, either, layouts, single, sumIn } from './account-places.ts'
import {
  type AccountType,
  byAnswer,
  byEndpoint,
  holdingsIn,
  type Name,
  optional,
  type RowNames,
  rowsAt,
} from './account-readers.ts'
import { type CcxtExchange, callEndpoint } from './ccxt.ts'
import { coinspotSpot } from './coinspot-account.ts'
import { dialectOf } from './error-codes.ts'
import { htxType } from './htx-accounts.ts'
import { at, isRecord, textOf } from './json.ts'
import type { StatedHolding } from './normalize.ts'
import { TransportError } from './transport-error.ts'
import {
  bitgetTypes,
  gateFutures,
  gateIsolated,
  gateType,
  hyperliquidTypes,
  kucoinFutures,
  kucoinTypes,
} from './unified-accounts.ts'

const flexiblePositions = 'sapiGetSimpleEarnFlexiblePosition'
const pageSize = 100
const mostPages = 20

/** Binance pages its savings: all rows of all pages. Flexible ones stand a second time among the spot balances. */
function binanceEarn(endpoint: string, amount: string): AccountType {
  const accountType = 'earn'
  return {
    accountType,
    async read({ exchange }) {
      const rows: unknown[] = []
      for (let current = 1; current <= mostPages; current += 1) {
        const page = await callEndpoint({ exchange, endpoint, params: { current, size: pageSize } })
        const more = rowsAt(page, 'rows[]')
        rows.push(...more)
        if (more.length < pageSize) break
        // What is on further pages must not pass for nothing.
        if (current === mostPages) throw new TransportError('too-large')
      }
      const holdings = holdingsIn({ exchange, accountType, rows, names: { asset: 'asset', used: amount } })
      const isFlexible = endpoint === flexiblePositions
      return isFlexible ? holdings : holdings.map((holding) => ({ ...holding, priceAsset: holding.asset }))
    },
  }
}

/** The margin of Binance's futures, with what open positions have won or lost. */
function binanceFutures(accountType: string, endpoint: string): AccountType {
  return byEndpoint({
    accountType,
    endpoint,
    place: 'assets[]',
    asset: 'asset',
    total: 'marginBalance',
    free: 'availableBalance',
  })
}

/** Rows of one answer that are of several account types. */
function byKind(options: {
  exchange: CcxtExchange
  rows: unknown[]
  names: RowNames
  kindOf: (row: unknown) => string
}): StatedHolding[] {
  const { exchange, rows, names, kindOf } = options
  const kinds = [...new Set(rows.map(kindOf))]
  return kinds.flatMap((accountType) =>
    holdingsIn({ exchange, accountType, rows: rows.filter((row) => kindOf(row) === accountType), names }),
  )
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
      accounts.push(...rowsAt(json, 'accounts[]'))
      cursor = at(json, 'has_next') === true ? textOf(at(json, 'cursor')) : null
    }
    if (cursor !== null) throw new TransportError('too-large')
    return byKind({
      exchange,
      rows: accounts,
      names: {
        asset: either('available_balance.currency', 'currency'),
        ...{ free: 'available_balance.value', used: 'hold.value' },
      },
      kindOf: (account) => (at(account, 'type') === 'ACCOUNT_TYPE_VAULT' ? 'vault' : 'spot'),
    })
  },
}

/** Wallets of a kind that we do not know are margin: what they hold may be owed. */
const bitfinexWallets = new Map([
  ['exchange', 'spot'],
  ['funding', 'funding'],
])

/** Bitfinex states all wallets in one answer; ccxt keeps one kind of them. */
const bitfinexAll: AccountType = {
  accountType: 'spot',
  async read({ exchange }) {
    const rows = rowsAt(await callEndpoint({ exchange, endpoint: 'privatePostAuthRWallets' }), '[]')
    if (!rows.every(Array.isArray)) throw new TransportError('unknown-structure')
    return byKind({
      ...{ exchange, rows, names: { asset: 1, total: 2, free: 4 } },
      kindOf: (row) => bitfinexWallets.get(textOf(at(row, 0)) ?? 'exchange') ?? 'margin',
    })
  },
}

/** LATOKEN states the wallet and the trading account in one answer; ccxt keeps one of them. */
const latokenAll: AccountType = {
  accountType: 'spot',
  async read({ exchange }) {
    const rows = rowsAt(await callEndpoint({ exchange, endpoint: 'privateGetAuthAccount' }), '[]')
    return byKind({
      ...{ exchange, rows, names: { asset: 'currency', free: 'available', used: 'blocked' } },
      kindOf: (row) => (at(row, 'type') === 'ACCOUNT_TYPE_WALLET' ? 'funding' : 'spot'),
    })
  },
}

/** What is owned of a coin in Bybit's unified account, where it is stated: debts, positions and options are in it. */
function bybitEquity(coin: unknown): string | null {
  return textOf(at(coin, 'equity'))
}

/** What stands at a key of a coin of Bybit, unless its equity has that in it. */
function besideEquity(name: Name & string): Name {
  return (coin) => (bybitEquity(coin) === null ? at(coin, name) : undefined)
}

/**
 * What is owed of a coin in Bybit's unified account. What was borrowed to trade with is in the wallet balance as if
 * it were owned, and stated beside it (`spotBorrow`); any other debt is in the wallet balance once that is negative.
 */
const bybitDebt: Name[] = [
  (coin) => {
    if (bybitEquity(coin) !== null) return undefined
    const borrowed = textOf(at(coin, 'spotBorrow'))
    if (borrowed !== null) return borrowed
    return isInBalance(coin) ? undefined : at(coin, 'borrowAmount')
  },
  (coin) => {
    const isBeside = textOf(at(coin, 'spotBorrow')) === null && !isInBalance(coin)
    return isBeside && bybitEquity(coin) === null ? at(coin, 'accruedInterest') : undefined
  },
]

function isInBalance(coin: unknown): boolean {
  return textOf(at(coin, 'walletBalance'))?.startsWith('-') === true
}

/**
 * Bybit's unified account: the equity of each coin. Where it states none, its balance with what open positions have
 * won or lost.
 */
const bybitTrading = byAnswer({
  ...{ accountType: 'trading', params: { type: 'spot' }, place: 'result.list[].coin[]', asset: 'coin' },
  total: either('equity', 'walletBalance'),
  // Where what may be withdrawn is stated, the rest is locked.
  used: [
    (coin) => (textOf(at(coin, 'availableToWithdraw')) === null ? at(coin, 'locked') : undefined),
    (coin) => (textOf(at(coin, 'availableToWithdraw')) === null ? at(coin, 'totalPositionIM') : undefined),
    (coin) => (textOf(at(coin, 'availableToWithdraw')) === null ? at(coin, 'totalOrderIM') : undefined),
  ],
  ...{ free: 'availableToWithdraw', gain: besideEquity('unrealisedPnl'), debt: bybitDebt },
})

/** Bybit's savings of one kind. */
async function bybitRows(exchange: CcxtExchange, category: string): Promise<unknown[]> {
  const endpoint = 'privateGetV5EarnPosition'
  return rowsAt(await callEndpoint({ exchange, endpoint, params: { category } }), 'result.list[]')
}

const bybitEarn: AccountType = {
  accountType: 'earn',
  async read({ exchange }) {
    const rows = await bybitRows(exchange, 'FlexibleSaving')
    return holdingsIn({ exchange, accountType: 'earn', rows, names: { asset: 'coin', used: 'amount' } })
  },
}

/** Bybit's savings on chains. An answer that does not tell the kinds apart is not counted twice. */
const bybitStaking: AccountType = {
  accountType: 'staking',
  async read({ exchange }) {
    const rows = await bybitRows(exchange, 'OnChain')
    if (rows.length === 0) return []
    const flexible = new Set((await bybitRows(exchange, 'FlexibleSaving')).map((row) => JSON.stringify(row)))
    return holdingsIn({
      exchange,
      accountType: 'staking',
      rows: rows.filter((row) => !flexible.has(JSON.stringify(row))),
      names: { asset: 'coin', used: 'amount' },
    })
  },
}

/** CoinEx states each market's margin apart; ccxt keeps one asset of each. */
const coinexMargin: AccountType = {
  accountType: 'isolated-margin',
  async read({ exchange }) {
    const json = await callEndpoint({ exchange, endpoint: 'v2PrivateGetAssetsMarginBalance' })
    const rows = rowsAt(json, 'data[]').flatMap((market) =>
      ['base_ccy', 'quote_ccy'].map((side) => ({
        asset: at(market, side),
        free: at(market, 'available', side),
        used: at(market, 'frozen', side),
        loan: at(market, 'repaid', side),
        interest: at(market, 'interest', side),
      })),
    )
    const names = { asset: 'asset', free: 'free', used: 'used', debt: ['loan', 'interest'] }
    return holdingsIn({ exchange, accountType: 'isolated-margin', rows, names })
  },
}

/** What a dYdX subaccount is worth, in its one currency; ccxt reads what of it is free. */
const dydxTrading = byAnswer({
  ...{ accountType: 'trading', place: single('subaccount'), asset: always('USDC') },
  ...{ total: 'equity', free: 'freeCollateral' },
})

/** Alpaca states its dollars and its coins in two answers. */
const alpacaSpot: AccountType = {
  accountType: 'spot',
  async read({ exchange }) {
    const account = await callEndpoint({ exchange, endpoint: 'traderPrivateGetV2Account' })
    const positions = rowsAt(await callEndpoint({ exchange, endpoint: 'traderPrivateGetV2Positions' }), '[]')
    const holdingsOf = (rows: unknown[], names: RowNames): StatedHolding[] =>
      holdingsIn({ exchange, accountType: 'spot', rows, names: { ...names, mayOwe: true } })
    const held = { asset: alpacaAsset, free: 'qty_available', total: 'qty' }
    const shares = holdingsOf(positions.filter(isShare), held)
    return [
      ...holdingsOf(single()(account), { asset: 'currency', free: 'cash', total: alpacaCash }),
      ...holdingsOf(
        positions.filter((position) => !isShare(position)),
        held,
      ),
      // A share is no coin, whose price it would get if one has its name.
      ...shares.map((holding) => ({ ...holding, priceAsset: '' })),
    ]
  },
}

function isShare(position: unknown): boolean {
  const kind = textOf(at(position, 'asset_class'))
  return kind === null ? !/USD$/.test(String(at(position, 'symbol'))) : kind !== 'crypto'
}

/** The dollars with what open orders hold of them; Alpaca's cash is without that. */
function alpacaCash(account: unknown): unknown {
  return difference(at(account, 'equity'), at(account, 'position_market_value')) ?? at(account, 'cash')
}

/** A position in a coin is called by its market, BTC/USD or BTCUSD; one in a share by its symbol. */
function alpacaAsset(position: unknown): string | null {
  const symbol = textOf(at(position, 'symbol'))
  if (symbol === null || isShare(position)) return symbol
  return /^(.+?)\/?USD$/.exec(symbol)?.[1] ?? symbol
}

/** Binance's isolated margin: both assets of each market. */
const binanceIsolated = byAnswer({
  ...{ accountType: 'isolated-margin', params: { marginMode: 'isolated' } },
  place: (json) =>
    rowsAt(json, 'assets[]').flatMap((market) => [at(market, 'baseAsset'), at(market, 'quoteAsset')]),
  ...{ asset: 'asset', free: 'free', used: 'locked', debt: ['borrowed', 'interest'] },
})

/** Kraken's older futures, each market with its margin in one currency; ccxt reads one market that it is told. */
const krakenSingle = optional(
  byAnswer({
    accountType: 'isolated-margin',
    place: (json) =>
      rowsAt(json, 'accounts{}').flatMap((row) =>
        at(row, 'value', 'type') === 'marginAccount' ? [at(row, 'value')] : [],
      ),
    ...{ asset: 'currency', free: 'auxiliary.af' },
    total: (account) =>
      textOf(at(account, 'auxiliary', 'pv')) ??
      at(account, 'balances', textOf(at(account, 'currency')) ?? ''),
  }),
)

const hitbtcNames = { asset: 'currency', free: 'available', used: 'reserved' }

const hitbtc = [
  byAnswer({ accountType: 'spot', params: { type: 'spot' }, place: '[]', ...hitbtcNames }),
  optional(byAnswer({ accountType: 'funding', params: { type: 'funding' }, place: '[]', ...hitbtcNames })),
]

const byDialect: Record<string, AccountType[]> = {
  binance: [
    byAnswer({
      ...{ accountType: 'spot', params: { type: 'spot' }, place: 'balances[]' },
      asset: 'asset',
      free: 'free',
      used: 'locked',
    }),
    byEndpoint({
      accountType: 'funding',
      endpoint: 'sapiPostAssetGetFundingAsset',
      place: '[]',
      asset: 'asset',
      free: 'free',
      used: ['locked', 'freeze', 'withdrawing'],
    }),
    binanceEarn(flexiblePositions, 'totalAmount'),
    binanceEarn('sapiGetSimpleEarnLockedPosition', 'amount'),
    byEndpoint({
      accountType: 'margin',
      endpoint: 'sapiGetMarginAccount',
      place: 'userAssets[]',
      asset: 'asset',
      free: 'free',
      used: 'locked',
      debt: ['borrowed', 'interest'],
    }),
    binanceIsolated,
    optional(binanceFutures('futures', 'fapiPrivateV3GetAccount')),
    optional(binanceFutures('coin-futures', 'dapiPrivateGetAccount')),
  ],
  binanceusdm: [binanceFutures('trading', 'fapiPrivateV3GetAccount')],
  binancecoinm: [binanceFutures('trading', 'dapiPrivateGetAccount')],
  bybit: [
    bybitTrading,
    byAnswer({
      ...{ accountType: 'funding', params: { type: 'funding' }, place: 'result.balance[]' },
      ...{ asset: 'coin', free: 'transferBalance', total: 'walletBalance' },
    }),
    bybitEarn,
    optional(bybitStaking),
  ],
  okx: [
    byAnswer({
      ...{ accountType: 'trading', place: 'data.0.details[]', asset: 'ccy', total: 'eq' },
      free: either('availEq', 'availBal'),
      used: (row) => (textOf(at(row, 'availEq')) === null ? at(row, 'frozenBal') : undefined),
    }),
    byAnswer({
      ...{ accountType: 'funding', params: { type: 'funding' }, place: 'data[]' },
      ...{ asset: 'ccy', free: 'availBal', used: 'frozenBal', total: 'bal' },
    }),
    byEndpoint({
      accountType: 'earn',
      endpoint: 'privateGetFinanceSavingsBalance',
      place: 'data[]',
      asset: 'ccy',
      used: 'amt',
    }),
    optional(
      byEndpoint({
        accountType: 'staking',
        endpoint: 'privateGetFinanceStakingDefiOrdersActive',
        place: 'data[].investData[]',
        asset: 'ccy',
        used: 'amt',
      }),
    ),
  ],
  kucoin: kucoinTypes,
  kucoinfutures: [kucoinFutures('trading')],
  kraken: [
    byAnswer({
      ...{ accountType: 'spot', place: 'result{}', asset: 'key' },
      ...{ used: 'value.hold_trade', total: 'value.balance' },
    }),
  ],
  krakenfutures: [
    byAnswer({
      ...{ accountType: 'trading', place: 'accounts.flex.currencies{}', asset: 'key' },
      ...{ free: 'value.available', total: 'value.quantity' },
      gains: (json) => [{ asset: 'USD', gain: at(json, 'accounts', 'flex', 'totalUnrealized') }],
    }),
    optional(
      byAnswer({
        ...{ accountType: 'funding', params: { type: 'cash' }, place: 'accounts.cash.balances{}' },
        ...{ asset: 'key', total: 'value' },
      }),
    ),
    krakenSingle,
  ],
  coinbase: [coinbaseSpot],
  gate: [
    gateType({ accountType: 'spot', params: { type: 'spot' } }),
    gateIsolated,
    gateType({ accountType: 'funding', params: { type: 'funding' } }),
    byEndpoint({
      accountType: 'earn',
      endpoint: 'privateEarnGetUniLends',
      place: '[]',
      asset: 'currency',
      used: 'amount',
    }),
    gateFutures('usdt'),
    gateFutures('btc'),
  ],
  bitget: bitgetTypes,
  bitfinex: [bitfinexAll],
  mexc: [
    byAnswer({
      ...{ accountType: 'spot', params: { type: 'spot' }, place: 'balances[]' },
      asset: 'asset',
      free: 'free',
      used: 'locked',
    }),
    optional(
      byEndpoint({
        accountType: 'futures',
        endpoint: 'contractPrivateGetAccountAssets',
        place: 'data[]',
        asset: 'currency',
        total: 'equity',
        free: 'availableBalance',
      }),
    ),
  ],
  hyperliquid: hyperliquidTypes,
  htx: [
    htxType('spot', ['spot']),
    optional(htxType('funding', ['otc'])),
    optional(htxType('margin', ['super-margin'])),
    optional(htxType('isolated-margin', ['margin'])),
    optional(htxType('earn', ['deposit-earning', 'investment'])),
    optional(htxType('grid', ['grid-trading'])),
  ],
  bingx: [
    byAnswer({
      ...{ accountType: 'spot', params: { type: 'spot' }, place: 'data.balances[]' },
      ...{ asset: 'asset', free: 'free', used: 'locked' },
    }),
    optional(
      byAnswer({
        ...{ accountType: 'funding', params: { type: 'funding' }, place: 'data.assets[]' },
        ...{ asset: 'asset', free: 'free', used: 'locked' },
      }),
    ),
  ],
  coinex: [
    byAnswer({
      ...{ accountType: 'spot', params: { type: 'spot' }, place: 'data[]' },
      ...{ asset: 'ccy', free: 'available', used: 'frozen' },
    }),
    optional(
      byAnswer({
        ...{ accountType: 'earn', params: { type: 'financial' }, place: 'data[]' },
        ...{ asset: 'ccy', free: 'available', used: 'frozen' },
      }),
    ),
    optional(coinexMargin),
  ],
  whitebit: [
    byAnswer({
      ...{ accountType: 'spot', place: '{}', asset: 'key' },
      ...{ free: 'value.available', used: 'value.freeze' },
    }),
    optional(
      byAnswer({
        ...{ accountType: 'funding', params: { account: 'main' }, place: '{}', asset: 'key' },
        total: (row) => (isRecord(at(row, 'value')) ? at(row, 'value', 'main_balance') : at(row, 'value')),
      }),
    ),
  ],
  hitbtc,
  bequant: hitbtc,
  fmfwio: hitbtc,
  bigone: [
    byAnswer({
      ...{ accountType: 'spot', place: 'data[]' },
      ...{ asset: 'asset_symbol', used: 'locked_balance', total: 'balance' },
    }),
    optional(
      byAnswer({
        ...{ accountType: 'funding', params: { type: 'funding' }, place: 'data[]' },
        ...{ asset: 'asset_symbol', used: 'locked_balance', total: 'balance' },
      }),
    ),
  ],
  blofin: [
    byAnswer({
      ...{ accountType: 'trading', place: 'data.details[]', asset: 'currency', total: 'equity' },
      free: either('available', 'availableEquity'),
      used: (row) => (textOf(at(row, 'available')) === null ? at(row, 'frozen') : undefined),
    }),
    optional(
      byAnswer({
        ...{ accountType: 'funding', params: { type: 'funding' }, place: 'data[]' },
        ...{ asset: 'currency', free: 'available', used: 'frozen', total: 'balance' },
      }),
    ),
  ],
  latoken: [latokenAll],
  lighter: [
    byAnswer({
      accountType: 'spot',
      params: { type: 'spot' },
      place: 'accounts[].assets[]',
      asset: 'symbol',
      total: 'balance',
      used: 'locked_balance',
    }),
    byAnswer({
      ...{ accountType: 'trading', params: { type: 'swap' }, place: 'accounts[]', asset: always('USDC') },
      ...{ free: 'available_balance', total: 'collateral', gain: sumIn('positions', 'unrealized_pnl') },
    }),
  ],
  bullish: [
    byAnswer({
      accountType: 'spot',
      place: '[]',
      asset: 'assetSymbol',
      free: 'availableQuantity',
      used: 'lockedQuantity',
      debt: 'borrowedQuantity',
      mayOwe: true,
    }),
  ],
  dydx: [dydxTrading],
  alpaca: [alpacaSpot],
  coinspot: [coinspotSpot(coinspotLayout)],
}

/** An exchange that has one account for us. */
function onlyAccount(exchange: CcxtExchange): AccountType[] {
  const layout = layouts[exchange.id]
  if (layout === undefined) throw new TypeError(`The balances of ${exchange.id} have no layout`)
  return [byAnswer({ accountType: exchange.has.spot === true ? 'spot' : 'trading', ...layout })]
}

/** Sites that speak another one's language but have accounts of their own. */
const ownAccounts = new Set(['aster', 'binancecoinm', 'binanceusdm', 'kucoinfutures', 'tokocrypto', 'toobit'])

/** Every account type that an exchange offers, its main one first. */
export function accountTypesOf(options: { exchangeId: string; exchange: CcxtExchange }): AccountType[] {
  const { exchangeId, exchange } = options
  const known = byDialect[ownAccounts.has(exchange.id) ? exchange.id : dialectOf(exchange.id)]
  if (known === undefined) return onlyAccount(exchange)
  if (exchange.id === 'binanceus') return known.filter(({ accountType }) => accountType === 'spot')
  // The paper exchange lends nothing and has no futures.
  return exchangeId === 'paper'
    ? known.filter(({ accountType }) => !/margin|futures/.test(accountType))
    : known
}
