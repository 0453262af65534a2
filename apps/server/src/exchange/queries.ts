import type { Queryable } from '@opentrade/db'

/** An exchange as the database has it: what an administrator may change is here, the rest in the catalogue. */
export interface ExchangeRow {
  exchangeId: string
  exchangeName: string
  ccxtId: string
  apiBaseUrl: string | null
  wsBaseUrl: string | null
  isActive: boolean
}

const COLUMNS = `exchange_id AS "exchangeId", exchange_name AS "exchangeName", ccxt_id AS "ccxtId",
  api_base_url AS "apiBaseUrl", ws_base_url AS "wsBaseUrl", is_active AS "isActive"`

/** Every exchange, the paper exchange first, then by name. */
export async function readExchanges(q: Queryable): Promise<ExchangeRow[]> {
  const { rows } = await q.query<ExchangeRow>(
    `SELECT ${COLUMNS} FROM exchanges ORDER BY exchange_id <> 'paper', lower(exchange_name), exchange_id`,
  )
  return rows
}

/** One exchange, or undefined. */
export async function readExchange(
  q: Queryable,
  o: { exchangeId: string },
): Promise<ExchangeRow | undefined> {
  const { rows } = await q.query<ExchangeRow>(`SELECT ${COLUMNS} FROM exchanges WHERE exchange_id = $1`, [
    o.exchangeId,
  ])
  return rows[0]
}
