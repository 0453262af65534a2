import type { Queryable } from '../database.ts'

/** The latest known price of an asset. */
export interface AssetPrice {
  asset: string
  /** US dollars per unit, a plain decimal. */
  usdPrice: string
  source: string
  asOf: Date
}

/** Returns the prices that are known of these assets, of any age. */
export async function readPrices(q: Queryable, o: { assets: readonly string[] }): Promise<AssetPrice[]> {
  const { rows } = await q.query<AssetPrice>({
    name: 'read_prices',
    text: `
      SELECT asset, trim_scale(usd_price)::text AS "usdPrice", source, as_of AS "asOf"
      FROM asset_prices WHERE asset = ANY ($1::text[])`,
    values: [o.assets],
  })
  return rows
}
