import type { Queryable } from '@opentrade/db'
import { Decimal } from 'decimal.js'

export type Side = 'BUY' | 'SELL'
export type OrderType = 'LIMIT' | 'LIMIT_MAKER' | 'MARKET' | 'STOP_LOSS_LIMIT' | 'TAKE_PROFIT_LIMIT'
export type TimeInForce = 'GTC' | 'IOC' | 'FOK'
export type OrderStatus = 'NEW' | 'FILLED' | 'CANCELED' | 'EXPIRED'

/** An order as it is about to be stored. Times are Unix milliseconds; 0 stands for "no price" as at Binance. */
export interface NewOrder {
  accountId: number
  clientOrderId: string
  symbol: string
  side: Side
  type: OrderType
  timeInForce: TimeInForce
  price: Decimal
  stopPrice: Decimal
  origQty: Decimal
  origQuoteQty: Decimal
  executedQty: Decimal
  executedQuoteQty: Decimal
  status: OrderStatus
  /** The asset that the order keeps locked while it is open, and how much of it. */
  holdAsset: string
  holdAmount: Decimal
  createdMs: number
  updatedMs: number
  /** When it came into the book; null before its stop price was reached. */
  workingMs: number | null
}

export interface Order extends NewOrder {
  orderId: number
  /** The client order id of the cancellation, if it was cancelled. */
  cancelClientOrderId: string | null
}

interface OrderRow {
  account_id: string
  order_id: string
  client_order_id: string
  symbol: string
  side: Side
  type: OrderType
  time_in_force: TimeInForce
  price: string
  stop_price: string
  orig_qty: string
  orig_quote_qty: string
  executed_qty: string
  executed_quote_qty: string
  status: OrderStatus
  hold_asset: string
  hold_amount: string
  cancel_client_order_id: string | null
  created_ms: string
  updated_ms: string
  working_ms: string | null
}

const COLUMNS = `account_id, order_id, client_order_id, symbol, side, type, time_in_force, price, stop_price,
  orig_qty, orig_quote_qty, executed_qty, executed_quote_qty, status, hold_asset, hold_amount,
  cancel_client_order_id, created_ms, updated_ms, working_ms`

function toOrder(row: OrderRow): Order {
  return {
    accountId: Number(row.account_id),
    orderId: Number(row.order_id),
    clientOrderId: row.client_order_id,
    symbol: row.symbol,
    side: row.side,
    type: row.type,
    timeInForce: row.time_in_force,
    price: new Decimal(row.price),
    stopPrice: new Decimal(row.stop_price),
    origQty: new Decimal(row.orig_qty),
    origQuoteQty: new Decimal(row.orig_quote_qty),
    executedQty: new Decimal(row.executed_qty),
    executedQuoteQty: new Decimal(row.executed_quote_qty),
    status: row.status,
    holdAsset: row.hold_asset,
    holdAmount: new Decimal(row.hold_amount),
    cancelClientOrderId: row.cancel_client_order_id,
    createdMs: Number(row.created_ms),
    updatedMs: Number(row.updated_ms),
    workingMs: row.working_ms === null ? null : Number(row.working_ms),
  }
}

/** Stores a new order; returns it with its id. */
export async function insertOrder(q: Queryable, order: NewOrder): Promise<Order> {
  const { rows } = await q.query<OrderRow>(
    `INSERT INTO paper.orders (account_id, client_order_id, symbol, side, type, time_in_force, price, stop_price,
       orig_qty, orig_quote_qty, executed_qty, executed_quote_qty, status, hold_asset, hold_amount, created_ms,
       updated_ms, working_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
     RETURNING ${COLUMNS}`,
    [
      order.accountId,
      order.clientOrderId,
      order.symbol,
      order.side,
      order.type,
      order.timeInForce,
      order.price.toFixed(),
      order.stopPrice.toFixed(),
      order.origQty.toFixed(),
      order.origQuoteQty.toFixed(),
      order.executedQty.toFixed(),
      order.executedQuoteQty.toFixed(),
      order.status,
      order.holdAsset,
      order.holdAmount.toFixed(),
      order.createdMs,
      order.updatedMs,
      order.workingMs,
    ],
  )
  const row = rows[0]
  if (!row) throw new Error('The new order was not returned.')
  return toOrder(row)
}

