import { type Layout, type Name, type Place, type RowNames, rowsAt } from './account-readers.ts'
import { codeOf } from './asset-codes.ts'
import { type Amount, parseAmount, zero } from './decimal.ts'
import { at, isRecord, listOf, textOf } from './json.ts'
import { TransportError } from './transport-error.ts'

/** The first of several names that is stated. */
export function either(...names: string[]): Name {
  return (row) =>
    names
      .map((name) => at(row, ...name.split('.')))
      .find((value) => value !== undefined && value !== null && value !== '')
}

/** An amount in units of ten to the power of minus `places`. What is no amount stays as it is. */
function shifted(value: unknown, places: number): unknown {
  try {
    const amount = parseAmount(value)
    return amount === null ? value : amount.div(10 ** places).toFixed()
  } catch {
    // Whatever is wrong with it is told by whoever reads it as an amount.
    return value
  }
}

/**
 * Finds the rows of an object whose keys are made of an asset's id and a word, such as `AVAILABLE_BTC`: each row
 * has the id and the amount of each word. `words` gives the two halves of each key around the id. A key without a
 * word counts if there is one for the id, or if an amount stands there: the object has keys of other kinds as well.
 */
function byWords(place: string, words: Record<string, [before: string, after: string]>): Place {
  return (json) => {
    const rows = new Map<string, Record<string, unknown>>()
    for (const row of rowsAt(json, place)) {
      const key = String(at(row, 'key'))
      const found = Object.entries(words).find(
        ([, [before, after]]) =>
          key.startsWith(before) && key.endsWith(after) && key.length >= before.length + after.length,
      )
      if (found === undefined) continue
      const [word, [before, after]] = found
      const id = key.slice(before.length, key.length - after.length)
      rows.set(id, { ...rows.get(id), id, [word]: at(row, 'value') })
    }
    const [plain] = Object.entries(words).find(([, halves]) => halves.join('') === '') ?? []
    const assets = [...rows.values()].filter(
      (row) =>
        plain === undefined ||
        Object.keys(row).some((key) => key !== 'id' && key !== plain) ||
        isAmount(row[plain]),
    )
    if (assets.length === 0) throw new TransportError('unknown-structure')
    return assets
  }
}

/** Finds the rows of objects by asset that stand side by side, each for another amount; the first is always there. */
function byColumns(path: string[], columns: [first: string, ...others: string[]]): Place {
  return (json) => {
    const objects = columns.map((column) => at(json, ...path, column))
    if (!isRecord(objects[0])) throw new TransportError('unknown-structure')
    const ids = new Set(objects.flatMap((object) => (isRecord(object) ? Object.keys(object) : [])))
    return [...ids].map((id) =>
      Object.fromEntries([['id', id], ...columns.map((column, index) => [column, at(objects[index], id)])]),
    )
  }
}

/** The rows of an object by asset that also has these other keys. */
function without(place: string, keys: string[]): Place {
  return (json) => {
    const rows = rowsAt(json, place).filter((row) => !keys.includes(String(at(row, 'key'))))
    if (rows.length === 0) throw new TransportError('unknown-structure')
    return rows
  }
}

/** What stands at a path of an answer, the answer itself by default, as the only row. */
export function single(...path: string[]): (json: unknown) => unknown[] {
  return (json) => {
    const row = at(json, ...path)
    if (!isRecord(row)) throw new TransportError('unknown-structure')
    return [row]
  }
}

/** The account's only currency, which the answer does not name. */
export function always(asset: string): Name {
  return () => asset
}

function isAmount(value: unknown): boolean {
  try {
    return parseAmount(value) !== null
  } catch {
    // It is something else.
    return false
  }
}

/** The difference of amounts; undefined if one of them is missing or none. */
export function difference(from: unknown, ...parts: unknown[]): string | undefined {
  if (![from, ...parts].every(isAmount)) return undefined
  return parts
    .reduce<Amount>((rest, part) => rest.minus(parseAmount(part) ?? zero), parseAmount(from) ?? zero)
    .toFixed()
}

/** The sum of what stands under a name in the rows of a list; what is no amount stays as it is. */
export function sumIn(list: string, name: string): Name {
  return (row) => {
    const values = listOf(at(row, list)).map((part) => at(part, name))
    const wrong = values.find((value) => value !== undefined && !isAmount(value))
    if (wrong !== undefined) return wrong
    return values.reduce<Amount>((sum, value) => sum.plus(parseAmount(value) ?? zero), zero).toFixed()
  }
}

