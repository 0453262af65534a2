import { randomBytes } from 'node:crypto'
import type { Decimal } from 'decimal.js'
import { BinanceError, filterFailure, missingParameter } from '../errors.ts'
import type { Market } from '../market/markets.ts'
import {
  optionalClientOrderId,
  optionalDecimal,
  optionalInteger,
  optionalText,
  type Parameters,
  requiredMarket,
  requiredText,
} from '../parameters.ts'
import type { OrderType, Side, TimeInForce } from '../store/orders.ts'

export type ResponseType = 'ACK' | 'RESULT' | 'FULL'

/** An order that makes sense in itself; whether its market and its account allow it comes later. */
export interface OrderRequest {
  market: Market
  side: Side
  type: OrderType
  timeInForce: TimeInForce
  /** Null only for market orders by quote quantity. */
  quantity: Decimal | null
  quoteOrderQty: Decimal | null
  /** Null for market orders. */
  price: Decimal | null
  /** Null but for stop-loss and take-profit orders. */
  stopPrice: Decimal | null
  clientOrderId: string
  responseType: ResponseType
}

/** Parameters of a new order, as `known` of the endpoints that take one. */
export const ORDER_PARAMETERS = [
  'symbol',
  'side',
  'type',
  'timeInForce',
  'quantity',
  'quoteOrderQty',
  'price',
  'newClientOrderId',
  'strategyId',
  'strategyType',
  'stopPrice',
  'newOrderRespType',
  'selfTradePreventionMode',
  'icebergQty',
  'trailingDelta',
  'pegPriceType',
  'pegOffsetType',
  'pegOffsetValue',
] as const

const OFFERED_TYPES = ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'] as const

/** Types, and parameters of further kinds, that Binance knows and this exchange does not offer. */
const OTHER_TYPES: Record<string, string> = {
  STOP_LOSS: 'Stop loss',
  TAKE_PROFIT: 'Take profit',
}
const OTHER_KINDS = { icebergQty: 'Iceberg', trailingDelta: 'Trailing stop', pegPriceType: 'Pegged' } as const

/** Reads a new order. @throws BinanceError with Binance's code for whatever is missing, malformed or too much. */
export function readOrderRequest(parameters: Parameters): OrderRequest {
  const market = requiredMarket(parameters)
  const side = readSide(parameters)
  const type = readType(parameters)
  for (const [name, kind] of Object.entries(OTHER_KINDS)) {
    if (optionalText(parameters, name) !== null) throw notSupported(kind)
  }
  const quantity = optionalDecimal(parameters, 'quantity')
  const quoteOrderQty = optionalDecimal(parameters, 'quoteOrderQty')
  const price = optionalDecimal(parameters, 'price')
  const stopPrice = optionalDecimal(parameters, 'stopPrice')
  refuseOdd({ parameters, type, quantity, quoteOrderQty })
  const timeInForce = readTimeInForce(parameters, type)

  if (type === 'MARKET') {
    if (!quantity && !quoteOrderQty) {
      throw new BinanceError({
        code: -1102,
        message: "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!",
      })
    }
  } else {
    if (!quantity) throw missingParameter('quantity')
    if (!price) throw missingParameter('price')
  }
  const stops = type === 'STOP_LOSS_LIMIT' || type === 'TAKE_PROFIT_LIMIT'
  if (stops && !stopPrice) throw missingParameter('stopPrice')
  for (const [name, value] of Object.entries({ quantity, quoteOrderQty, price, stopPrice })) {
    if (value?.isZero()) throw zeroValue(name)
  }

  return {
    market,
    side,
    type,
    timeInForce,
    quantity,
    quoteOrderQty,
    price: type === 'MARKET' ? null : price,
    stopPrice: stops ? stopPrice : null,
    clientOrderId: optionalClientOrderId(parameters, 'newClientOrderId') ?? createClientOrderId(),
    responseType: readResponseType(parameters, type),
  }
}

/** A client order id such as Binance makes when none is sent: 22 letters and digits. */
export function createClientOrderId(): string {
  return randomBytes(24)
    .toString('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .padEnd(22, '0')
    .slice(0, 22)
}

function readSide(parameters: Parameters): Side {
  const side = requiredText(parameters, 'side').toUpperCase()
  if (side === 'BUY' || side === 'SELL') return side
  throw new BinanceError({ code: -1117, message: 'Invalid side.' })
}

function readType(parameters: Parameters): OrderType {
  const text = requiredText(parameters, 'type').toUpperCase()
  const type = OFFERED_TYPES.find((offered) => offered === text)
  if (type) return type
  const other = Object.hasOwn(OTHER_TYPES, text) ? OTHER_TYPES[text] : undefined
  if (other) throw notSupported(other)
  throw new BinanceError({ code: -1116, message: 'Invalid orderType.' })
}

function readTimeInForce(parameters: Parameters, type: OrderType): TimeInForce {
  const text = optionalText(parameters, 'timeInForce')
  if (type === 'MARKET' || type === 'LIMIT_MAKER') {
    if (text !== null) throw notRequired('timeInForce')
    return 'GTC'
  }
  if (text === null) throw missingParameter('timeInForce')
  if (text === 'GTC' || text === 'IOC' || text === 'FOK') return text
  throw new BinanceError({ code: -1115, message: 'Invalid timeInForce.' })
}

function readResponseType(parameters: Parameters, type: OrderType): ResponseType {
  const text = optionalText(parameters, 'newOrderRespType')
  if (text === null) return type === 'MARKET' || type === 'LIMIT' ? 'FULL' : 'ACK'
  if (text === 'ACK' || text === 'RESULT' || text === 'FULL') return text
  throw new BinanceError({
    code: -1100,
    message: "Illegal characters found in parameter 'newOrderRespType'.",
  })
}

/** Refuses parameters that do not go with the type, and combinations that mean nothing. */
function refuseOdd(o: {
  parameters: Parameters
  type: OrderType
  quantity: Decimal | null
  quoteOrderQty: Decimal | null
}): void {
  const { parameters, type } = o
  if (type === 'MARKET' && parameters.has('price')) throw notRequired('price')
  if (type !== 'MARKET' && o.quoteOrderQty) throw notRequired('quoteOrderQty')
  if (o.quantity && o.quoteOrderQty) {
    throw new BinanceError({ code: -1128, message: 'Combination of optional parameters invalid.' })
  }
  const stops = type === 'STOP_LOSS_LIMIT' || type === 'TAKE_PROFIT_LIMIT'
  if (!stops && parameters.has('stopPrice')) throw notRequired('stopPrice')
  const strategyType = optionalInteger(parameters, 'strategyType')
  if (strategyType !== null && strategyType < 1_000_000) {
    throw new BinanceError({ code: -1134, message: '`strategyType` was less than 1000000.' })
  }
  optionalInteger(parameters, 'strategyId')
}

function zeroValue(name: string): BinanceError {
  if (name === 'quantity') return new BinanceError({ code: -1013, message: 'Invalid quantity.' })
  if (name === 'quoteOrderQty') return filterFailure('NOTIONAL')
  return new BinanceError({ code: -1013, message: 'Invalid price.' })
}

function notSupported(kind: string): BinanceError {
  return new BinanceError({ code: -1013, message: `${kind} orders are not supported for this symbol.` })
}

function notRequired(name: string): BinanceError {
  return new BinanceError({ code: -1106, message: `Parameter '${name}' sent when not required.` })
}
