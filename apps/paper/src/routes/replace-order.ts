import { inTransaction } from '@opentrade/db'
import { type Endpoint, SIGNING_PARAMETERS, type SignedCall } from '../endpoint.ts'
import { BinanceError, missingParameter } from '../errors.ts'
import { optionalClientOrderId, optionalText, type Parameters } from '../parameters.ts'
import { cancelOrder } from '../trading/cancel-order.ts'
import { ORDER_PARAMETERS, readOrderRequest } from '../trading/order-request.ts'
import { placeOrder } from '../trading/place-order.ts'
import { cancelledOrder, placedOrder } from '../trading/wire.ts'
import { readNames, refuseRestriction } from './orders.ts'

/** Cancelling an order and placing another in one request. */
export const replaceEndpoints: Endpoint[] = [
  {
    method: 'POST',
    path: '/api/v3/order/cancelReplace',
    weight: 1,
    known: [
      ...ORDER_PARAMETERS,
      'cancelReplaceMode',
      'cancelNewClientOrderId',
      'cancelOrigClientOrderId',
      'cancelOrderId',
      'cancelRestrictions',
      'orderRateLimitExceededMode',
    ],
    security: 'TRADE',
    run: replaceOrder,
  },
]

type Outcome<T> = { result: 'SUCCESS'; value: T } | { result: 'FAILURE'; error: BinanceError }

/**
 * Cancels one order and places another, each in a transaction of its own as at Binance.
 * @throws BinanceError -2022 (400) when neither was done, -2021 (409) when one was.
 */
async function replaceOrder({ venue, parameters, key, now }: SignedCall): Promise<unknown> {
  const request = readOrderRequest(withoutCancel(parameters))
  const mode = optionalText(parameters, 'cancelReplaceMode')
  if (mode !== 'STOP_ON_FAILURE' && mode !== 'ALLOW_FAILURE') {
    throw missingParameter('cancelReplaceMode')
  }
  const named = readNames(parameters, 'cancelOrderId', 'cancelOrigClientOrderId')
  const newClientOrderId = optionalClientOrderId(parameters, 'cancelNewClientOrderId')
  const { accountId } = key
  venue.orderCounts.add(accountId, now)
  const { symbol } = request.market

  const cancelled = await attempt(() =>
    inTransaction(venue.pool, (client) => {
      refuseRestriction(parameters)
      return cancelOrder({ client, venue, accountId, symbol, now, ...named, newClientOrderId })
    }),
  )
  if (cancelled.result === 'FAILURE' && mode === 'STOP_ON_FAILURE') {
    throw replaceFailure(-2022, { cancel: describe(cancelled, cancelledOrder), placed: null })
  }
  const placed = await attempt(() =>
    inTransaction(venue.pool, (client) => placeOrder({ client, venue, accountId, request, now })),
  )
  const outcome = {
    cancel: describe(cancelled, cancelledOrder),
    placed: describe(placed, (value) => placedOrder(value, request.responseType)),
  }
  if (cancelled.result === 'FAILURE' && placed.result === 'FAILURE') throw replaceFailure(-2022, outcome)
  if (cancelled.result === 'FAILURE' || placed.result === 'FAILURE') throw replaceFailure(-2021, outcome)
  return replaceResult(outcome)
}

function withoutCancel(parameters: Parameters): Parameters {
  const kept = [...parameters].filter(
    ([name]) =>
      ORDER_PARAMETERS.some((known) => known === name) || SIGNING_PARAMETERS.some((known) => known === name),
  )
  return new Map(kept)
}

async function attempt<T>(run: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { result: 'SUCCESS', value: await run() }
  } catch (error) {
    if (error instanceof BinanceError) return { result: 'FAILURE', error }
    throw error
  }
}

interface Described {
  result: 'SUCCESS' | 'FAILURE'
  response: Record<string, unknown>
}

function describe<T>(outcome: Outcome<T>, show: (value: T) => Record<string, unknown>): Described {
  if (outcome.result === 'SUCCESS') return { result: 'SUCCESS', response: show(outcome.value) }
  return { result: 'FAILURE', response: { code: outcome.error.code, msg: outcome.error.message } }
}

function replaceResult(o: { cancel: Described; placed: Described | null }) {
  return {
    cancelResult: o.cancel.result,
    newOrderResult: o.placed?.result ?? 'NOT_ATTEMPTED',
    cancelResponse: o.cancel.response,
    newOrderResponse: o.placed?.response ?? null,
  }
}

function replaceFailure(
  code: -2021 | -2022,
  o: { cancel: Described; placed: Described | null },
): BinanceError {
  return new BinanceError({
    code,
    message: code === -2021 ? 'Order cancel-replace partially failed.' : 'Order cancel-replace failed.',
    status: code === -2021 ? 409 : 400,
    data: replaceResult(o),
  })
}
