import type { Queryable } from '../database.ts'
import { arrayLiteral, timeArrayLiteral } from './array-literal.ts'

/** One balance as a sync writes it. Amounts are plain decimals of at most 20 digits before the point and 18 after. */
export interface BalanceRow {
  accountType: string
  asset: string
  free: string
  locked: string
  /** Exactly free + locked. */
  total: string
  /** Null: unpriced. */
  usdValue: string | null
  usdPrice: string | null
  priceSource: string | null
  pricedAt: Date | null
}

/**
 * Makes the balances of a wallet these rows, in one statement: new and changed ones are written, those that
 * are gone are removed, and a row in which nothing differs is not touched.
 *
 * A price that was read again and found the same is no change: the row keeps the time when it took that
 * price, which stays true. Only when that time falls twelve hours behind is it moved on, so that a steady
 * price does not look forgotten.
 *
 * `NOT IN` and not `NOT EXISTS`: PostgreSQL hashes the one and loops over the rows of the function for the
 * other, at a sixth of the speed for 500 rows. Neither column is ever null.
 *
 * @throws a PostgreSQL error when a row breaks a rule of the table, or two rows name the same asset of the
 * same account type; nothing is written then.
 */
export async function replaceBalances(
  q: Queryable,
  o: { userId: string; walletId: string; rows: readonly BalanceRow[] },
): Promise<{ written: number; removed: number }> {
  const { userId, walletId, rows } = o
  const result = await q.query<{ written: number; removed: number }>({
    name: 'replace_balances',
    text: `
      WITH input AS (
        SELECT * FROM unnest(
          $3::text[], $4::text[], $5::numeric[], $6::numeric[], $7::numeric[], $8::numeric[], $9::numeric[],
          $10::text[], $11::timestamptz[]
        ) AS i (account_type, asset, free, locked, total, usd_value, usd_price, price_source, priced_at)
      ), removed AS (
        DELETE FROM balances b
        WHERE b.user_id = $1 AND b.wallet_id = $2
          AND (b.account_type, b.asset) NOT IN (SELECT i.account_type, i.asset FROM input i)
        RETURNING 1
      ), written AS (
        INSERT INTO balances AS b (
          user_id, wallet_id, account_type, asset, free, locked, total, usd_value, usd_price, price_source,
          priced_at
        )
        SELECT $1, $2, i.account_type, i.asset, i.free, i.locked, i.total, coalesce(i.usd_value, 0),
          i.usd_price, i.price_source, i.priced_at
        FROM input i
        ON CONFLICT (user_id, wallet_id, account_type, asset) DO UPDATE SET
          free = excluded.free, locked = excluded.locked, total = excluded.total,
          usd_value = excluded.usd_value, usd_price = excluded.usd_price,
          price_source = excluded.price_source, priced_at = excluded.priced_at, updated_at = now()
        WHERE (b.free, b.locked, b.usd_value, b.usd_price, b.price_source)
            IS DISTINCT FROM
            (excluded.free, excluded.locked, excluded.usd_value, excluded.usd_price, excluded.price_source)
          OR excluded.priced_at >= b.priced_at + interval '12 hours'
        RETURNING 1
      )
      SELECT (SELECT count(*) FROM written)::int AS written, (SELECT count(*) FROM removed)::int AS removed`,
    values: [
      userId,
      walletId,
      arrayLiteral(rows.map((row) => row.accountType)),
      arrayLiteral(rows.map((row) => row.asset)),
      arrayLiteral(rows.map((row) => row.free)),
      arrayLiteral(rows.map((row) => row.locked)),
      arrayLiteral(rows.map((row) => row.total)),
      arrayLiteral(rows.map((row) => row.usdValue)),
      arrayLiteral(rows.map((row) => row.usdPrice)),
      arrayLiteral(rows.map((row) => row.priceSource)),
      timeArrayLiteral(rows.map((row) => row.pricedAt)),
    ],
  })
  return result.rows[0] ?? { written: 0, removed: 0 }
}
