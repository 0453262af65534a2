import type { Queryable } from '../database.ts'

/** What an exchange's market last said: one unit of `asset` cost `price` units of `quote`. */
export interface AssetPrice {
  exchangeId: string
  asset: string
  quote: string
  /** A plain decimal. */
  price: string
  asOf: Date
}

/**
 * Returns what every exchange but one said of the markets between these assets and these quotes, either way
 * round, since a time.
 */
export async function readPrices(
  q: Queryable,
  o: { assets: readonly string[]; quotes: readonly string[]; since: Date; exceptExchangeId: string | null },
): Promise<AssetPrice[]> {
  const { rows } = await q.query<AssetPrice>({
    name: 'read_prices',
    text: `
      SELECT exchange_id AS "exchangeId", asset, quote, trim_scale(price)::text AS price, as_of AS "asOf"
      FROM asset_prices
      WHERE ((asset = ANY ($1::text[]) AND quote = ANY ($2::text[]))
          OR (asset = ANY ($2::text[]) AND quote = ANY ($1::text[])))
        AND as_of >= $3 AND exchange_id IS DISTINCT FROM $4`,
    values: [o.assets, o.quotes, o.since, o.exceptExchangeId],
  })
  return rows
}
