import type pg from 'pg'
import type { UserContext } from '../context.ts'

/**
 * Finds the person's wallet at an exchange under a label, or makes it. Two at once get the same one.
 * The wallet's row stays locked until the transaction ends.
 * @param client inside the caller's `withUserSql` transaction: no wallet is left behind if the rest of it fails
 */
export async function ensureWallet(
  { ctx, input }: { ctx: UserContext; input: { exchangeId: string; label: string } },
  client: pg.PoolClient,
): Promise<{ walletId: string }> {
  // Assigning the label to itself makes RETURNING give the row that was there already, and locks it.
  const { rows } = await client.query<{ walletId: string }>(
    `INSERT INTO wallets (user_id, exchange_id, label)
     VALUES ($1, $2, $3)
     ON CONFLICT (user_id, exchange_id, label) DO UPDATE SET label = EXCLUDED.label
     RETURNING wallet_id AS "walletId"`,
    [ctx.actor.userId, input.exchangeId, input.label],
  )
  const [wallet] = rows
  if (!wallet) throw new Error('PostgreSQL returned no row for an upsert of a wallet.')
  return wallet
}