/** CoinSpot answers a key that may trade with one object of amounts, and a read-only one with a list of objects. */
function coinspotRows(json: unknown): unknown[] {
  const lists = at(json, 'balances')
  if (!Array.isArray(lists)) return rowsAt(json, isRecord(lists) ? 'balances{}' : 'balance{}')
  return lists.flatMap((coins) => rowsAt({ coins }, 'coins{}'))
}

/** How both of CoinSpot's answers are read. */
export const coinspotLayout: Omit<Layout, 'accountType'> = {
  place: coinspotRows,
  asset: 'key',
  total: (row) => (isRecord(at(row, 'value')) ? at(row, 'value', 'balance') : at(row, 'value')),
}

/** BitTrade has a row for what is free of an asset and one for what is not; others are of no kind that is owned. */
function bittradeRows(json: unknown): unknown[] {
  const rows = rowsAt(json, 'data.list[]')
  const owned = rows.filter((row) => ['trade', 'frozen'].includes(String(at(row, 'type'))))
  if (rows.length > 0 && owned.length === 0) throw new TransportError('unknown-structure')
  return owned
}

/** Phemex states amounts as whole numbers, scaled by the currency. */
function phemexAmount(name: string): Name {
  return (row, exchange) => {
    const code = codeOf(exchange, textOf(at(row, 'currency')) ?? '')
    const scale = Number(at(exchange.currencies, code, 'valueScale') ?? 8)
    return shifted(at(row, name), Number.isInteger(scale) ? scale : 8)
  }
}

/** Delta names assets by number; ccxt keeps which is which. */
const deltaAsset: Name = (row, exchange) => {
  const id = textOf(at(row, 'asset_id'))
  const known = id === null ? null : textOf(at(exchange.options, 'currenciesByNumericId', id, 'code'))
  return known ?? textOf(at(row, 'asset_symbol')) ?? id
}

/** Nado names assets by the number of their market, and its own dollar by zero. */
const nadoAsset: Name = (row, exchange) => {
  const id = textOf(at(row, 'product_id'))
  if (id === '0') return 'USDT0'
  const markets = id === null ? [] : listOf(at(exchange.markets_by_id, id))
  return (
    textOf(
      at(
        markets.find((market) => at(market, 'spot') === true),
        'base',
      ),
    ) ?? id
  )
}

/** NDAX names assets by number; one whose number we do not know goes by the symbol beside it. */
const ndaxAsset: Name = (row, exchange) => {
  const id = textOf(at(row, 'ProductId'))
  const isKnown = id !== null && at(exchange.currencies_by_id, id) !== undefined
  return isKnown ? id : (textOf(at(row, 'ProductSymbol')) ?? id)
}

function names(asset: Name, free: string, used: string): Pick<RowNames, 'asset' | 'free' | 'used'> {
  return { asset, free, used }
}

/**
 * How the answers of exchanges that have one account for us are read, by ccxt's id: where the rows are, and the
 * names in a row. What stands elsewhere, or is of another kind, is no account.
 *
 * Where positions can be open, the total is what a person would own if they were closed now: the equity, or else
 * the balance and what the positions have won or lost. Coinbase International, Delta, ModeTrade, Mudrex, Nado,
 * Paradex, WOO and WOOFi Pro do not state that in the answer about balances, so there it is left out.
 */
