import type { Queryable } from '../database.ts'
import { walletJson } from './wallet-json.ts'

/**
 * Returns the JSON text of an array of all wallets of a user with their balances, in the order in which they
 * were made. It is to be sent as it is: parsing it would cost more than reading it.
 */
export async function listWalletsJson(q: Queryable, o: { userId: string }): Promise<string> {
  const { rows } = await q.query<[string], [string]>({
    name: 'list_wallets_json',
    text: `SELECT '[' || coalesce(string_agg(w.json, ',' ORDER BY w.wallet_id), '') || ']' FROM (${walletJson}) w`,
    values: [o.userId],
    rowMode: 'array',
  })
  return rows[0]?.[0] ?? '[]'
}
