import { places, statedAlways } from './account-places.ts'
import {
  type AccountType,
  byAnswer,
  byCcxt,
  byEndpoint,
  codeOf,
  holdingsIn,
  optional,
  requireAmounts,
  rowsAt,
} from './account-readers.ts'
import { type CcxtExchange, callEndpoint } from './ccxt.ts'
import { dialectOf } from './error-codes.ts'
import { htxType } from './htx-accounts.ts'
import { at, holdsStructure, textOf } from './json.ts'
import { statedHoldings, statesAmount } from './normalize.ts'
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
    const holdings = accounts.map((account) => ({
      accountType: at(account, 'type') === 'ACCOUNT_TYPE_VAULT' ? 'vault' : 'spot',
      asset: codeOf(exchange, at(account, 'available_balance', 'currency') ?? at(account, 'currency')),
      free: at(account, 'available_balance', 'value'),
      used: at(account, 'hold', 'value'),
    }))
    requireAmounts(accounts, holdings)
    return holdings
  },
}

const bitfinexWallets: Record<string, string> = { exchange: 'spot', margin: 'margin', funding: 'funding' }

/** Bitfinex states all wallets in one answer; ccxt keeps one kind of them. */
const bitfinexAll: AccountType = {
  accountType: 'spot',
  async read({ exchange }) {
    const rows = rowsAt(await callEndpoint({ exchange, endpoint: 'privatePostAuthRWallets' }), '[]')
    if (!rows.every(Array.isArray)) throw new TransportError('unknown-structure')
    const holdings = rows.map((row) => {
      const wallet = textOf(at(row, 0)) ?? 'exchange'
      return {
        accountType: bitfinexWallets[wallet] ?? wallet,
        asset: codeOf(exchange, at(row, 1)),
        total: at(row, 2),
        free: at(row, 4),
      }
    })
    requireAmounts(rows, holdings)
    return holdings
  },
}

/** LATOKEN states the wallet and the trading account in one answer; ccxt keeps one of them. */
const latokenAll: AccountType = {
  accountType: 'spot',
  async read({ exchange }) {
    const rows = rowsAt(await callEndpoint({ exchange, endpoint: 'privateGetAuthAccount' }), '[]')
    const holdings = rows.map((row) => ({
      accountType: at(row, 'type') === 'ACCOUNT_TYPE_WALLET' ? 'funding' : 'spot',
      asset: codeOf(exchange, at(row, 'currency')),
      free: at(row, 'available'),
      used: at(row, 'blocked'),
    }))
    requireAmounts(rows, holdings)
    return holdings
  },
}

/**
 * Bybit's unified account states a debt in the wallet balance itself once that is negative; what was borrowed to
 * trade with is in it as if it were owned, and stated beside it (`spotBorrow`).
 */
const bybitTrading: AccountType = {
  accountType: 'trading',
  async read({ exchange, lastJson }) {
    const balance: unknown = await exchange.fetchBalance({ type: 'spot' })
    const coins = rowsAt(lastJson(), 'result.list[].coin[]')
    const owed = new Map(
      coins.map((coin) => [codeOf(exchange, at(coin, 'coin')), textOf(at(coin, 'spotBorrow'))]),
    )
    const holdings = statedHoldings({ accountType: 'trading', balance }).map((holding) => ({
      ...holding,
      debt:
        owed.get(holding.asset) ??
        (textOf(holding.total)?.startsWith('-') === true ? undefined : holding.debt),
    }))
    requireAmounts(coins, holdings)
    return holdings
  },
}

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
const dydxTrading: AccountType = {
  accountType: 'trading',
  async read({ exchange, lastJson }) {
    await exchange.fetchBalance()
    const total = textOf(at(lastJson(), 'subaccount', 'equity'))
    if (total === null) throw new TransportError('unknown-structure')
    const free = at(lastJson(), 'subaccount', 'freeCollateral')
    return [{ accountType: 'trading', asset: 'USDC', total, free }]
  },
}

const hitbtc = [
  byCcxt({ accountType: 'spot', params: { type: 'spot' }, place: '[]' }),
  optional(byCcxt({ accountType: 'funding', params: { type: 'funding' }, place: '[]' })),
]

