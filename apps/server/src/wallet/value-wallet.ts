import { type BalanceRow, type BalanceSuggestion, readBalances } from '@opentrade/db'
import type { Holding } from '@opentrade/exchange'
import type { UserContext } from '../context.ts'
import { CARRY_MS } from '../price/carry.ts'
import { openFallback } from '../price/fallback.ts'
import { formatMoney, Money, sumMoney, toScale } from '../price/money.ts'
import { readTickers } from '../price/read-tickers.ts'
import { isSimulated } from '../price/simulated.ts'
import { type ValuedAsset, valueHoldings } from '../price/value-holdings.ts'

export interface ValuedWallet {
  rows: BalanceRow[]
  totalUsdValue: string
  unpricedAssets: number
  /** Of what was read and has no price: what other exchanges say of its name, or that they say nothing. */
  suggestions: BalanceSuggestion[]
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
  const answered = current || tickers.length > 0
  const valued = valueHoldings({ exchangeId, tickers, answered, fallback, now: services.now(), holdings })
  const allPriced = current || valued.unpricedAssets === 0
  if (allPriced && o.failedAccountTypes.length === 0 && o.unreadAssets.length === 0) {
    const suggestions = suggestionsOf({ exchangeId, rows: valued.holdings })
    return { ...summarize(valued.holdings), suggestions, pricesComplete: true }
  }
  const before = await readBefore(o)
  const failed = new Set(o.failedAccountTypes)
  const keyOf = (row: { accountType: string; asset: string }) => JSON.stringify([row.accountType, row.asset])
  const unread = new Set(o.unreadAssets.map(keyOf))
  const isUnread = (row: BalanceRow) => failed.has(row.accountType) || unread.has(keyOf(row))
  const read = valued.holdings
    .filter((row) => !isUnread(row))
    .map((row) => (current ? row : carryPrice({ row, before, now: services.now() })))
  const summary = summarize([...read, ...before.filter(isUnread)])
  const suggestions = suggestionsOf({ exchangeId, rows: read })
  return { ...summary, suggestions, pricesComplete: current || summary.unpricedAssets === 0 }
}

type ValuedRow = BalanceRow & Pick<ValuedAsset, 'suggestion'>

function suggestionsOf(o: { exchangeId: string; rows: readonly ValuedRow[] }): BalanceSuggestion[] {
  if (isSimulated(o.exchangeId)) return []
  return o.rows.flatMap(({ accountType, asset, usdPrice, suggestion }) =>
    usdPrice === null ? [{ accountType, asset, suggestion }] : [],
  )
}

function readBefore({ ctx, walletId }: { ctx: UserContext; walletId: string }): Promise<BalanceRow[]> {
  const { userId } = ctx.actor
  return ctx.services.db.withUserSql(userId, (client) => readBalances(client, { userId, walletId }))
}

function carryPrice(o: { row: ValuedRow; before: readonly BalanceRow[]; now: Date }): ValuedRow {
  if (o.row.usdPrice !== null) return o.row
  const old = o.before.find((row) => row.asset === o.row.asset && row.usdPrice !== null)
  if (!old?.usdPrice || !old.pricedAt || o.now.getTime() - old.pricedAt.getTime() > CARRY_MS) return o.row
  const value = toScale(new Money(o.row.total).times(old.usdPrice))
  const { usdPrice, priceSource, pricedAt } = old
  return { ...o.row, usdPrice, priceSource, pricedAt, usdValue: formatMoney(value) }
}

function summarize(rows: BalanceRow[]): Pick<ValuedWallet, 'rows' | 'totalUsdValue' | 'unpricedAssets'> {
  const unpriced = rows.filter((row) => row.usdPrice === null && row.total !== '0')
  return {
    rows,
    totalUsdValue: sumMoney(rows.map((row) => row.usdValue ?? '0')),
    unpricedAssets: new Set(unpriced.map((row) => row.asset)).size,
  }
}
