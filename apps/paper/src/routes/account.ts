import { isTradingAllowed } from '../authenticate.ts'
import type { Endpoint, SignedCall } from '../endpoint.ts'
import { BinanceError } from '../errors.ts'
import { ASSETS, USDT } from '../market/catalog.ts'
import { formatAmount } from '../market/markets.ts'
import { ORDER_LIMITS } from '../order-counts.ts'
import { limitOf, optionalBoolean, optionalInteger, optionalTime, requiredMarket } from '../parameters.ts'
import { type Balance, listBalances } from '../store/balances.ts'
import { listTrades } from '../store/trades.ts'
import { settleIfDue } from '../trading/settle.ts'
import { queriedTrade } from '../trading/wire.ts'

const DAY = 86_400_000
const RATE = '0.00100000'
const NO_RATE = '0.00000000'
const NO_RATES = { maker: NO_RATE, taker: NO_RATE, buyer: NO_RATE, seller: NO_RATE }

/** What an account holds, what it has traded, and what that costs. */
export const accountEndpoints: Endpoint[] = [
  {
    method: 'GET',
    path: '/api/v3/account',
    weight: 20,
    known: ['omitZeroBalances'],
    security: 'USER_DATA',
    run: readAccount,
  },
  {
    method: 'GET',
    path: '/api/v3/account/commission',
    weight: 20,
    known: ['symbol'],
    security: 'USER_DATA',
    run: ({ parameters }) => ({
      symbol: requiredMarket(parameters).symbol,
      standardCommission: { ...NO_RATES, maker: RATE, taker: RATE },
      specialCommission: NO_RATES,
      taxCommission: NO_RATES,
      discount: {
        enabledForAccount: false,
        enabledForSymbol: false,
        discountAsset: 'BNB',
        discount: NO_RATE,
      },
    }),
  },
  {
    method: 'GET',
    path: '/api/v3/myTrades',
    weight: (parameters) => (parameters.has('orderId') ? 5 : 20),
    known: ['symbol', 'orderId', 'startTime', 'endTime', 'fromId', 'limit'],
    security: 'USER_DATA',
    run: readTrades,
  },
  {
    method: 'GET',
    path: '/api/v3/rateLimit/order',
    weight: 40,
    known: [],
    security: 'USER_DATA',
    run: ({ venue, key, now }) => {
      const counts = venue.orderCounts.of(key.accountId, now)
      return ORDER_LIMITS.map(({ interval, intervalNum, limit }, index) => ({
        rateLimitType: 'ORDERS',
        interval,
        intervalNum,
        limit,
        count: counts[index] ?? 0,
      }))
    },
  },
]

async function readAccount({ venue, parameters, key, now }: SignedCall): Promise<unknown> {
  const omitZero = optionalBoolean(parameters, 'omitZeroBalances') ?? false
  await settleIfDue({ venue, accountId: key.accountId, now })
  const held = await listBalances(venue.pool, { accountId: key.accountId, accountType: 'spot' })
  return {
    makerCommission: 10,
    takerCommission: 10,
    buyerCommission: 0,
    sellerCommission: 0,
    commissionRates: { ...NO_RATES, maker: RATE, taker: RATE },
    canTrade: isTradingAllowed(key, now),
    canWithdraw: true,
    canDeposit: true,
    brokered: false,
    requireSelfTradePrevention: false,
    preventSor: false,
    updateTime: now,
    accountType: 'SPOT',
    balances: omitZero ? nonZero(held).map(showBalance) : withAllAssets(held),
    permissions: ['SPOT'],
    uid: key.accountId,
  }
}

/** Balances that are not empty. */
export function nonZero(balances: Balance[]): Balance[] {
  return balances.filter((balance) => !balance.free.isZero() || !balance.locked.isZero())
}

function showBalance(balance: Balance) {
  return { asset: balance.asset, free: formatAmount(balance.free), locked: formatAmount(balance.locked) }
}

/** As at Binance: every asset that the exchange knows has a line, most of them zero. */
function withAllAssets(held: Balance[]) {
  const lines = new Map<string, { asset: string; free: string; locked: string }>()
  for (const { asset } of [USDT, ...ASSETS]) lines.set(asset, { asset, free: NO_RATE, locked: NO_RATE })
  for (const balance of held) lines.set(balance.asset, showBalance(balance))
  return [...lines.values()]
}

async function readTrades({ venue, parameters, key, now }: SignedCall): Promise<unknown> {
  const market = requiredMarket(parameters)
  const from = optionalTime(parameters, 'startTime')
  const to = optionalTime(parameters, 'endTime')
  refuseLongWindow(from, to)
  await settleIfDue({ venue, accountId: key.accountId, now })
  const trades = await listTrades(venue.pool, {
    accountId: key.accountId,
    symbol: market.symbol,
    orderId: optionalInteger(parameters, 'orderId'),
    fromId: optionalInteger(parameters, 'fromId'),
    from,
    to,
    limit: limitOf(parameters, { usual: 500, max: 1_000 }),
  })
  return trades.map(queriedTrade)
}

/** Refuses a window of more than a day. @throws BinanceError -1127. */
export function refuseLongWindow(from: number | null, to: number | null): void {
  if (from !== null && to !== null && to - from > DAY) {
    throw new BinanceError({ code: -1127, message: 'More than 24 hours between startTime and endTime.' })
  }
}
