import { Decimal } from 'decimal.js'
import { orderRejected } from '../errors.ts'
import { type Book, type BookLevel, TRADED_LEVELS } from '../market/book.ts'
import { AMOUNT_DECIMALS, type Market, priceOf, quantityOf } from '../market/markets.ts'
import type { BalanceMove } from '../store/balances.ts'
import type { Side } from '../store/orders.ts'
import type { OrderRequest } from './order-request.ts'

/** What every fill costs, of what is received: 0.1%. */
const FEE_RATE = new Decimal('0.001')

/** One fill of an order. */
export interface Fill {
  price: Decimal
  qty: Decimal
  /** Price times quantity, to eight decimal places. */
  quoteQty: Decimal
  commission: Decimal
  commissionAsset: string
}

/** What becomes of an order when it arrives: it is filled whole, rests, waits for its stop price, or expires. */
export type Plan = { kind: 'fill'; fills: Fill[] } | { kind: 'rest' } | { kind: 'wait' } | { kind: 'expire' }

/**
 * Decides an order against the book of this second. Nothing is filled in part: the last level that an order may
 * reach takes all that is left of it.
 * @throws BinanceError -2010 for a post-only order that would trade and a stop price already passed.
 */
export function planOrder(o: { request: OrderRequest; book: Book; lastPrice: Decimal }): Plan {
  const { request, book } = o
  if (request.stopPrice) {
    if (isTriggered({ request, lastPrice: o.lastPrice }))
      throw orderRejected('Order would trigger immediately.')
    return { kind: 'wait' }
  }
  const levels = request.side === 'BUY' ? book.asks : book.bids
  const reachable = levels.slice(0, TRADED_LEVELS).filter((level) => isWithin(request, level))
  if (request.type === 'LIMIT_MAKER') {
    if (reachable.length > 0) throw orderRejected('Order would immediately match and take.')
    return { kind: 'rest' }
  }
  if (reachable.length === 0) return request.timeInForce === 'GTC' ? { kind: 'rest' } : { kind: 'expire' }
  const fills = takeLevels(request, reachable)
  return fills.length === 0 ? { kind: 'expire' } : { kind: 'fill', fills }
}

function isWithin(request: OrderRequest, level: BookLevel): boolean {
  if (!request.price) return true
  const price = priceOf(request.market, level.ticks)
  return request.side === 'BUY' ? price.lte(request.price) : price.gte(request.price)
}

/** Which way the price must go to reach a stop price. */
export function stopDirection(side: Side, type: string): 'up' | 'down' {
  return (side === 'BUY') === (type === 'STOP_LOSS_LIMIT') ? 'up' : 'down'
}

function isTriggered(o: { request: OrderRequest; lastPrice: Decimal }): boolean {
  const { request, lastPrice } = o
  if (!request.stopPrice) return false
  return stopDirection(request.side, request.type) === 'up'
    ? lastPrice.gte(request.stopPrice)
    : lastPrice.lte(request.stopPrice)
}

function takeLevels(request: OrderRequest, levels: BookLevel[]): Fill[] {
  const { market, side } = request
  const fills: Fill[] = []
  let left = request.quantity
  let quoteLeft = request.quoteOrderQty
  for (const [index, level] of levels.entries()) {
    const price = priceOf(market, level.ticks)
    const offered = quantityOf(market, level.lots)
    const wanted = left ?? wholeLots(market, (quoteLeft ?? new Decimal(0)).div(price))
    const isLast = index === levels.length - 1
    const qty = isLast ? wanted : Decimal.min(wanted, offered)
    if (qty.isZero()) break
    const fill = createFill({ market, side, price, qty })
    fills.push(fill)
    left = left?.minus(qty) ?? null
    quoteLeft = quoteLeft?.minus(fill.quoteQty) ?? null
    if (left?.isZero()) break
  }
  return fills
}

/** A quantity rounded down to what the market's lot size allows. */
function wholeLots(market: Market, quantity: Decimal): Decimal {
  return quantity.div(market.lotSize).floor().mul(market.lotSize)
}

/** A fill at a price, with the fee that it costs. */
export function createFill(o: { market: Market; side: Side; price: Decimal; qty: Decimal }): Fill {
  const { market, side, price, qty } = o
  const quoteQty = price.mul(qty).toDecimalPlaces(AMOUNT_DECIMALS, Decimal.ROUND_DOWN)
  const received = side === 'BUY' ? qty : quoteQty
  return {
    price,
    qty,
    quoteQty,
    commission: received.mul(FEE_RATE).toDecimalPlaces(AMOUNT_DECIMALS, Decimal.ROUND_DOWN),
    commissionAsset: side === 'BUY' ? market.base : market.quote,
  }
}

/** What an open order keeps locked: enough for it to be filled at its own price. */
export function holdOf(o: { market: Market; side: Side; price: Decimal; quantity: Decimal }): {
  asset: string
  amount: Decimal
} {
  if (o.side === 'SELL') return { asset: o.market.base, amount: o.quantity }
  const amount = o.price.mul(o.quantity).toDecimalPlaces(AMOUNT_DECIMALS, Decimal.ROUND_UP)
  return { asset: o.market.quote, amount }
}

/**
 * How fills move the balances. What was held for the order is released first; a taker held nothing.
 * Per asset the moves add up to what the fills gave and took, less the fees.
 */
export function movesOf(o: {
  market: Market
  side: Side
  fills: readonly Fill[]
  held: Decimal
}): [BalanceMove, BalanceMove] {
  const { market, side, fills, held } = o
  const qty = sum(fills.map((fill) => fill.qty))
  const quoteQty = sum(fills.map((fill) => fill.quoteQty))
  const fees = sum(fills.map((fill) => fill.commission))
  const [paidAsset, paid, receivedAsset, received] =
    side === 'BUY' ? [market.quote, quoteQty, market.base, qty] : [market.base, qty, market.quote, quoteQty]
  return [
    { asset: paidAsset, free: held.minus(paid), locked: held.neg() },
    { asset: receivedAsset, free: received.minus(fees), locked: new Decimal(0) },
  ]
}

/** The sum of amounts; 0 of none. */
export function sum(amounts: readonly Decimal[]): Decimal {
  return amounts.reduce((total, amount) => total.plus(amount), new Decimal(0))
}
