import { formatAmount } from '../market/markets.ts'
import type { Order } from '../store/orders.ts'
import type { Trade } from '../store/trades.ts'
import type { ResponseType } from './order-request.ts'
import type { PlacedOrder } from './place-order.ts'

type Json = Record<string, unknown>

/** An order as the query endpoints show it. */
export function queriedOrder(order: Order): Json {
  return {
    symbol: order.symbol,
    orderId: order.orderId,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    ...amounts(order),
    status: order.status,
    timeInForce: order.timeInForce,
    type: order.type,
    side: order.side,
    stopPrice: formatAmount(order.stopPrice),
    icebergQty: '0.00000000',
    time: order.createdMs,
    updateTime: order.updatedMs,
    isWorking: order.workingMs !== null,
    workingTime: order.workingMs ?? -1,
    origQuoteOrderQty: formatAmount(order.origQuoteQty),
    selfTradePreventionMode: 'NONE',
  }
}

/** The answer to a new order, as long as was asked for. */
export function placedOrder({ order, trades }: PlacedOrder, responseType: ResponseType): Json {
  const acknowledged = {
    symbol: order.symbol,
    orderId: order.orderId,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    transactTime: order.createdMs,
  }
  if (responseType === 'ACK') return acknowledged
  const result = {
    ...acknowledged,
    ...amounts(order),
    origQuoteOrderQty: formatAmount(order.origQuoteQty),
    status: order.status,
    timeInForce: order.timeInForce,
    type: order.type,
    side: order.side,
    ...(order.stopPrice.isZero() ? {} : { stopPrice: formatAmount(order.stopPrice) }),
    workingTime: order.workingMs ?? -1,
    selfTradePreventionMode: 'NONE',
  }
  return responseType === 'RESULT' ? result : { ...result, fills: trades.map(filled) }
}

function filled(trade: Trade): Json {
  return {
    price: formatAmount(trade.price),
    qty: formatAmount(trade.qty),
    commission: formatAmount(trade.commission),
    commissionAsset: trade.commissionAsset,
    tradeId: trade.tradeId,
  }
}

/** The answer to a cancellation. */
export function cancelledOrder(order: Order): Json {
  return {
    symbol: order.symbol,
    origClientOrderId: order.clientOrderId,
    orderId: order.orderId,
    orderListId: -1,
    clientOrderId: order.cancelClientOrderId,
    transactTime: order.updatedMs,
    ...amounts(order),
    origQuoteOrderQty: formatAmount(order.origQuoteQty),
    status: order.status,
    timeInForce: order.timeInForce,
    type: order.type,
    side: order.side,
    ...(order.stopPrice.isZero() ? {} : { stopPrice: formatAmount(order.stopPrice) }),
    selfTradePreventionMode: 'NONE',
  }
}

function amounts(order: Order): Json {
  return {
    price: formatAmount(order.price),
    origQty: formatAmount(order.origQty),
    executedQty: formatAmount(order.executedQty),
    cummulativeQuoteQty: formatAmount(order.executedQuoteQty),
  }
}

/** A trade as myTrades shows it. */
export function queriedTrade(trade: Trade): Json {
  return {
    symbol: trade.symbol,
    id: trade.tradeId,
    orderId: trade.orderId,
    orderListId: -1,
    price: formatAmount(trade.price),
    qty: formatAmount(trade.qty),
    quoteQty: formatAmount(trade.quoteQty),
    commission: formatAmount(trade.commission),
    commissionAsset: trade.commissionAsset,
    time: trade.tradedMs,
    isBuyer: trade.isBuyer,
    isMaker: trade.isMaker,
    isBestMatch: true,
  }
}
