import type { CcxtExchange } from '../ccxt.ts'
import { accountPayloads } from './account-payloads.ts'

/** One row of an account as a test writes it: an asset by the exchange's own id, and amounts of any kind. */
export interface HeldRow {
  id: unknown
  free: unknown
  used: unknown
  /** The sum, which the exchanges state that have a field for it. */
  total: unknown
}

/** How an exchange answers the question for its main account. */
export interface HeldAnswer {
  write(rows: HeldRow[]): unknown
  /** The account's only currency, if it has no other. */
  only?: string
  /** False if the answer does not say what of an asset is locked. */
  tellsLocked?: false
  /** False if an asset is a key of the answer: it can then stand there once, and is never without a name. */
  repeats?: false
  /** True if the form of the answer leaves no asset without a name. */
  named?: true
  /** Signs in, or names the account, without asking. */
  prepare?(exchange: CcxtExchange): void
  /** The answers to what is asked before, by path. */
  before?: Record<string, unknown>
}

type Fields = Record<string, keyof HeldRow>

/** The whole at a path of keys, with what an exchange says beside it when all is well. */
function nest(path: string, inner: unknown, beside: object = {}): unknown {
  const keys = path === '' ? [] : path.split('.')
  const nested = keys.reduceRight<unknown>((value, key) => (key === '0' ? [value] : { [key]: value }), inner)
  return Array.isArray(nested)
    ? nested
    : byKey([...Object.entries(beside), ...Object.entries(Object(nested))])
}

/** A key of any name: an assignment to `__proto__` would set none. */
function byKey(entries: [string, unknown][]): object {
  return Object.fromEntries(entries)
}

function fieldsOf(row: HeldRow, fields: Fields): object {
  return byKey(Object.entries(fields).map(([name, part]) => [name, row[part]]))
}

/** A list of rows with these fields. */
function list(path: string, fields: Fields, beside?: object): HeldAnswer {
  const write = (rows: HeldRow[]): unknown =>
    nest(
      path,
      rows.map((row) => fieldsOf(row, fields)),
      beside,
    )
  const tells = Object.values(fields).filter((part) => part !== 'id').length > 1
  return { write, ...(tells ? {} : { tellsLocked: false }) }
}

/** An object by asset of objects with these fields. */
function dict(path: string, fields: Fields, beside?: object): HeldAnswer {
  return {
    repeats: false,
    write: (rows) => nest(path, byKey(rows.map((row) => [String(row.id), fieldsOf(row, fields)])), beside),
  }
}

/** An object whose keys are made of the asset and a word. */
function words(path: string, names: Record<string, keyof HeldRow>, beside?: object): HeldAnswer {
  const keysOf = (row: HeldRow): [string, unknown][] =>
    Object.entries(names).map(([name, part]) => [name.replace('*', () => String(row.id)), row[part]])
  return { repeats: false, write: (rows) => nest(path, byKey(rows.flatMap(keysOf)), beside) }
}

/** Objects by asset side by side, each of one amount. */
function columns(path: string, names: Record<string, keyof HeldRow>): HeldAnswer {
  const column = (rows: HeldRow[], part: keyof HeldRow): object =>
    byKey(rows.map((row) => [String(row.id), row[part]]))
  return {
    repeats: false,
    write: (rows) =>
      nest(path, byKey(Object.entries(names).map(([name, part]) => [name, column(rows, part)]))),
  }
}

/** An account in one currency: an object with these fields. */
function single(path: string, only: string, fields: Fields): HeldAnswer {
  return { only, write: ([row]) => nest(path, row === undefined ? {} : fieldsOf(row, fields)) }
}

const all = (asset: string, free: string, used: string, total?: string): Fields => ({
  ...{ [asset]: 'id', [free]: 'free', [used]: 'used' },
  ...(total === undefined ? {} : { [total]: 'total' }),
})
const freeTotal = (asset: string, free: string, total: string): Fields => ({
  ...{ [asset]: 'id', [free]: 'free', [total]: 'total' },
})
const usedTotal = (asset: string, used: string, total: string): Fields => ({
  ...{ [asset]: 'id', [used]: 'used', [total]: 'total' },
})

const binanceSpot = list('balances', all('asset', 'free', 'locked'))

/** Their credentials are of a form that made-up ones do not have. */
function unsigned(answer: HeldAnswer): HeldAnswer {
  return prepared(answer, withoutSigning)
}

function withoutSigning(exchange: CcxtExchange): void {
  exchange.sign = (path, _api, method) => ({
    url: `https://host/${path}`,
    method,
    body: undefined,
    headers: {},
  })
}

function prepared(answer: HeldAnswer, prepare: (exchange: CcxtExchange) => void): HeldAnswer {
  return { ...answer, prepare }
}