export const layouts: Record<string, Omit<Layout, 'accountType'>> = {
  bittrade: {
    ...{ place: bittradeRows, asset: 'currency' },
    ...{ free: (row) => (at(row, 'type') === 'trade' ? at(row, 'balance') : '0') },
    used: (row) => (at(row, 'type') === 'frozen' ? at(row, 'balance') : '0'),
  },
  apex: {
    ...{ place: single('data'), asset: always('USDT'), mayOwe: true },
    ...{ free: 'availableBalance', total: 'totalEquityValue' },
  },
  aster: { place: 'balances[]', ...names('asset', 'free', 'locked') },
  backpack: {
    ...{ place: '{}', asset: 'key', mayOwe: true },
    ...{ free: 'value.available', used: ['value.locked', 'value.staked'] },
  },
  bit2c: {
    place: byWords('{}', { available: ['AVAILABLE_', ''], locked: ['LOCKED_', ''], total: ['', ''] }),
    ...{ ...names('id', 'available', 'locked'), total: 'total' },
  },
  bitbank: {
    place: 'data.assets[]',
    ...{ ...names('asset', 'free_amount', 'locked_amount'), total: 'onhand_amount' },
  },
  bitbns: {
    place: byWords('data{}', { free: ['availableorder', ''], used: ['inorder', ''] }),
    ...names((row) => (at(row, 'id') === 'Money' ? 'INR' : at(row, 'id')), 'free', 'used'),
  },
  bitflyer: { place: '[]', asset: 'currency_code', free: 'available', total: 'amount' },
  bithumb: { place: '[]', ...names('currency', 'balance', 'locked') },
  bitopro: { place: 'data[]', asset: 'currency', free: 'available', total: 'amount' },
  bitrue: { place: 'balances[]', ...names('asset', 'free', 'locked') },
  bitso: { place: 'payload.balances[]', ...names('currency', 'available', 'locked'), total: 'total' },
  bitstamp: { place: '[]', ...names('currency', 'available', 'reserved'), total: 'total' },
  bitteam: {
    place: byColumns(['result'], ['total', 'free', 'used']),
    ...{ ...names('id', 'free', 'used'), total: 'total' },
  },
  bitvavo: { place: '[]', ...names('symbol', 'available', 'inOrder') },
  blockchaincom: { place: 'primary[]', asset: 'currency', free: 'available', total: 'balance' },
  btcbox: {
    place: byWords('{}', { free: ['', '_balance'], used: ['', '_lock'] }),
    ...names('id', 'free', 'used'),
  },
  btcmarkets: { place: '[]', asset: 'assetName', used: 'locked', total: 'balance' },
  btcturk: { place: 'data[]', ...names('asset', 'free', 'locked'), total: 'balance' },
  btse: {
    ...{ place: 'data[]', asset: either('asset', 'currency') },
    ...{ free: either('availableAmount', 'available'), total: either('totalAmount', 'total') },
  },
  bydfi: {
    ...{ place: 'data[]', asset: 'asset' },
    ...{ free: either('available', 'availableBalance'), total: either('total', 'balance') },
  },
  cex: { place: 'data{}', asset: 'key', used: 'value.balanceOnHold', total: 'value.balance' },
  coinbaseexchange: { place: '[]', ...names('currency', 'available', 'hold'), total: 'balance' },
  coinbaseinternational: {
    ...{ place: '[]', asset: 'asset_name', used: 'hold', total: 'quantity', mayOwe: true },
  },
  // What is lent, about to be lent, or set aside for a savings plan is still the person's.
  coincheck: {
    place: byWords('{}', {
      ...{ reserved: ['', '_reserved'], lending: ['', '_lend_in_use'], lent: ['', '_lent'] },
      ...{ saving: ['', '_tsumitate'], debt: ['', '_debt'], free: ['', ''] },
    }),
    ...{ asset: 'id', free: 'free', used: ['reserved', 'lending', 'lent', 'saving'], debt: 'debt' },
  },
  coinmate: { place: 'data{}', ...names('key', 'value.available', 'value.reserved'), total: 'value.balance' },
  coinone: {
    place: without('{}', ['errorCode', 'result', 'normalWallets']),
    ...{ asset: 'key', free: 'value.avail', total: 'value.balance' },
  },
  coinsph: { place: 'balances[]', ...names('asset', 'free', 'locked') },
  cryptocom: {
    place: 'result.data[].position_balances[]',
    ...{ asset: 'instrument_name', used: 'reserved_qty', total: 'quantity', mayOwe: true },
    gains: (json) =>
      listOf(at(json, 'result', 'data')).map((account) => ({
        asset: at(account, 'instrument_name'),
        gain: at(account, 'total_session_unrealized_pnl'),
      })),
  },
  cryptomus: { place: 'result[]', ...names('ticker', 'available', 'held') },
  deepcoin: { place: 'data[]', ...names('ccy', 'availBal', 'frozenBal'), total: 'bal', mayOwe: true },
  delta: {
    place: 'result[]',
    ...{ asset: deltaAsset, free: 'available_balance', total: 'balance', mayOwe: true },
  },
  deribit: {
    place: 'result.summaries[]',
    ...{ ...names('currency', 'available_funds', 'maintenance_margin'), total: 'equity', mayOwe: true },
  },
  derive: {
    place: 'result[].collaterals[]',
    ...{ asset: 'currency', total: 'amount', mayOwe: true },
    gains: (json) =>
      listOf(at(json, 'result')).map((account) => ({ asset: 'USDC', gain: at(account, 'positions_value') })),
  },
  digifinex: { place: 'list[]', asset: 'currency', free: 'free', total: 'total' },
  extended: {
    place: 'data[]',
    ...{ asset: 'asset', free: 'availableToWithdraw', total: 'balance', mayOwe: true },
  },
  foxbit: {
    place: 'data[]',
    ...{ ...names('currency_symbol', 'balance_available', 'balance_locked'), total: 'balance' },
  },
  gemini: { place: '[]', asset: 'currency', free: 'available', total: 'amount' },
  grvt: {
    ...{ place: 'result.spot_balances[]', asset: 'currency', total: 'balance', mayOwe: true },
    gains: (json) => [
      { asset: at(json, 'result', 'settle_currency'), gain: at(json, 'result', 'unrealized_pnl') },
    ],
  },
  hashkey: { place: 'balances[]', ...names('asset', 'free', 'locked'), total: 'total' },
  hibachi: {
    ...{ place: single(), asset: always('USDT'), mayOwe: true },
    ...{ free: 'maximalWithdraw', total: 'balance' },
  },
  hollaex: {
    place: byWords('{}', { total: ['', '_balance'], free: ['', '_available'] }),
    ...{ asset: 'id', free: 'free', total: 'total' },
  },
  independentreserve: { place: '[]', asset: 'CurrencyCode', free: 'AvailableBalance', total: 'TotalBalance' },
  indodax: {
    place: byColumns(['return'], ['balance', 'balance_hold']),
    ...names('id', 'balance', 'balance_hold'),
  },
  lbank: { place: 'data[]', ...names('coin', 'usableAmt', 'freezeAmt') },
  luno: {
    place: 'balance[]',
    ...{ asset: 'asset', used: ['reserved', 'unconfirmed'], total: ['balance', 'unconfirmed'] },
  },
  mercado: {
    place: 'response_data.balance{}',
    ...{ asset: 'key', free: 'value.available', total: 'value.total' },
  },
  modetrade: { place: 'data.holding[]', asset: 'token', used: 'frozen', total: 'holding', mayOwe: true },
  mudrex: {
    ...{ place: single('data'), asset: always('USDT'), free: 'balance', used: 'locked_amount', mayOwe: true },
  },
  nado: {
    ...{ place: 'data.spot_balances[]', asset: nadoAsset, mayOwe: true },
    total: (row) => shifted(at(row, 'balance', 'amount'), 18),
  },
  ndax: { place: '[]', asset: ndaxAsset, used: 'Hold', total: 'Amount' },
  onetrading: { place: 'balances[]', ...names('currency_code', 'available', 'locked') },
  p2b: { place: 'result{}', ...names('key', 'value.available', 'value.freeze') },
  // Its equity is the dollars, what spot assets are worth, and what open positions have won or lost.
  pacifica: {
    place: (json) => [
      ...single('data')(json).map((data) => ({
        ...{ symbol: 'USDC', amount: at(data, 'balance'), used: at(data, 'total_margin_used') },
        gain: difference(at(data, 'account_equity'), at(data, 'balance'), at(data, 'spot_market_value')),
      })),
      ...listOf(at(json, 'data', 'spot_balances')),
    ],
    ...{ asset: 'symbol', total: 'amount', free: 'available_to_withdraw', used: 'used', gain: 'gain' },
    mayOwe: true,
  },
  paradex: { place: 'results[]', asset: 'token', total: 'size', mayOwe: true },
  paymium: {
    place: byWords('{}', { free: ['balance_', ''], used: ['locked_', ''] }),
    ...names('id', 'free', 'used'),
  },
  phemex: {
    ...{ place: 'data[]', asset: 'currency', total: phemexAmount('balanceEv') },
    used: [phemexAmount('lockedTradingBalanceEv'), phemexAmount('lockedWithdrawEv')],
  },
  poloniex: { place: '[].balances[]', ...names('currency', 'available', 'hold') },
  revolutx: {
    place: (json) => rowsAt(json, Array.isArray(json) ? '[]' : 'data[]'),
    ...{ asset: 'currency', free: 'available', used: ['reserved', 'staked'], total: 'total' },
  },
  tokocrypto: { place: 'data.accountAssets[]', ...names('asset', 'free', 'locked') },
  toobit: { place: 'balances[]', ...names('asset', 'free', 'locked'), total: 'total' },
  upbit: { place: '[]', ...names('currency', 'balance', 'locked') },
  weex: { place: 'balances[]', ...names('asset', 'free', 'locked') },
  woo: {
    ...{ place: 'data.holding[]', asset: 'token', free: 'availableBalance', total: 'holding', mayOwe: true },
  },
  woofipro: { place: 'data.holding[]', asset: 'token', used: 'frozen', total: 'holding', mayOwe: true },
  xt: {
    place: 'result.assets[]',
    ...{ ...names('currency', 'availableAmount', 'frozenAmount'), total: 'totalAmount' },
  },
  zaif: {
    place: byColumns(['return'], ['funds', 'deposit']),
    ...{ asset: 'id', free: 'funds', total: either('deposit', 'funds') },
  },
  zebpay: { place: 'data[]', ...names('currency', 'free', 'used'), total: 'total' },
}
