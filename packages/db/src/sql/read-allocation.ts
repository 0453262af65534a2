import type { Queryable } from '../database.ts'

export interface AllocationRow {
  asset: string
  total: string
  /** The sum of the parts that are priced; null if none is. */
  usdValue: string | null
  /** True if a part of it is held, or owed, without a price. */
  hasUnpriced: boolean
  wallets: number
}

/** What a user holds of each asset over all wallets and account types, the most valuable first. */
export async function readAllocation(q: Queryable, o: { userId: string }): Promise<AllocationRow[]> {
  const { rows } = await q.query<AllocationRow>({
    name: 'read_allocation',
    text: `
      SELECT asset, trim_scale(sum(total))::text AS total,
        trim_scale(sum(usd_value) FILTER (WHERE usd_price IS NOT NULL))::text AS "usdValue",
        bool_or(usd_price IS NULL AND total <> 0) AS "hasUnpriced",
        count(DISTINCT wallet_id)::int AS wallets
      FROM balances WHERE user_id = $1
      GROUP BY asset
      ORDER BY sum(usd_value) FILTER (WHERE usd_price IS NOT NULL) DESC NULLS LAST, asset`,
    values: [o.userId],
  })
  return rows
}
