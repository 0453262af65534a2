import type { Reader } from '../as-user.ts'
import { walletJson } from './wallet-json.ts'

/** Returns the JSON text of one wallet with its balances, or null when the user has no such wallet. */
export async function getWalletJson(
  q: Reader,
  o: { userId: string; walletId: string },
): Promise<string | null> {
  const { rows } = await q.query<{ json: string }>({
    name: 'get_wallet_json',
    text: `${walletJson} AND w.wallet_id = $2`,
    values: [o.userId, o.walletId],
  })
  return rows[0]?.json ?? null
}
