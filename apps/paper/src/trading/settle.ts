import { inTransaction } from '@opentrade/db'
import { Decimal } from 'decimal.js'
import type pg from 'pg'
import { findMarket, type Market, priceOf } from '../market/markets.ts'
import type { MarketSource } from '../market/source.ts'
import { lockAccount } from '../store/accounts.ts'
import { moveBalances } from '../store/balances.ts'
import { listAllOpenOrders, listOpenOrders, type Order, updateOrder } from '../store/orders.ts'
import { insertTrade } from '../store/trades.ts'
import type { Venue } from '../venue.ts'
import { createFill, movesOf, stopDirection } from './match.ts'

/** Something that the market has done to an open order, at a time in Unix milliseconds. */
export type OrderEvent =
  | { kind: 'fill'; at: number; price: Decimal; isMaker: boolean; workingMs: number }
  | { kind: 'trigger'; at: number }
  | { kind: 'expire'; at: number }

/**
 * What the price's way since an open order was placed means for it; null when nothing has happened yet. A resting
 * order is filled at its own price when the market trades there or beyond.
 */
function dueEvent(o: { order: Order; source: MarketSource; now: number }): OrderEvent | null {
  const { order, source, now } = o
  const market = findMarket(order.symbol)
  if (!market) return null
  if (order.workingMs !== null) return restingFill({ order, market, source, from: order.workingMs, now })

  const triggeredAt = source.firstReach({
    market,
    direction: stopDirection(order.side, order.type),
    ticks: ticksOf(market, order.stopPrice),
    from: order.createdMs,
    to: now,
  })
  if (triggeredAt === null) return null
  const bar = source.stretch({ market, from: triggeredAt, to: triggeredAt + 1_000, now })
  const price = bar ? priceOf(market, bar.close) : order.stopPrice
  const isTaker = order.side === 'BUY' ? price.lte(order.price) : price.gte(order.price)
  if (isTaker) return { kind: 'fill', at: triggeredAt, price, isMaker: false, workingMs: triggeredAt }
  if (order.timeInForce !== 'GTC') return { kind: 'expire', at: triggeredAt }
  const resting = restingFill({ order, market, source, from: triggeredAt + 1_000, now })
  return resting ?? { kind: 'trigger', at: triggeredAt }
}

function restingFill(o: {
  order: Order
  market: Market
  source: MarketSource
  from: number
  now: number
}): OrderEvent | null {
  const { order, market, source, from, now } = o
  const at = source.firstReach({
    market,
    direction: order.side === 'BUY' ? 'down' : 'up',
    ticks: ticksOf(market, order.price),
    from,
    to: now,
  })
  return at === null ? null : { kind: 'fill', at, price: order.price, isMaker: true, workingMs: from }
}

function ticksOf(market: Market, price: Decimal): number {
  return price.div(market.tickSize).toNumber()
}

/** Brings an account's open orders up to now. The caller holds the account's lock. Returns how many changed. */
export async function settleAccount(o: {
  client: pg.PoolClient
  venue: Venue
  accountId: number
  now: number
}): Promise<number> {
  const orders = await listOpenOrders(o.client, { accountId: o.accountId })
  const due = orders.flatMap((order) => {
    const event = dueEvent({ order, source: o.venue.source, now: o.now })
    return event ? [{ order, event }] : []
  })
  due.sort((left, right) => left.event.at - right.event.at)
  for (const { order, event } of due) {
    await applyEvent({ client: o.client, order, event })
    if (event.kind === 'fill') o.venue.orderCounts.remove(o.accountId, o.now)
  }
  return due.length
}

async function applyEvent(o: { client: pg.PoolClient; order: Order; event: OrderEvent }): Promise<void> {
  const { client, order, event } = o
  if (event.kind === 'trigger') {
    await updateOrder(client, { ...order, workingMs: event.at + 1_000, updatedMs: event.at })
    return
  }
  const none = new Decimal(0)
  if (event.kind === 'expire') {
    const release = { asset: order.holdAsset, free: order.holdAmount, locked: order.holdAmount.neg() }
    await moveBalances(client, { accountId: order.accountId, moves: [release] })
    await updateOrder(client, { ...order, status: 'EXPIRED', holdAmount: none, updatedMs: event.at })
    return
  }
  const market = findMarket(order.symbol)
  if (!market) return
  const fill = createFill({ market, side: order.side, price: event.price, qty: order.origQty })
  await moveBalances(client, {
    accountId: order.accountId,
    moves: movesOf({ market, side: order.side, fills: [fill], held: order.holdAmount }),
  })
  await updateOrder(client, {
    ...order,
    status: 'FILLED',
    executedQty: fill.qty,
    executedQuoteQty: fill.quoteQty,
    holdAmount: none,
    updatedMs: event.at,
    workingMs: event.workingMs,
  })
  await insertTrade(client, {
    ...fill,
    accountId: order.accountId,
    orderId: order.orderId,
    symbol: order.symbol,
    isBuyer: order.side === 'BUY',
    isMaker: event.isMaker,
    tradedMs: event.at,
  })
}

/** Settles an account before it is read; takes no lock when nothing is due. */
export async function settleIfDue(o: { venue: Venue; accountId: number; now: number }): Promise<void> {
  const { venue, accountId, now } = o
  const orders = await listOpenOrders(venue.pool, { accountId })
  if (!orders.some((order) => dueEvent({ order, source: venue.source, now }))) return
  await settleLocked(o)
}

async function settleLocked(o: { venue: Venue; accountId: number; now: number }): Promise<void> {
  await inTransaction(o.venue.pool, async (client) => {
    await lockAccount(client, o.accountId)
    await settleAccount({ client, venue: o.venue, accountId: o.accountId, now: o.now })
  })
}

/** Orders looked at in one go. */
const SWEEP_SIZE = 2_000

/** Settles every account with an order that is due: what the timer does when nobody reads. */
export async function settleAll(venue: Venue, now: number): Promise<void> {
  let after = 0
  while (true) {
    const orders = await listAllOpenOrders(venue.pool, { after, limit: SWEEP_SIZE })
    const due = orders.filter((order) => dueEvent({ order, source: venue.source, now }))
    for (const accountId of new Set(due.map((order) => order.accountId))) {
      await settleLocked({ venue, accountId, now })
    }
    const last = orders.at(-1)
    if (!last || orders.length < SWEEP_SIZE) return
    after = last.orderId
  }
}
