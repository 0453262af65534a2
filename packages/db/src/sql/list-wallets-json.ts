import type { Reader } from '../as-user.ts'
import { walletJson } from './wallet-json.ts'

/**
 * Returns the JSON text of an array of all wallets of a user with their balances, in the order in which they
 * were made. It is to be sent as it is: parsing it would cost more than reading it.
 */
export async function listWalletsJson(q: Reader, o: { userId: string }): Promise<string> {
  const { rows } = await q.query<{ json: string }>({
    name: 'list_wallets_json',
    text: `SELECT '[' || coalesce(string_agg(w.json, ',' ORDER BY w.wallet_id), '') || ']' AS json FROM (${walletJson}) w`,
    values: [o.userId],
  })
  return rows[0]?.json ?? '[]'
}
