import { Decimal } from 'decimal.js'
import type { Endpoint, SignedCall } from '../endpoint.ts'
import { formatAmount } from '../market/markets.ts'
import { optionalInteger, optionalText } from '../parameters.ts'
import { listBalances } from '../store/balances.ts'
import { bitcoinValue, usdtPrice } from '../valuation.ts'
import { nonZero } from './account.ts'
import { signed } from './signed.ts'

/** What an account has in Simple Earn, flexible and locked. */
export const earnEndpoints: Endpoint[] = [
  signed('GET', '/sapi/v1/simple-earn/flexible/position', readFlexible, 150),
  signed('GET', '/sapi/v1/simple-earn/locked/position', readLocked, 150),
  signed('GET', '/sapi/v1/simple-earn/account', readEarnAccount, 150),
]

/** The page of rows that `current` and `size` ask for, with the number of all of them. */
function page<T>({ parameters }: SignedCall, rows: T[]): { rows: T[]; total: number } {
  const size = Math.min(100, Math.max(1, optionalInteger(parameters, 'size') ?? 10))
  const current = Math.max(1, optionalInteger(parameters, 'current') ?? 1)
  return { rows: rows.slice((current - 1) * size, current * size), total: rows.length }
}

async function readFlexible(call: SignedCall): Promise<unknown> {
  const { venue, parameters, key } = call
  const asset = optionalText(parameters, 'asset')
  const productId = optionalText(parameters, 'productId')
  const held = nonZero(
    await listBalances(venue.pool, { accountId: key.accountId, accountType: 'earn_flexible' }),
  )
  const rows = held.map((balance) => ({
    totalAmount: formatAmount(balance.free.plus(balance.locked)),
    latestAnnualPercentageRate: '0.02120000',
    tierAnnualPercentageRate: {},
    asset: balance.asset,
    canRedeem: true,
    collateralAmount: '0',
    productId: `${balance.asset}001`,
    yesterdayRealTimeRewards: '0',
    cumulativeBonusRewards: '0',
    cumulativeRealTimeRewards: '0',
    cumulativeTotalRewards: '0',
    autoSubscribe: false,
  }))
  return page(
    call,
    rows.filter(
      (row) => (asset === null || row.asset === asset) && (productId === null || row.productId === productId),
    ),
  )
}

const LOCKED_DAYS = 60

async function readLocked(call: SignedCall): Promise<unknown> {
  const { venue, parameters, key } = call
  const asset = optionalText(parameters, 'asset')
  const held = nonZero(
    await listBalances(venue.pool, { accountId: key.accountId, accountType: 'earn_locked' }),
  )
  const rows = held.map((balance, index) => ({
    positionId: key.accountId * 100 + index,
    projectId: `${balance.asset}*${LOCKED_DAYS}`,
    asset: balance.asset,
    amount: formatAmount(balance.free.plus(balance.locked)),
    purchaseTime: String(key.createdAt),
    duration: String(LOCKED_DAYS),
    accrualDays: '0',
    rewardAsset: balance.asset,
    APY: '0.0310',
    rewardAmt: '0',
    isRenewable: true,
    isAutoRenew: false,
    redeemDate: String(key.createdAt + LOCKED_DAYS * 86_400_000),
    status: 'HOLDING',
    canRedeemEarly: true,
  }))
  return page(
    call,
    rows.filter((row) => asset === null || row.asset === asset),
  )
}

async function readEarnAccount({ venue, key, now }: SignedCall): Promise<unknown> {
  const worth = async (accountType: 'earn_flexible' | 'earn_locked') => {
    let total = new Decimal(0)
    for (const balance of await listBalances(venue.pool, { accountId: key.accountId, accountType })) {
      total = total.plus(bitcoinValue({ venue, balance, now }))
    }
    return total
  }
  const flexible = await worth('earn_flexible')
  const locked = await worth('earn_locked')
  const inUsdt = (amount: Decimal) => formatAmount(amount.mul(usdtPrice(venue, 'BTC', now) ?? 0))
  return {
    totalAmountInBTC: formatAmount(flexible.plus(locked)),
    totalAmountInUSDT: inUsdt(flexible.plus(locked)),
    totalFlexibleAmountInBTC: formatAmount(flexible),
    totalFlexibleAmountInUSDT: inUsdt(flexible),
    totalLockedInBTC: formatAmount(locked),
    totalLockedInUSDT: inUsdt(locked),
  }
}
