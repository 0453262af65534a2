import type { Queryable } from '../database.ts'
import type { BalanceRow } from './replace-balances.ts'

/** What a wallet holds as the last sync left it, by account type and asset. */
export async function readBalances(
  q: Queryable,
  o: { userId: string; walletId: string },
): Promise<BalanceRow[]> {
  const { rows } = await q.query<BalanceRow>({
    name: 'read_balances',
    text: `
      SELECT account_type AS "accountType", asset,
        trim_scale(free)::text AS free, trim_scale(locked)::text AS locked, trim_scale(total)::text AS total,
        CASE WHEN usd_price IS NOT NULL THEN trim_scale(usd_value)::text END AS "usdValue",
        trim_scale(usd_price)::text AS "usdPrice",
        price_source AS "priceSource", priced_at AS "pricedAt"
      FROM balances WHERE user_id = $1 AND wallet_id = $2
      ORDER BY account_type, asset`,
    values: [o.userId, o.walletId],
  })
  return rows
}
