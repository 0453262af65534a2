import type pg from 'pg'
import { ServiceError } from '../errors.ts'
import type { KnownExchange } from '../exchange/get.ts'
import { byIdentity } from './same-account.ts'

/**
 * Settles, with the wallet's row locked, what was compared before: keeps the account of the wallet when it was not
 * known, and refuses when somebody else's request has changed meanwhile what the new key was compared with.
 * @throws ServiceError `OTHER_ACCOUNT`, `WALLET_CHANGED`
 */
export async function joinWallet(
  client: pg.PoolClient,
  o: {
    userId: string
    walletId: string
    exchange: KnownExchange
    /** The key that is being written. */
    apiKeyId: string
    account: Buffer | null
    /** Other keys of the wallet when the accounts were compared. */
    comparedWith: readonly string[]
  },
): Promise<void> {
  const { userId, walletId, account } = o
  const { rows } = await client.query<{ known: Buffer | null }>(
    'SELECT account_index AS known FROM wallets WHERE user_id = $1 AND wallet_id = $2 FOR UPDATE',
    [userId, walletId],
  )
  const known = rows[0]?.known ?? null
  if (known && account) {
    byIdentity(o.exchange, [known, account])
    return
  }
  const others = await client.query<{ apiKeyId: string }>(
    `SELECT api_key_id AS "apiKeyId" FROM user_api_keys
     WHERE user_id = $1 AND wallet_id = $2 AND api_key_id <> $3 AND NOT api_key_id = ANY ($4::uuid[])`,
    [userId, walletId, o.apiKeyId, o.comparedWith],
  )
  if (others.rowCount) throw walletChanged()
  if (!account) return
  await client.query('UPDATE wallets SET account_index = $3 WHERE user_id = $1 AND wallet_id = $2', [
    userId,
    walletId,
    account,
  ])
}

function walletChanged(): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'WALLET_CHANGED',
    message: 'Another key was added to this wallet at the same moment. Try again.',
  })
}