function after(ccxtId: string, answer: HeldAnswer): HeldAnswer {
  const { main, bodies } = accountPayloads[ccxtId] ?? { main: '', bodies: {} }
  const before = Object.fromEntries(Object.entries(bodies).filter(([path]) => path !== main))
  return { ...answer, before }
}

const bybit = after('bybit', {
  write: (rows) => ({
    retCode: 0,
    result: {
      list: [
        {
          accountType: 'UNIFIED',
          coin: rows.map(({ id, used, total }) => ({ coin: id, locked: used, walletBalance: total })),
        },
      ],
    },
  }),
})
const okx = list('data.0.details', { ccy: 'id', eq: 'total', availEq: 'free' }, { code: '0' })
const hitbtc = list('', all('currency', 'available', 'reserved'))
const kucoinfutures: HeldAnswer = {
  only: 'USDT',
  write: ([row]) => ({
    code: '200000',
    data: { currency: row?.id, accountEquity: row?.total, availableBalance: row?.free },
  }),
}
const binanceFutures = list('assets', freeTotal('asset', 'availableBalance', 'marginBalance'))
const gate = after('gate', list('', all('currency', 'available', 'locked')))

/** The answers of every exchange, by ccxt's id, in the form that its documentation shows. */
export const heldAnswers: Record<string, HeldAnswer> = {
  alpaca: {
    named: true,
    write: (rows) =>
      rows.map(({ id, free, total }) => ({ symbol: `${id}/USD`, qty_available: free, qty: total })),
    before: { '/v2/account': { currency: 'USD', cash: '0', equity: '0', position_market_value: '0' } },
  },
  apex: single('data', 'USDT', { availableBalance: 'free', totalEquityValue: 'total' }),
  aster: binanceSpot,
  backpack: unsigned({
    ...{ repeats: false },
    write: (rows) =>
      byKey(rows.map(({ id, free, used }) => [String(id), { available: free, locked: used, staked: '0' }])),
  }),
  bequant: hitbtc,
  bigone: list('data', usedTotal('asset_symbol', 'locked_balance', 'balance'), { code: 0 }),
  binance: after('binance', binanceSpot),
  binancecoinm: binanceFutures,
  binanceus: binanceSpot,
  binanceusdm: binanceFutures,
  bingx: list('data.balances', all('asset', 'free', 'locked'), { code: 0 }),
  bit2c: words('', { 'AVAILABLE_*': 'free', '*': 'total', 'LOCKED_*': 'used' }),
  bitbank: list('data.assets', all('asset', 'free_amount', 'locked_amount', 'onhand_amount'), { success: 1 }),
  bitbns: words('data', { 'availableorder*': 'free', 'inorder*': 'used' }, { status: 1 }),
  bitfinex: { write: (rows) => rows.map(({ id, free, total }) => ['exchange', id, total, 0, free]) },
  bitflyer: list('', freeTotal('currency_code', 'available', 'amount')),
  bitget: {
    ...list('data', all('coin', 'available', 'frozen'), { code: '00000' }),
    before: { '/api/v3/account/settings': { code: '40084', msg: 'not a unified account', data: null } },
  },
  bithumb: list('', all('currency', 'balance', 'locked')),
  bitopro: list('data', freeTotal('currency', 'available', 'amount')),
  bitrue: binanceSpot,
  bitso: list('payload.balances', all('currency', 'available', 'locked', 'total'), { success: true }),
  bitstamp: list('', all('currency', 'available', 'reserved', 'total')),
  bitteam: columns('result', { free: 'free', used: 'used', total: 'total' }),
  bittrade: prepared(
    {
      write: (rows) => ({
        status: 'ok',
        data: {
          list: rows.flatMap(({ id, free, used }) => [
            { currency: id, type: 'trade', balance: free },
            { currency: id, type: 'frozen', balance: used },
          ]),
        },
      }),
    },
    (exchange) => Reflect.set(exchange, 'accounts', [{ id: '1' }]),
  ),
  bitvavo: list('', all('symbol', 'available', 'inOrder')),
  blockchaincom: list('primary', freeTotal('currency', 'available', 'balance')),
  blofin: list('data.details', freeTotal('currency', 'available', 'equity'), { code: '0' }),
  btcbox: words('', { '*_balance': 'free', '*_lock': 'used' }),
  btcmarkets: list('', usedTotal('assetName', 'locked', 'balance')),
  btcturk: list('data', all('asset', 'free', 'locked', 'balance'), { success: true }),
  btse: list('data', freeTotal('asset', 'availableAmount', 'totalAmount'), { code: 1, success: true }),
  bullish: prepared(list('', all('assetSymbol', 'availableQuantity', 'lockedQuantity')), (exchange) => {
    exchange.token = 'token'
    Object.assign(exchange.options, { tokenExpires: 9e15, tradingAccountId: '1' })
  }),
  bybit,
  bybiteu: bybit,
  bybitid: bybit,
  bydfi: list('data', freeTotal('asset', 'available', 'total'), { code: 200 }),
  cex: dict('data', { balanceOnHold: 'used', balance: 'total' }, { ok: 'ok' }),
  coinbase: {
    write: (rows) => ({
      accounts: rows.map(({ id, free, used }) => ({
        type: 'ACCOUNT_TYPE_CRYPTO',
        available_balance: { value: free, currency: id },
        hold: { value: used, currency: id },
      })),
    }),
  },
  coinbaseexchange: list('', all('currency', 'available', 'hold', 'balance')),
  coinbaseinternational: prepared(list('', usedTotal('asset_name', 'hold', 'quantity')), (exchange) => {
    exchange.options.portfolio = '1'
  }),
  coincheck: words('', { '*': 'free', '*_reserved': 'used' }, { success: true }),
  coinex: list('data', all('ccy', 'available', 'frozen'), { code: 0 }),
  coinmate: dict('data', { available: 'free', reserved: 'used', balance: 'total' }, { error: false }),
  coinone: dict(
    '',
    { avail: 'free', balance: 'total' },
    { result: 'success', errorCode: '0', normalWallets: [] },
  ),
  coinsph: binanceSpot,
  coinspot: {
    named: true,
    tellsLocked: false,
    write: (rows) => ({
      status: 'ok',
      balances: rows.map(({ id, total }) =>
        byKey([[String(id), { balance: total, audbalance: 1, rate: 2 }]]),
      ),
    }),
  },
  cryptocom: {
    write: (rows) => ({
      code: 0,
      result: {
        data: [
          {
            instrument_name: 'USD',
            position_balances: rows.map((row) =>
              fieldsOf(row, usedTotal('instrument_name', 'reserved_qty', 'quantity')),
            ),
          },
        ],
      },
    }),
  },
  cryptomus: list('result', all('ticker', 'available', 'held')),
  deepcoin: list('data', all('ccy', 'availBal', 'frozenBal', 'bal'), { code: '0' }),
  delta: list('result', freeTotal('asset_id', 'available_balance', 'balance'), { success: true }),
  deribit: list('result.summaries', all('currency', 'available_funds', 'maintenance_margin', 'equity')),
  derive: {
    tellsLocked: false,
    write: (rows) => ({
      result: [{ collaterals: rows.map(({ id, total }) => ({ currency: id, amount: total })) }],
    }),
  },
  digifinex: list('list', freeTotal('currency', 'free', 'total'), { code: 0 }),
  dydx: single('subaccount', 'USDC', { equity: 'total', freeCollateral: 'free' }),
  extended: list('data', freeTotal('asset', 'availableToWithdraw', 'balance'), { status: 'OK' }),
  fmfwio: hitbtc,
  foxbit: list('data', all('currency_symbol', 'balance_available', 'balance_locked', 'balance')),
  gate,
  gateeu: gate,
  gemini: unsigned(list('', freeTotal('currency', 'available', 'amount'))),
  grvt: prepared(list('result.spot_balances', { currency: 'id', balance: 'total' }), (exchange) => {
    withoutSigning(exchange)
    Object.assign(exchange.options, { signInExpiration: 9e15, userMainAccountId: '1', accountId: '1' })
  }),
  hashkey: list('balances', all('asset', 'free', 'locked', 'total')),
  hibachi: single('', 'USDT', { maximalWithdraw: 'free', balance: 'total' }),
  hitbtc,
  hollaex: words('', { '*_balance': 'total', '*_available': 'free' }, { updated_at: '2026-01-01' }),
  htx: {
    before: { '/v1/account/accounts': { status: 'ok', data: [{ id: 1, type: 'spot', state: 'working' }] } },
    write: (rows) => ({
      status: 'ok',
      data: {
        list: rows.flatMap(({ id, free, used }) => [
          { currency: id, type: 'trade', balance: free },
          { currency: id, type: 'frozen', balance: used },
        ]),
      },
    }),
  },
  hyperliquid: single('marginSummary', 'USDC', { totalMarginUsed: 'used', accountValue: 'total' }),
  independentreserve: list('', freeTotal('CurrencyCode', 'AvailableBalance', 'TotalBalance')),
  indodax: columns('return', { balance: 'free', balance_hold: 'used' }),
  kraken: after('kraken', dict('result', { balance: 'total', hold_trade: 'used' }, { error: [] })),
  krakenfutures: {
    ...dict('accounts.flex.currencies', { quantity: 'total', available: 'free' }, { result: 'success' }),
    write: (rows) => ({
      result: 'success',
      accounts: {
        flex: {
          type: 'multiCollateralMarginAccount',
          currencies: byKey(
            rows.map((row) => [String(row.id), { quantity: row.total, available: row.free }]),
          ),
        },
      },
    }),
  },
  kucoin: after('kucoin', list('data', all('currency', 'available', 'holds', 'balance'), { code: '200000' })),
  kucoinfutures,
  latoken: list('', all('currency', 'available', 'blocked')),
  lbank: unsigned(list('data', all('coin', 'usableAmt', 'freezeAmt'), { result: 'true', error_code: 0 })),
  lighter: {
    write: (rows) => {
      const assets = rows.map((row) => fieldsOf(row, usedTotal('symbol', 'locked_balance', 'balance')))
      const account = { index: '1', account_index: '1', collateral: '0', available_balance: '0', assets }
      return { code: 200, accounts: [account], sub_accounts: [account] }
    },
  },
  luno: {
    write: (rows) => ({
      balance: rows.map((row) => ({
        ...fieldsOf(row, usedTotal('asset', 'reserved', 'balance')),
        unconfirmed: '0',
      })),
    }),
  },
  mercado: dict('response_data.balance', { available: 'free', total: 'total' }, { status_code: 100 }),
  mexc: after('mexc', binanceSpot),
  modetrade: unsigned(list('data.holding', usedTotal('token', 'frozen', 'holding'), { success: true })),
  mudrex: single('data', 'USDT', { balance: 'free', locked_amount: 'used' }),
  myokx: okx,
  nado: {
    tellsLocked: false,
    write: (rows) => ({
      status: 'success',
      data: {
        spot_balances: rows.map(({ id, total }) => ({
          product_id: id,
          balance: { amount: /^\d+$/.test(String(total)) ? `${total}${'0'.repeat(18)}` : total },
        })),
      },
    }),
  },
  ndax: prepared(list('', { ProductSymbol: 'id', Amount: 'total', Hold: 'used' }), (exchange) => {
    exchange.options.sessionToken = 'token'
    Reflect.set(exchange, 'accounts', [{ id: '1' }])
  }),
  okx,
  okxus: okx,
  onetrading: list('balances', all('currency_code', 'available', 'locked')),
  p2b: dict('result', { available: 'free', freeze: 'used' }, { success: true }),
  pacifica: {
    write: (rows) => ({
      success: true,
      data: {
        ...{ balance: '0', total_margin_used: '0', account_equity: '0', spot_market_value: '0' },
        spot_balances: rows.map((row) =>
          fieldsOf(row, freeTotal('symbol', 'available_to_withdraw', 'amount')),
        ),
      },
    }),
  },
  paradex: prepared(list('results', { token: 'id', size: 'total' }), (exchange) =>
    Object.assign(exchange.options, { authToken: 'token', expires: 9e15 }),
  ),
  paymium: words('', { 'balance_*': 'free', 'locked_*': 'used' }, { name: 'BC-U' }),
  phemex: {
    write: (rows) => ({
      code: 0,
      data: rows.map(({ id, used, total }) => ({
        currency: id,
        balanceEv: inUnits(total),
        lockedTradingBalanceEv: inUnits(used),
        lockedWithdrawEv: '0',
      })),
    }),
  },
  poloniex: {
    write: (rows) => [
      {
        accountType: 'SPOT',
        balances: rows.map((row) => fieldsOf(row, all('currency', 'available', 'hold'))),
      },
    ],
  },
  revolutx: unsigned(list('', all('currency', 'available', 'reserved', 'total'))),
  tokocrypto: list('data.accountAssets', all('asset', 'free', 'locked'), { code: 0 }),
  toobit: list('balances', all('asset', 'free', 'locked', 'total')),
  upbit: list('', all('currency', 'balance', 'locked')),
  weex: binanceSpot,
  whitebit: dict('', { available: 'free', freeze: 'used' }),
  woo: list('data.holding', freeTotal('token', 'availableBalance', 'holding'), { success: true }),
  woofipro: unsigned(list('data.holding', usedTotal('token', 'frozen', 'holding'), { success: true })),
  xt: list('result.assets', all('currency', 'availableAmount', 'frozenAmount', 'totalAmount'), { rc: 0 }),
  zaif: columns('return', { funds: 'free', deposit: 'total' }),
  zebpay: list('data', all('currency', 'free', 'used', 'total'), { statusCode: 200 }),
}

/** Phemex counts in hundred millionths. */
function inUnits(amount: unknown): unknown {
  return /^\d+$/.test(String(amount)) ? `${amount}${'0'.repeat(8)}` : amount
}