/** Writes what changes in an order's life. The caller holds the account's lock. */
export async function updateOrder(q: Queryable, order: Order): Promise<void> {
  await q.query(
    `UPDATE paper.orders SET executed_qty = $3, executed_quote_qty = $4, status = $5, hold_amount = $6,
       updated_ms = $7, working_ms = $8, cancel_client_order_id = $9
     WHERE account_id = $1 AND order_id = $2`,
    [
      order.accountId,
      order.orderId,
      order.executedQty.toFixed(),
      order.executedQuoteQty.toFixed(),
      order.status,
      order.holdAmount.toFixed(),
      order.updatedMs,
      order.workingMs,
      order.cancelClientOrderId,
    ],
  )
}

/** Open orders of an account, oldest first; of one market when it is named. */
export async function listOpenOrders(
  q: Queryable,
  o: { accountId: number; symbol?: string | null },
): Promise<Order[]> {
  const { rows } = await q.query<OrderRow>({
    name: 'paper_list_open_orders',
    text: `SELECT ${COLUMNS} FROM paper.orders
      WHERE account_id = $1 AND status = 'NEW' AND ($2::text IS NULL OR symbol = $2) ORDER BY order_id`,
    values: [o.accountId, o.symbol ?? null],
  })
  return rows.map(toOrder)
}

/** Open orders of all accounts with ids above `after`, by id. */
export async function listAllOpenOrders(q: Queryable, o: { after: number; limit: number }): Promise<Order[]> {
  const { rows } = await q.query<OrderRow>(
    `SELECT ${COLUMNS} FROM paper.orders WHERE status = 'NEW' AND order_id > $1 ORDER BY order_id LIMIT $2`,
    [o.after, o.limit],
  )
  return rows.map(toOrder)
}

/** An order of an account by its id, or by the latest with that client order id. */
export async function findOrder(
  q: Queryable,
  o: {
    accountId: number
    symbol: string
    orderId: number | null
    clientOrderId: string | null
    open?: boolean
  },
): Promise<Order | null> {
  const { rows } = await q.query<OrderRow>(
    `SELECT ${COLUMNS} FROM paper.orders
     WHERE account_id = $1 AND symbol = $2 AND ($3::bigint IS NULL OR order_id = $3)
       AND ($4::text IS NULL OR client_order_id = $4) AND (NOT $5::boolean OR status = 'NEW')
     ORDER BY order_id DESC LIMIT 1`,
    [o.accountId, o.symbol, o.orderId, o.clientOrderId, o.open ?? false],
  )
  return rows[0] ? toOrder(rows[0]) : null
}

/** Orders of a market in the order of their ids: those from `fromId` or `from` on, else the latest. */
export async function listOrders(
  q: Queryable,
  o: {
    accountId: number
    symbol: string
    fromId: number | null
    from: number | null
    to: number | null
    limit: number
  },
): Promise<Order[]> {
  const ascending = o.fromId !== null || o.from !== null
  const { rows } = await q.query<OrderRow>(
    `SELECT ${COLUMNS} FROM paper.orders
     WHERE account_id = $1 AND symbol = $2 AND ($3::bigint IS NULL OR order_id >= $3)
       AND ($4::bigint IS NULL OR created_ms >= $4) AND ($5::bigint IS NULL OR created_ms <= $5)
     ORDER BY order_id ${ascending ? 'ASC' : 'DESC'} LIMIT $6`,
    [o.accountId, o.symbol, o.fromId, o.from, o.to, o.limit],
  )
  const orders = rows.map(toOrder)
  return ascending ? orders : orders.reverse()
}
