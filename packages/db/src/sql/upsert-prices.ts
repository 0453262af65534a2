import type { Queryable } from '../database.ts'
import { CLOCK_SLACK_SECONDS } from './max-plans.ts'
import type { AssetPrice } from './read-prices.ts'

/**
 * Keeps what an exchange says of its markets, the last of each. A newer price is never replaced by an older
 * one, whichever comes first, unless a clock that was ahead has kept it. With `all`, what the exchange no longer says
 * is removed.
 */
export async function upsertPrices(
  q: Queryable,
  o: { exchangeId: string; prices: readonly Omit<AssetPrice, 'exchangeId'>[]; all: boolean },
): Promise<void> {
  const { exchangeId, prices, all } = o
  const assets = prices.map((price) => price.asset)
  const quotes = prices.map((price) => price.quote)
  // Both statements lock in one order for all callers, so that two at once cannot lock each other out.
  await q.query({
    name: 'upsert_prices',
    text: `
      INSERT INTO asset_prices AS p (exchange_id, asset, quote, price, as_of)
      SELECT $1, i.asset, i.quote, i.price, i.as_of
      FROM unnest($2::text[], $3::text[], $4::numeric[], $5::timestamptz[]) AS i (asset, quote, price, as_of)
      ORDER BY i.asset, i.quote
      ON CONFLICT (asset, quote, exchange_id) DO UPDATE SET price = excluded.price, as_of = excluded.as_of
      WHERE p.as_of < excluded.as_of OR p.as_of > now() + make_interval(secs => $6)`,
    values: [
      exchangeId,
      assets,
      quotes,
      prices.map((price) => price.price),
      prices.map((price) => price.asOf),
      CLOCK_SLACK_SECONDS,
    ],
  })
  if (!all) return
  await q.query({
    name: 'delete_gone_prices',
    text: `
      WITH gone AS (
        SELECT p.asset, p.quote FROM asset_prices p
        WHERE p.exchange_id = $1
          AND (p.asset, p.quote) NOT IN (SELECT * FROM unnest($2::text[], $3::text[]))
        ORDER BY p.asset, p.quote
        FOR UPDATE
      )
      DELETE FROM asset_prices p USING gone g
      WHERE p.exchange_id = $1 AND p.asset = g.asset AND p.quote = g.quote`,
    values: [exchangeId, assets, quotes],
  })
}
