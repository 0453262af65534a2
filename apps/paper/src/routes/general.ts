import type { Endpoint } from '../endpoint.ts'
import { BinanceError, invalidParameter } from '../errors.ts'
import { AMOUNT_DECIMALS, MARKETS, type Market } from '../market/markets.ts'
import { ORDER_LIMITS } from '../order-counts.ts'
import { optionalBoolean, optionalMarkets, optionalText, type Parameters } from '../parameters.ts'
import { describeFilters } from '../trading/filters.ts'
import type { Venue } from '../venue.ts'

/** What says whether the exchange is there, what time it has, and what trades on it by which rules. */
export const generalEndpoints: Endpoint[] = [
  { method: 'GET', path: '/api/v3/ping', weight: 1, known: [], security: 'NONE', run: () => ({}) },
  {
    method: 'GET',
    path: '/api/v3/time',
    weight: 1,
    known: [],
    security: 'NONE',
    run: ({ now }) => ({ serverTime: now }),
  },
  {
    method: 'GET',
    path: '/api/v3/exchangeInfo',
    weight: 20,
    known: ['symbol', 'symbols', 'permissions', 'showPermissionSets', 'symbolStatus'],
    security: 'NONE',
    run: ({ venue, parameters, now }) => ({
      timezone: 'UTC',
      serverTime: now,
      rateLimits: rateLimits(venue),
      exchangeFilters: [],
      symbols: selectMarkets(parameters).map((market) =>
        describeMarket({
          market,
          venue,
          now,
          showSets: optionalBoolean(parameters, 'showPermissionSets') ?? true,
        }),
      ),
      sors: [],
    }),
  },
]

function selectMarkets(parameters: Parameters): readonly Market[] {
  const named = optionalMarkets(parameters)
  const permissions = optionalText(parameters, 'permissions')
  const status = optionalText(parameters, 'symbolStatus')
  if (named && (permissions !== null || status !== null)) {
    throw new BinanceError({ code: -1128, message: 'Combination of optional parameters invalid.' })
  }
  if (named) return named.markets
  if (status !== null && !['TRADING', 'HALT', 'BREAK'].includes(status)) {
    throw new BinanceError({ code: -1122, message: 'Invalid symbolStatus.' })
  }
  if (permissions !== null && !permissionList(permissions).includes('SPOT')) return []
  return status === null || status === 'TRADING' ? MARKETS : []
}

function permissionList(text: string): string[] {
  if (/^[A-Z0-9_]{1,30}$/.test(text)) return [text]
  if (!/^\["[A-Z0-9_]{1,30}"(,"[A-Z0-9_]{1,30}")*\]$/.test(text)) throw invalidParameter('permissions')
  return text.slice(2, -2).split('","')
}

function describeMarket(o: { market: Market; venue: Venue; now: number; showSets: boolean }) {
  const { market, venue, now } = o
  return {
    symbol: market.symbol,
    status: venue.source.last(market, now) ? 'TRADING' : 'BREAK',
    baseAsset: market.base,
    baseAssetPrecision: AMOUNT_DECIMALS,
    quoteAsset: market.quote,
    quotePrecision: AMOUNT_DECIMALS,
    quoteAssetPrecision: AMOUNT_DECIMALS,
    baseCommissionPrecision: AMOUNT_DECIMALS,
    quoteCommissionPrecision: AMOUNT_DECIMALS,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'],
    icebergAllowed: false,
    ocoAllowed: false,
    otoAllowed: false,
    opoAllowed: false,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: false,
    cancelReplaceAllowed: true,
    amendAllowed: false,
    pegInstructionsAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: describeFilters(market),
    permissions: [],
    permissionSets: o.showSets ? [['SPOT']] : [],
    defaultSelfTradePreventionMode: 'NONE',
    allowedSelfTradePreventionModes: ['NONE'],
  }
}

function rateLimits(venue: Venue) {
  return [
    { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: venue.weightLimit },
    ...ORDER_LIMITS.map(({ interval, intervalNum, limit }) => ({
      rateLimitType: 'ORDERS',
      interval,
      intervalNum,
      limit,
    })),
  ]
}
