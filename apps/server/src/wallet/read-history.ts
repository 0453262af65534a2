import { readHistory } from '@opentrade/db'
import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import type { HistoryRange, ReadHistory } from './schemas.ts'
import type { HistoryPoint } from './types.ts'

const HOUR_MS = 3_600_000

/** The length of each range, and how many points draw it: more would be finer than a chart can show. */
const RANGES: Record<HistoryRange, { lengthMs: number; points: number }> = {
  '24h': { lengthMs: 24 * HOUR_MS, points: 96 },
  '7d': { lengthMs: 7 * 24 * HOUR_MS, points: 168 },
  '30d': { lengthMs: 30 * 24 * HOUR_MS, points: 180 },
  '90d': { lengthMs: 90 * 24 * HOUR_MS, points: 180 },
  '1y': { lengthMs: 365 * 24 * HOUR_MS, points: 183 },
  all: { lengthMs: Number.POSITIVE_INFINITY, points: 200 },
}

/**
 * The worth of one wallet, or of all together, over a range that ends now. Throws NOT_FOUND for a wallet
 * that is not the person's.
 */
export async function readWalletHistory({
  ctx,
  input,
}: {
  ctx: UserContext
  input: ReadHistory
}): Promise<{ points: HistoryPoint[] }> {
  const { services, actor } = ctx
  const { userId } = actor
  const { walletId, range } = input
  const { lengthMs, points } = RANGES[range]
  const to = services.now()
  const history = await services.db.withUserSql(userId, async (client) => {
    const first = await client.query<{ createdAt: Date }>({
      name: 'first_wallet_of_history',
      text: `SELECT created_at AS "createdAt" FROM wallets
             WHERE user_id = $1 AND ($2::uuid IS NULL OR wallet_id = $2) ORDER BY created_at LIMIT 1`,
      values: [userId, walletId ?? null],
    })
    const [oldest] = first.rows
    if (!oldest) {
      if (walletId) throw notFound('wallet')
      return []
    }
    // Nothing is older than the first wallet: a longer range would only thin out the points.
    const from = new Date(Math.max(to.getTime() - lengthMs, oldest.createdAt.getTime()))
    return readHistory(client, { userId, ...(walletId && { walletId }), from, to, points })
  })
  return {
    points: history.map((point) => ({
      at: point.at.toISOString(),
      totalUsdValue: point.totalUsdValue,
      complete: point.complete,
    })),
  }
}
