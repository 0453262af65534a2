import { type BalanceRow, readBalances } from '@opentrade/db'
import type { Holding } from '@opentrade/exchange'
import type { UserContext } from '../context.ts'
import { CARRY_MS } from '../price/carry.ts'
import { openFallback } from '../price/fallback.ts'
import { formatMoney, Money, sumMoney, toScale } from '../price/money.ts'
import { readTickers } from '../price/read-tickers.ts'
import { valueHoldings } from '../price/value-holdings.ts'

export interface ValuedWallet {
  rows: BalanceRow[]
  totalUsdValue: string
  unpricedAssets: number
  /** False if something is unpriced only because the exchange's prices could not be read now. */
  pricesComplete: boolean
}

/**
 * Values what was read of a wallet. While the exchange's prices cannot be read, what has none keeps the one
 * that it had in this wallet, with its age, for a day. Account types and assets that could not be read stay as
 * they are in the database, values and all.
 */
export async function valueWallet(o: {
  ctx: UserContext
  walletId: string
  exchangeId: string
  holdings: readonly Holding[]
  failedAccountTypes: readonly string[]
  unreadAssets: readonly { accountType: string; asset: string }[]
}): Promise<ValuedWallet> {
  const { services } = o.ctx
  const { exchangeId, holdings } = o
  const [{ tickers, current }, fallback] = await Promise.all([
    readTickers({ services, exchangeId }),
    openFallback({ services, exchangeId, assets: holdings.map((holding) => holding.priceAsset) }),
  ])
  const valued = valueHoldings({ exchangeId, tickers, fallback, now: services.now(), holdings })
  const allPriced = current || valued.unpricedAssets === 0
  if (allPriced && o.failedAccountTypes.length === 0 && o.unreadAssets.length === 0) {
    return { ...summarize(valued.holdings), pricesComplete: true }
  }
  const before = await readBefore(o)
  const failed = new Set(o.failedAccountTypes)
  const keyOf = (row: { accountType: string; asset: string }) => JSON.stringify([row.accountType, row.asset])
  const unread = new Set(o.unreadAssets.map(keyOf))
  const isUnread = (row: BalanceRow) => failed.has(row.accountType) || unread.has(keyOf(row))
  const rows = [
    ...valued.holdings
      .filter((row) => !isUnread(row))
      .map((row) => carryPrice({ row, before, now: services.now() })),
    ...before.filter(isUnread),
  ]
  const summary = summarize(rows)
  return { ...summary, pricesComplete: current || summary.unpricedAssets === 0 }
}

function readBefore({ ctx, walletId }: { ctx: UserContext; walletId: string }): Promise<BalanceRow[]> {
  const { userId } = ctx.actor
  return ctx.services.db.withUserSql(userId, (client) => readBalances(client, { userId, walletId }))
}

function carryPrice(o: { row: BalanceRow; before: readonly BalanceRow[]; now: Date }): BalanceRow {
  if (o.row.usdPrice !== null) return o.row
  const old = o.before.find((row) => row.asset === o.row.asset && row.usdPrice !== null)
  if (!old?.usdPrice || !old.pricedAt || o.now.getTime() - old.pricedAt.getTime() > CARRY_MS) return o.row
  const value = toScale(new Money(o.row.total).times(old.usdPrice))
  const { usdPrice, priceSource, pricedAt } = old
  return { ...o.row, usdPrice, priceSource, pricedAt, usdValue: formatMoney(value) }
}

function summarize(rows: BalanceRow[]): Omit<ValuedWallet, 'pricesComplete'> {
  const unpriced = rows.filter((row) => row.usdPrice === null && row.total !== '0')
  return {
    rows,
    totalUsdValue: sumMoney(rows.map((row) => row.usdValue ?? '0')),
    unpricedAssets: new Set(unpriced.map((row) => row.asset)).size,
  }
}
