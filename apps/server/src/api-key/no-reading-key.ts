import type pg from 'pg'
import { ServiceError } from '../errors.ts'
import { publishEvent } from '../events.ts'

const REASON = 'NO_READ_KEY'
const MESSAGE =
  'This wallet has only a key that trades, and such a key is never used to read. Add a key for reading to this wallet.'

/** What a sync of a wallet without a key for reading comes to. */
export function noReadingKey(): ServiceError {
  return new ServiceError({ kind: 'conflict', reason: REASON, message: MESSAGE })
}

/**
 * Says on a wallet without a key for reading why it is not synced, and takes it off the clock. A wallet without any
 * key only goes off the clock; one with a key for reading is left alone.
 */
export async function settleUnreadWallet(
  client: pg.PoolClient,
  o: { userId: string; walletId: string },
): Promise<void> {
  const { userId, walletId } = o
  await client.query(
    `WITH keys AS (
       SELECT count(*) AS all_keys, count(*) FILTER (WHERE purpose = 'read') AS reading
       FROM user_api_keys WHERE user_id = $1 AND wallet_id = $2
     )
     UPDATE wallets SET next_sync_at = NULL, updated_at = now(),
       sync_status = CASE WHEN all_keys > 0 THEN 'failed' ELSE sync_status END,
       sync_step = CASE WHEN all_keys > 0 THEN NULL ELSE sync_step END,
       sync_error = CASE WHEN all_keys > 0 THEN $3 ELSE sync_error END
     FROM keys WHERE user_id = $1 AND wallet_id = $2 AND reading = 0`,
    [userId, walletId, JSON.stringify({ code: REASON, message: MESSAGE, retryAt: null })],
  )
  await publishEvent(client, { type: 'wallet', userId, walletId })
}
