import { Decimal } from 'decimal.js'
import type pg from 'pg'
import { BinanceError, filterFailure, orderRejected } from '../errors.ts'
import { bookAt, TRADED_LEVELS } from '../market/book.ts'
import { priceOf } from '../market/markets.ts'
import { lockAccount } from '../store/accounts.ts'
import { moveBalances, readFree } from '../store/balances.ts'
import { insertOrder, listOpenOrders, type NewOrder, type Order } from '../store/orders.ts'
import { insertTrade, type Trade } from '../store/trades.ts'
import type { Venue } from '../venue.ts'
import { checkFilters, MAX_OPEN_ORDERS, MAX_STOP_ORDERS } from './filters.ts'
import { holdOf, movesOf, type Plan, planOrder, sum } from './match.ts'
import type { OrderRequest } from './order-request.ts'
import { settleAccount } from './settle.ts'

/** A new order and what it traded at once. */
export interface PlacedOrder {
  order: Order
  trades: Trade[]
}

/** Checks an order as far as its market goes; returns what would become of it. Throws BinanceError if refused. */
export function checkOrder(o: { venue: Venue; request: OrderRequest; now: number }): Plan {
  const { venue, request, now } = o
  const last = venue.source.last(request.market, now)
  if (!last) throw new BinanceError({ code: -1013, message: 'Market is closed.' })
  const lastPrice = priceOf(request.market, last.ticks)
  checkFilters(request, lastPrice)
  const book = bookAt({ market: request.market, ticks: last.ticks, at: now, levels: TRADED_LEVELS })
  return planOrder({ request, book, lastPrice })
}

/**
 * Places an order: the order, its fills and the balances change together or not at all.
 * The caller's transaction is the one that they change in.
 * @throws BinanceError -1013, -2010 and the like when it is refused.
 */
export async function placeOrder(o: {
  client: pg.PoolClient
  venue: Venue
  accountId: number
  request: OrderRequest
  now: number
}): Promise<PlacedOrder> {
  const { client, venue, accountId, request, now } = o
  await lockAccount(client, accountId)
  await settleAccount({ client, venue, accountId, now })
  await refuseDuplicates({ client, accountId, request })
  const plan = checkOrder({ venue, request, now })
  if (plan.kind === 'fill') return fillAtOnce({ client, accountId, request, now, fills: plan.fills })
  return { order: await storeUnfilled({ client, accountId, request, now, plan }), trades: [] }
}

async function refuseDuplicates(o: {
  client: pg.PoolClient
  accountId: number
  request: OrderRequest
}): Promise<void> {
  const { client, accountId, request } = o
  const open = await listOpenOrders(client, { accountId, symbol: request.market.symbol })
  if (open.some((order) => order.clientOrderId === request.clientOrderId)) {
    throw orderRejected('Duplicate order sent.')
  }
  if (request.type === 'MARKET') return
  if (open.length >= MAX_OPEN_ORDERS) throw filterFailure('MAX_NUM_ORDERS')
  const stops = open.filter((order) => !order.stopPrice.isZero()).length
  if (request.stopPrice && stops >= MAX_STOP_ORDERS) throw filterFailure('MAX_NUM_ALGO_ORDERS')
}

function draft(o: { accountId: number; request: OrderRequest; now: number }): NewOrder {
  const { request, now } = o
  const none = new Decimal(0)
  return {
    accountId: o.accountId,
    clientOrderId: request.clientOrderId,
    symbol: request.market.symbol,
    side: request.side,
    type: request.type,
    timeInForce: request.timeInForce,
    price: request.price ?? none,
    stopPrice: request.stopPrice ?? none,
    origQty: request.quantity ?? none,
    origQuoteQty: request.quoteOrderQty ?? none,
    executedQty: none,
    executedQuoteQty: none,
    status: 'NEW',
    holdAsset: request.side === 'BUY' ? request.market.quote : request.market.base,
    holdAmount: none,
    createdMs: now,
    updatedMs: now,
    workingMs: now,
  }
}

async function fillAtOnce(o: {
  client: pg.PoolClient
  accountId: number
  request: OrderRequest
  now: number
  fills: Extract<Plan, { kind: 'fill' }>['fills']
}): Promise<PlacedOrder> {
  const { client, accountId, request, now, fills } = o
  const { market, side } = request
  const moves = movesOf({ market, side, fills, held: new Decimal(0) })
  const [paid] = moves
  await requireFree({ client, accountId, asset: paid.asset, amount: paid.free.neg() })
  await moveBalances(client, { accountId, moves })

  const executedQty = sum(fills.map((fill) => fill.qty))
  const order = await insertOrder(client, {
    ...draft({ accountId, request, now }),
    origQty: request.quantity ?? executedQty,
    executedQty,
    executedQuoteQty: sum(fills.map((fill) => fill.quoteQty)),
    status: 'FILLED',
  })
  const trades: Trade[] = []
  for (const fill of fills) {
    const trade = {
      ...fill,
      accountId,
      orderId: order.orderId,
      symbol: market.symbol,
      isBuyer: side === 'BUY',
      isMaker: false,
      tradedMs: now,
    }
    trades.push(await insertTrade(client, trade))
  }
  return { order, trades }
}

async function storeUnfilled(o: {
  client: pg.PoolClient
  accountId: number
  request: OrderRequest
  now: number
  plan: Plan
}): Promise<Order> {
  const { client, accountId, request, now, plan } = o
  const { market, side, price, quantity } = request
  const unfilled = draft({ accountId, request, now })
  if (!price || !quantity) return insertOrder(client, { ...unfilled, status: 'EXPIRED' })
  const hold = holdOf({ market, side, price, quantity })
  await requireFree({ client, accountId, asset: hold.asset, amount: hold.amount })
  if (plan.kind === 'expire') return insertOrder(client, { ...unfilled, status: 'EXPIRED' })
  const move = { asset: hold.asset, free: hold.amount.neg(), locked: hold.amount }
  await moveBalances(client, { accountId, moves: [move] })
  return insertOrder(client, {
    ...unfilled,
    holdAmount: hold.amount,
    workingMs: plan.kind === 'wait' ? null : now,
  })
}

async function requireFree(o: {
  client: pg.PoolClient
  accountId: number
  asset: string
  amount: Decimal
}): Promise<void> {
  const free = await readFree(o.client, { accountId: o.accountId, asset: o.asset })
  if (free.lt(o.amount)) throw orderRejected('Account has insufficient balance for requested action.')
}
