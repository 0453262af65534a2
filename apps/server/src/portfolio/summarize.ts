import {
  type AllocationRow,
  readAllocation,
  readKeyStates,
  readWalletOverviews,
  type WalletOverviewRow,
} from '@opentrade/db'
import type { UserContext } from '../context.ts'
import { formatMoney, Money, sumMoney } from '../price/money.ts'
import { listAttention } from './attention.ts'
import type { Allocation, PortfolioSummary } from './types.ts'

const CHANGE_OVER_MS = 24 * 3_600_000
/** Places of a share and of a percentage: far finer than anyone reads, so that shares add up to 1. */
const RATIO_PLACES = 12

/** The share of what is worth something, however little. */
const LEAST_SHARE = new Money(10).pow(-RATIO_PLACES)

/** Everything of the person's on one page: worth, change, what it is made of, and what needs attention. */
export async function summarizePortfolio({ ctx }: { ctx: UserContext }): Promise<PortfolioSummary> {
  const { services, actor } = ctx
  const { userId } = actor
  const now = services.now()
  const since = new Date(now.getTime() - CHANGE_OVER_MS)
  const { wallets, assets, keys } = await services.db.withUserSql(userId, async (client) => ({
    wallets: await readWalletOverviews(client, { userId, baseAt: since }),
    assets: await readAllocation(client, { userId }),
    keys: await readKeyStates(client, { userId }),
  }))
  const { syncIntervalSeconds } = services.env
  return {
    totalUsdValue: sumMoney(wallets.map((wallet) => wallet.totalUsdValue)),
    unpricedAssets: assets.filter((row) => row.hasUnpriced).length,
    change: changeOf({ wallets, since }),
    allocation: allocate(assets),
    wallets: wallets.map(toWire),
    attention: listAttention({ wallets, keys, now, syncIntervalSeconds }),
    asOf: oldestRead(wallets),
  }
}

/** Only wallets that were known then are compared: one that was connected since is no gain. */
export function changeOf(o: {
  wallets: readonly Pick<WalletOverviewRow, 'totalUsdValue' | 'baseUsdValue'>[]
  since: Date
}): PortfolioSummary['change'] {
  const known = o.wallets.flatMap(({ totalUsdValue, baseUsdValue }) =>
    baseUsdValue === null ? [] : [{ totalUsdValue, baseUsdValue }],
  )
  if (known.length === 0) return null
  const base = new Money(sumMoney(known.map((wallet) => wallet.baseUsdValue)))
  const difference = new Money(sumMoney(known.map((wallet) => wallet.totalUsdValue))).minus(base)
  const percent = base.isZero() ? null : difference.div(base.abs()).times(100).toDecimalPlaces(RATIO_PLACES)
  return {
    since: o.since.toISOString(),
    usdValue: formatMoney(difference),
    percent: percent && formatMoney(percent),
  }
}

/** Shares are of what is worth something: a debt, and what has no price, has none. */
export function allocate(rows: readonly AllocationRow[]): Allocation[] {
  const positive = rows.map((row) => row.usdValue ?? '0').filter((value) => new Money(value).gt(0))
  const whole = sumMoney(positive)
  return rows.map(({ asset, total, usdValue, wallets }) => {
    const isPart = usdValue !== null && whole !== '0' && !new Money(usdValue).isNegative()
    return { asset, total, usdValue, share: isPart ? shareOf(usdValue, whole) : null, wallets }
  })
}

function shareOf(usdValue: string, whole: string): string {
  const part = new Money(usdValue)
  const share = part.div(whole).toDecimalPlaces(RATIO_PLACES)
  return formatMoney(share.isZero() && !part.isZero() ? LEAST_SHARE : share)
}

function toWire(row: WalletOverviewRow): PortfolioSummary['wallets'][number] {
  const { unpriced: _unpriced, hasKey: _hasKey, baseUsdValue: _baseUsdValue, syncError, ...wallet } = row
  return {
    ...wallet,
    syncError: syncError && {
      code: syncError.code,
      message: syncError.message,
      retryAt: syncError.retryAt ?? null,
    },
    lastUpdated: wallet.lastUpdated?.toISOString() ?? null,
    nextSyncAt: wallet.nextSyncAt?.toISOString() ?? null,
    createdAt: wallet.createdAt.toISOString(),
    updatedAt: wallet.updatedAt.toISOString(),
  }
}

function oldestRead(wallets: readonly WalletOverviewRow[]): string | null {
  const times = wallets.flatMap((wallet) => (wallet.lastUpdated ? [wallet.lastUpdated.getTime()] : []))
  return times.length === 0 ? null : new Date(Math.min(...times)).toISOString()
}
