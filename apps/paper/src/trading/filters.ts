import { Decimal } from 'decimal.js'
import { filterFailure } from '../errors.ts'
import { formatAmount, type Market } from '../market/markets.ts'
import type { OrderRequest } from './order-request.ts'

/** A limit order's price lies between a fifth of the market's price and five times it. */
const PRICE_MULTIPLIER_UP = '5'
const PRICE_MULTIPLIER_DOWN = '0.2'

/** Open orders of an account per market; of those, orders that wait for a stop price. */
export const MAX_OPEN_ORDERS = 200
export const MAX_STOP_ORDERS = 5

/** The filters of a market as exchangeInfo lists them (Binance, "Filters"). */
export function describeFilters(market: Market): Record<string, unknown>[] {
  const amount = formatAmount
  return [
    {
      filterType: 'PRICE_FILTER',
      minPrice: amount(market.tickSize),
      maxPrice: amount(market.maxPrice),
      tickSize: amount(market.tickSize),
    },
    {
      filterType: 'LOT_SIZE',
      minQty: amount(market.lotSize),
      maxQty: amount(market.maxQuantity),
      stepSize: amount(market.lotSize),
    },
    { filterType: 'ICEBERG_PARTS', limit: 10 },
    {
      filterType: 'MARKET_LOT_SIZE',
      minQty: amount(new Decimal(0)),
      maxQty: amount(market.maxMarketQuantity),
      stepSize: amount(new Decimal(0)),
    },
    {
      filterType: 'PERCENT_PRICE_BY_SIDE',
      bidMultiplierUp: PRICE_MULTIPLIER_UP,
      bidMultiplierDown: PRICE_MULTIPLIER_DOWN,
      askMultiplierUp: PRICE_MULTIPLIER_UP,
      askMultiplierDown: PRICE_MULTIPLIER_DOWN,
      avgPriceMins: 5,
    },
    {
      filterType: 'NOTIONAL',
      minNotional: amount(market.minNotional),
      applyMinToMarket: true,
      maxNotional: amount(market.maxNotional),
      applyMaxToMarket: false,
      avgPriceMins: 5,
    },
    { filterType: 'MAX_NUM_ORDERS', maxNumOrders: MAX_OPEN_ORDERS },
    { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: MAX_STOP_ORDERS },
  ]
}

/**
 * Checks an order against its market's filters; `lastPrice` stands in for the average that Binance takes.
 * @throws BinanceError -1013 that names the first filter that fails.
 */
export function checkFilters(request: OrderRequest, lastPrice: Decimal): void {
  const { market, price, stopPrice, quantity } = request
  for (const value of [price, stopPrice]) {
    if (value && !isPriceAllowed(market, value)) throw filterFailure('PRICE_FILTER')
  }
  if (
    price &&
    (price.gt(lastPrice.mul(PRICE_MULTIPLIER_UP)) || price.lt(lastPrice.mul(PRICE_MULTIPLIER_DOWN)))
  ) {
    throw filterFailure('PERCENT_PRICE_BY_SIDE')
  }
  if (quantity) checkQuantity({ market, quantity, isMarketOrder: request.type === 'MARKET' })
  const notional = request.quoteOrderQty ?? quantity?.mul(price ?? lastPrice) ?? new Decimal(0)
  if (notional.lt(market.minNotional)) throw filterFailure('NOTIONAL')
  if (request.type !== 'MARKET' && notional.gt(market.maxNotional)) throw filterFailure('NOTIONAL')
}

function isPriceAllowed(market: Market, price: Decimal): boolean {
  return price.gte(market.tickSize) && price.lte(market.maxPrice) && price.mod(market.tickSize).isZero()
}

function checkQuantity(o: { market: Market; quantity: Decimal; isMarketOrder: boolean }): void {
  const { market, quantity } = o
  const fits =
    quantity.gte(market.lotSize) && quantity.lte(market.maxQuantity) && quantity.mod(market.lotSize).isZero()
  if (!fits) throw filterFailure('LOT_SIZE')
  if (o.isMarketOrder && quantity.gt(market.maxMarketQuantity)) throw filterFailure('MARKET_LOT_SIZE')
}
