import { Decimal } from 'decimal.js'
import type pg from 'pg'
import { BinanceError } from '../errors.ts'
import { lockAccount } from '../store/accounts.ts'
import { moveBalances } from '../store/balances.ts'
import { findOrder, listOpenOrders, type Order, updateOrder } from '../store/orders.ts'
import type { Venue } from '../venue.ts'
import { createClientOrderId } from './order-request.ts'
import { settleAccount } from './settle.ts'

/** -2011: there is no such open order. */
function unknownOrder(): BinanceError {
  return new BinanceError({ code: -2011, message: 'Unknown order sent.' })
}

interface CancelContext {
  client: pg.PoolClient
  venue: Venue
  accountId: number
  symbol: string
  now: number
}

/**
 * Cancels an open order and releases what it held, in the caller's transaction.
 * @throws BinanceError -2011 when no such order is open (any more).
 */
export async function cancelOrder(
  o: CancelContext & {
    orderId: number | null
    origClientOrderId: string | null
    newClientOrderId: string | null
  },
): Promise<Order> {
  await prepare(o)
  const order = await findOrder(o.client, {
    accountId: o.accountId,
    symbol: o.symbol,
    orderId: o.orderId,
    clientOrderId: o.origClientOrderId,
    open: true,
  })
  if (!order) throw unknownOrder()
  return cancel(o, order, o.newClientOrderId ?? createClientOrderId())
}

/** Cancels every open order of a market. @throws BinanceError -2011 when there is none. */
export async function cancelAllOrders(o: CancelContext): Promise<Order[]> {
  await prepare(o)
  const orders = await listOpenOrders(o.client, { accountId: o.accountId, symbol: o.symbol })
  if (orders.length === 0) throw unknownOrder()
  const cancelled: Order[] = []
  for (const order of orders) cancelled.push(await cancel(o, order, createClientOrderId()))
  return cancelled
}

async function prepare(o: CancelContext): Promise<void> {
  await lockAccount(o.client, o.accountId)
  await settleAccount({ client: o.client, venue: o.venue, accountId: o.accountId, now: o.now })
}

async function cancel(o: CancelContext, order: Order, cancelClientOrderId: string): Promise<Order> {
  const release = { asset: order.holdAsset, free: order.holdAmount, locked: order.holdAmount.neg() }
  await moveBalances(o.client, { accountId: o.accountId, moves: [release] })
  const cancelled: Order = {
    ...order,
    status: 'CANCELED',
    holdAmount: new Decimal(0),
    updatedMs: o.now,
    cancelClientOrderId,
  }
  await updateOrder(o.client, cancelled)
  return cancelled
}
