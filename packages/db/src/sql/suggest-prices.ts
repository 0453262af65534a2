import type { Queryable } from '../database.ts'

/** What another exchange says of an asset of the same name; `suggestion` is null if none says anything. */
export interface BalanceSuggestion {
  accountType: string
  asset: string
  suggestion: { usdPrice: string; source: string; at: Date } | null
}

/**
 * Notes beside balances without a price what other exchanges say of their names. A time alone is no change
 * until it has moved by twelve hours, as with prices.
 */
export async function suggestPrices(
  q: Queryable,
  o: { userId: string; walletId: string; suggestions: readonly BalanceSuggestion[] },
): Promise<void> {
  const { userId, walletId, suggestions } = o
  await q.query({
    name: 'suggest_prices',
    text: `
      UPDATE balances b
      SET suggested_price = i.price, suggested_source = i.source, suggested_at = i.at, updated_at = now()
      FROM unnest($3::text[], $4::text[], $5::numeric[], $6::text[], $7::timestamptz[])
        AS i (account_type, asset, price, source, at)
      WHERE b.user_id = $1 AND b.wallet_id = $2
        AND b.account_type = i.account_type AND b.asset = i.asset AND b.usd_price IS NULL
        AND ((b.suggested_price, b.suggested_source) IS DISTINCT FROM (i.price, i.source)
          OR i.at >= b.suggested_at + interval '12 hours')`,
    values: [
      userId,
      walletId,
      suggestions.map((row) => row.accountType),
      suggestions.map((row) => row.asset),
      suggestions.map(({ suggestion }) => suggestion?.usdPrice ?? null),
      suggestions.map(({ suggestion }) => suggestion?.source ?? null),
      suggestions.map(({ suggestion }) => suggestion?.at ?? null),
    ],
  })
}
