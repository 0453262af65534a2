import { inTransaction } from '@opentrade/db'
import type { Endpoint, SignedCall } from '../endpoint.ts'
import { BinanceError } from '../errors.ts'
import {
  limitOf,
  optionalBoolean,
  optionalClientOrderId,
  optionalInteger,
  optionalMarket,
  optionalText,
  optionalTime,
  type Parameters,
  requiredMarket,
} from '../parameters.ts'
import { findOrder, listOpenOrders, listOrders } from '../store/orders.ts'
import { cancelAllOrders, cancelOrder } from '../trading/cancel-order.ts'
import { ORDER_PARAMETERS, readOrderRequest } from '../trading/order-request.ts'
import { checkOrder, placeOrder } from '../trading/place-order.ts'
import { settleIfDue } from '../trading/settle.ts'
import { cancelledOrder, placedOrder, queriedOrder } from '../trading/wire.ts'
import { refuseLongWindow } from './account.ts'

/** Placing, cancelling and finding orders. */
export const orderEndpoints: Endpoint[] = [
  {
    method: 'POST',
    path: '/api/v3/order',
    weight: 1,
    known: ORDER_PARAMETERS,
    security: 'TRADE',
    run: placeNewOrder,
  },
  {
    method: 'POST',
    path: '/api/v3/order/test',
    weight: (parameters) => (parameters.get('computeCommissionRates') === 'true' ? 20 : 1),
    known: [...ORDER_PARAMETERS, 'computeCommissionRates'],
    security: 'TRADE',
    run: ({ venue, parameters, now }) => {
      checkOrder({ venue, request: readOrderRequest(parameters), now })
      if (!optionalBoolean(parameters, 'computeCommissionRates')) return {}
      const none = { maker: '0.00000000', taker: '0.00000000' }
      return {
        standardCommissionForOrder: { maker: '0.00100000', taker: '0.00100000' },
        specialCommissionForOrder: none,
        taxCommissionForOrder: none,
        discount: {
          enabledForAccount: false,
          enabledForSymbol: false,
          discountAsset: 'BNB',
          discount: '0.00000000',
        },
      }
    },
  },
  {
    method: 'GET',
    path: '/api/v3/order',
    weight: 4,
    known: ['symbol', 'orderId', 'origClientOrderId'],
    security: 'USER_DATA',
    run: readOrder,
  },
  {
    method: 'DELETE',
    path: '/api/v3/order',
    weight: 1,
    known: ['symbol', 'orderId', 'origClientOrderId', 'newClientOrderId', 'cancelRestrictions'],
    security: 'TRADE',
    run: async ({ venue, parameters, key, now }) => {
      const { symbol } = requiredMarket(parameters)
      const named = readNames(parameters, 'orderId', 'origClientOrderId')
      const newClientOrderId = optionalClientOrderId(parameters, 'newClientOrderId')
      refuseRestriction(parameters)
      const order = await inTransaction(venue.pool, (client) =>
        cancelOrder({ client, venue, accountId: key.accountId, symbol, now, ...named, newClientOrderId }),
      )
      return cancelledOrder(order)
    },
  },
  {
    method: 'GET',
    path: '/api/v3/openOrders',
    weight: (parameters) => (parameters.has('symbol') ? 6 : 80),
    known: ['symbol'],
    security: 'USER_DATA',
    run: async ({ venue, parameters, key, now }) => {
      const symbol = optionalMarket(parameters)?.symbol ?? null
      await settleIfDue({ venue, accountId: key.accountId, now })
      return (await listOpenOrders(venue.pool, { accountId: key.accountId, symbol })).map(queriedOrder)
    },
  },
  {
    method: 'DELETE',
    path: '/api/v3/openOrders',
    weight: 1,
    known: ['symbol'],
    security: 'TRADE',
    run: async ({ venue, parameters, key, now }) => {
      const { symbol } = requiredMarket(parameters)
      const orders = await inTransaction(venue.pool, (client) =>
        cancelAllOrders({ client, venue, accountId: key.accountId, symbol, now }),
      )
      return orders.map(cancelledOrder)
    },
  },
  {
    method: 'GET',
    path: '/api/v3/allOrders',
    weight: 20,
    known: ['symbol', 'orderId', 'startTime', 'endTime', 'limit'],
    security: 'USER_DATA',
    run: readAllOrders,
  },
]

async function placeNewOrder({ venue, parameters, key, now }: SignedCall): Promise<unknown> {
  const request = readOrderRequest(parameters)
  const { accountId } = key
  venue.orderCounts.add(accountId, now)
  try {
    const placed = await inTransaction(venue.pool, (client) =>
      placeOrder({ client, venue, accountId, request, now }),
    )
    // The answer still counts the order; a moment later a filled one is off, as at Binance.
    if (placed.order.status === 'FILLED') setImmediate(() => venue.orderCounts.remove(accountId, now))
    return placedOrder(placed, request.responseType)
  } catch (error) {
    venue.orderCounts.remove(accountId, now)
    throw error
  }
}

async function readOrder({ venue, parameters, key, now }: SignedCall): Promise<unknown> {
  const { symbol } = requiredMarket(parameters)
  const { orderId, origClientOrderId } = readNames(parameters, 'orderId', 'origClientOrderId')
  await settleIfDue({ venue, accountId: key.accountId, now })
  const order = await findOrder(venue.pool, {
    accountId: key.accountId,
    symbol,
    orderId,
    clientOrderId: origClientOrderId,
  })
  if (order) return queriedOrder(order)
  if (orderId !== null && origClientOrderId !== null) {
    throw new BinanceError({ code: -2039, message: 'Client order ID is not correct for this order ID.' })
  }
  throw new BinanceError({ code: -2013, message: 'Order does not exist.' })
}

async function readAllOrders({ venue, parameters, key, now }: SignedCall): Promise<unknown> {
  const { symbol } = requiredMarket(parameters)
  const from = optionalTime(parameters, 'startTime')
  const to = optionalTime(parameters, 'endTime')
  refuseLongWindow(from, to)
  await settleIfDue({ venue, accountId: key.accountId, now })
  const orders = await listOrders(venue.pool, {
    accountId: key.accountId,
    symbol,
    fromId: optionalInteger(parameters, 'orderId'),
    from,
    to,
    limit: limitOf(parameters, { usual: 500, max: 1_000 }),
  })
  return orders.map(queriedOrder)
}

/** The order that a request names, by either id. @throws BinanceError -1102 when it names none. */
export function readNames(parameters: Parameters, idName: string, clientIdName: string) {
  const orderId = optionalInteger(parameters, idName)
  const origClientOrderId = optionalClientOrderId(parameters, clientIdName)
  if (orderId === null && origClientOrderId === null) {
    throw new BinanceError({
      code: -1102,
      message: `Param '${clientIdName}' or '${idName}' must be sent, but both were empty/null!`,
    })
  }
  return { orderId, origClientOrderId }
}

/** Open orders here are never filled in part, so a restriction to such orders lets none be cancelled. */
export function refuseRestriction(parameters: Parameters): void {
  const restriction = optionalText(parameters, 'cancelRestrictions')
  if (restriction === null || restriction === 'ONLY_NEW') return
  if (restriction === 'ONLY_PARTIALLY_FILLED') {
    throw new BinanceError({ code: -2011, message: 'Order was not canceled due to cancel restrictions.' })
  }
  throw new BinanceError({ code: -1145, message: 'Invalid cancelRestrictions' })
}
