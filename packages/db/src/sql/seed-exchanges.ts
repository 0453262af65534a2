import type { Queryable } from '../database.ts'

export interface ExchangeSeed {
  exchangeId: string
  /** Unique among them. */
  exchangeName: string
  ccxtId: string
  /** Kept as JSON. */
  requiredCredentials: unknown
}

/**
 * Brings the table of exchanges up to this list. What an admin sets (the URLs, whether it is active) stays,
 * and so do exchanges that the list no longer has, since wallets may name them.
 *
 * @returns how many rows were made or changed.
 */
export async function seedExchanges(
  q: Queryable,
  o: { exchanges: readonly ExchangeSeed[] },
): Promise<{ changed: number }> {
  const list = JSON.stringify(o.exchanges)
  // Names are unique, and may move from one exchange to another between versions: who has a name that is
  // another's now gives it up first, and gets its own, if it is in the list, below.
  await q.query(
    `UPDATE exchanges e
     SET exchange_name = left(e.exchange_name, 97 - length(e.exchange_id)) || ' (' || e.exchange_id || ')'
     FROM jsonb_to_recordset($1) AS i ("exchangeId" text, "exchangeName" text)
     WHERE i."exchangeName" = e.exchange_name AND i."exchangeId" <> e.exchange_id`,
    [list],
  )
  const { rowCount } = await q.query(
    `INSERT INTO exchanges AS e (exchange_id, exchange_name, ccxt_id, required_credentials)
     SELECT i."exchangeId", i."exchangeName", i."ccxtId", i."requiredCredentials"
     FROM jsonb_to_recordset($1)
       AS i ("exchangeId" text, "exchangeName" text, "ccxtId" text, "requiredCredentials" jsonb)
     ORDER BY i."exchangeId"
     ON CONFLICT (exchange_id) DO UPDATE SET exchange_name = excluded.exchange_name,
       ccxt_id = excluded.ccxt_id, required_credentials = excluded.required_credentials
     WHERE (e.exchange_name, e.ccxt_id, e.required_credentials)
       IS DISTINCT FROM (excluded.exchange_name, excluded.ccxt_id, excluded.required_credentials)`,
    [list],
  )
  return { changed: rowCount ?? 0 }
}