const byDialect: Record<string, AccountType[]> = {
  binance: [
    byCcxt({ accountType: 'spot', params: { type: 'spot' }, place: 'balances[]' }),
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
    byCcxt({ accountType: 'isolated-margin', params: { marginMode: 'isolated' }, place: 'assets[]' }),
    optional(binanceFutures('futures', 'fapiPrivateV3GetAccount')),
    optional(binanceFutures('coin-futures', 'dapiPrivateGetAccount')),
  ],
  binanceusdm: [binanceFutures('trading', 'fapiPrivateV3GetAccount')],
  binancecoinm: [binanceFutures('trading', 'dapiPrivateGetAccount')],
  bybit: [
    bybitTrading,
    byCcxt({ accountType: 'funding', params: { type: 'funding' }, place: 'result.balance[]' }),
    bybitEarn,
    optional(bybitStaking),
  ],
  okx: [
    byCcxt({ accountType: 'trading', place: 'data.0.details[]' }),
    byCcxt({ accountType: 'funding', params: { type: 'funding' }, place: 'data[]' }),
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
  kraken: [byCcxt({ accountType: 'spot', place: 'result{}' })],
  krakenfutures: [
    byCcxt({ accountType: 'trading', place: 'accounts.flex.currencies{}' }),
    optional(byCcxt({ accountType: 'funding', params: { type: 'cash' }, place: 'accounts.cash.balances{}' })),
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
    byCcxt({ accountType: 'spot', params: { type: 'spot' }, place: 'balances[]' }),
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
  ],
  bingx: [
    byCcxt({ accountType: 'spot', params: { type: 'spot' }, place: 'data.balances[]' }),
    optional(byCcxt({ accountType: 'funding', params: { type: 'funding' }, place: 'data.assets[]' })),
  ],
  coinex: [
    byCcxt({ accountType: 'spot', params: { type: 'spot' }, place: 'data[]' }),
    optional(byCcxt({ accountType: 'earn', params: { type: 'financial' }, place: 'data[]' })),
    optional(coinexMargin),
  ],
  whitebit: [
    byCcxt({ accountType: 'spot', place: '{}' }),
    optional(byCcxt({ accountType: 'funding', params: { account: 'main' }, place: '{}' })),
  ],
  hitbtc,
  bequant: hitbtc,
  fmfwio: hitbtc,
  bigone: [
    byCcxt({ accountType: 'spot', place: 'data[]' }),
    optional(byCcxt({ accountType: 'funding', params: { type: 'funding' }, place: 'data[]' })),
  ],
  blofin: [
    byCcxt({ accountType: 'trading', place: 'data.details[]' }),
    optional(byCcxt({ accountType: 'funding', params: { type: 'funding' }, place: 'data[]' })),
  ],
  latoken: [latokenAll],
  lighter: [
    // ccxt's sums of spot assets are nothing.
    byAnswer({
      accountType: 'spot',
      params: { type: 'spot' },
      place: 'accounts[].assets[]',
      asset: 'symbol',
      total: 'balance',
      used: 'locked_balance',
    }),
    byCcxt({ accountType: 'trading', params: { type: 'swap' }, place: 'accounts[]' }),
  ],
  // ccxt takes what is available for the total.
  bullish: [
    byAnswer({
      accountType: 'spot',
      place: '[]',
      asset: 'assetSymbol',
      free: 'availableQuantity',
      used: 'lockedQuantity',
      debt: 'borrowedQuantity',
    }),
  ],
  dydx: [dydxTrading],
}

/** An exchange of which we know no more than ccxt: its default account, in any structure that can hold one. */
function unknownExchange(exchange: CcxtExchange): AccountType[] {
  const accountType = exchange.has.spot === true ? 'spot' : 'trading'
  const place = places[exchange.id]
  if (place !== undefined) return [byCcxt({ accountType, place })]
  return [
    {
      accountType,
      async read({ lastJson }) {
        const balance: unknown = await exchange.fetchBalance()
        const holdings = statedHoldings({ accountType, balance })
        const isStated = holdings.some(statesAmount)
        if (!isStated && (statedAlways.has(exchange.id) || !holdsStructure(lastJson())))
          throw new TransportError('unknown-structure')
        return holdings
      },
    },
  ]
}

/** Sites that speak another one's language but have accounts of their own. */
const ownAccounts = new Set(['aster', 'binancecoinm', 'binanceusdm', 'kucoinfutures', 'tokocrypto', 'toobit'])

/** Every account type that an exchange offers, its main one first. */
export function accountTypesOf(options: { exchangeId: string; exchange: CcxtExchange }): AccountType[] {
  const { exchangeId, exchange } = options
  const known = byDialect[ownAccounts.has(exchange.id) ? exchange.id : dialectOf(exchange.id)]
  if (known === undefined) return unknownExchange(exchange)
  if (exchange.id === 'binanceus') return known.filter(({ accountType }) => accountType === 'spot')
  // The paper exchange lends nothing and has no futures.
  return exchangeId === 'paper'
    ? known.filter(({ accountType }) => !/margin|futures/.test(accountType))
    : known
}
