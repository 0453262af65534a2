import type { Queryable } from '../database.ts'

/** The exchanges at which a user has wallets, each once. */
export async function readWalletExchanges(q: Queryable, o: { userId: string }): Promise<string[]> {
  const { rows } = await q.query<{ exchangeId: string }>({
    name: 'read_wallet_exchanges',
    text: `SELECT DISTINCT exchange_id AS "exchangeId" FROM wallets WHERE user_id = $1 ORDER BY 1`,
    values: [o.userId],
  })
  return rows.map((row) => row.exchangeId)
}
