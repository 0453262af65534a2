import type pg from 'pg'
import type { UserContext } from '../context.ts'

/** How it is known that a key sees the same account as its wallet's other key; `different` is found out later. */
export type AccountMatch = 'identity' | 'balances' | 'unverified' | 'different'

/**
 * A blind index of what an exchange calls an account: equal for two keys of one account, and it tells nobody who the
 * person is over there.
 * @returns null when the exchange does not say whose account it is
 */
export async function accountIndexOf(o: {
  ctx: UserContext
  exchangeId: string
  accountId: string | null
}): Promise<Buffer | null> {
  const { ctx, exchangeId, accountId } = o
  if (accountId === null) return null
  // Its own prefix: an account's id is never taken for an API key, of which the same index is made.
  const apiKey = `account-identity:${accountId}`
  return Buffer.from(await ctx.services.vault.fingerprint({ userId: ctx.actor.userId, exchangeId, apiKey }))
}

/**
 * Keeps the account that a key was found to see as its wallet's, when that was not known yet; and says of a key with
 * another account than its wallet's that it is a different one.
 */
export async function noteAccount(
  client: pg.PoolClient,
  o: { userId: string; key: { apiKeyId: string; walletId: string }; account: Buffer },
): Promise<void> {
  const { userId, key, account } = o
  const { rows } = await client.query<{ account: Buffer }>(
    `UPDATE wallets SET account_index = coalesce(account_index, $3)
     WHERE user_id = $1 AND wallet_id = $2 RETURNING account_index AS account`,
    [userId, key.walletId, account],
  )
  const known = rows[0]?.account
  if (!known || known.equals(account)) return
  await client.query(
    `UPDATE user_api_keys SET account_match = 'different' WHERE user_id = $1 AND api_key_id = $2`,
    [userId, key.apiKeyId],
  )
}
