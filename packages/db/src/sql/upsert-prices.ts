import type { Queryable } from '../database.ts'
import { CLOCK_SLACK_SECONDS } from './longest-plans.ts'
import type { AssetPrice } from './read-prices.ts'

/**
 * Keeps prices, at most one per asset. A newer price is never replaced by an older one, whichever comes
 * first, unless a clock that was ahead has kept it.
 */
export async function upsertPrices(q: Queryable, o: { prices: readonly AssetPrice[] }): Promise<void> {
  const { prices } = o
  if (prices.length === 0) return
  await q.query({
    name: 'upsert_prices',
    // In one order for all callers, so that two at once cannot lock each other out.
    text: `
      INSERT INTO asset_prices AS p (asset, usd_price, source, as_of)
      SELECT * FROM unnest($1::text[], $2::numeric[], $3::text[], $4::timestamptz[])
        AS i (asset, usd_price, source, as_of) ORDER BY i.asset
      ON CONFLICT (asset) DO UPDATE SET
        usd_price = excluded.usd_price, source = excluded.source, as_of = excluded.as_of
      WHERE p.as_of < excluded.as_of OR p.as_of > now() + make_interval(secs => $5)`,
    values: [
      prices.map((price) => price.asset),
      prices.map((price) => price.usdPrice),
      prices.map((price) => price.source),
      prices.map((price) => price.asOf),
      CLOCK_SLACK_SECONDS,
    ],
  })
}
