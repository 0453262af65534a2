import pg from 'pg'
import { ServiceError } from '../errors.ts'

/** What must be unique among a person's keys. */
export interface KeyPlace {
  userId: string
  exchangeId: string
  fingerprint: Uint8Array
  nickname: string | null
  walletLabel: string
  purpose: 'read' | 'trade'
}

/**
 * Refuses a new key that would be one too many, before the exchange is asked. The constraints settle what two
 * requests at once both found free: see `asTaken`.
 * @throws ServiceError `DUPLICATE_KEY`, `NICKNAME_TAKEN`, `WALLET_HAS_KEY`
 */
export async function refuseTaken(client: pg.PoolClient, place: KeyPlace): Promise<void> {
  const { rows } = await client.query<{ duplicate: boolean; nickname: boolean; wallet: boolean }>(
    `SELECT
       EXISTS (SELECT FROM user_api_keys WHERE user_id = $1 AND fingerprint = $3) AS duplicate,
       EXISTS (SELECT FROM user_api_keys
               WHERE user_id = $1 AND exchange_id = $2 AND key_nickname IS NOT DISTINCT FROM $4) AS nickname,
       EXISTS (SELECT FROM user_api_keys k JOIN wallets w USING (user_id, wallet_id)
               WHERE k.user_id = $1 AND w.exchange_id = $2 AND w.label = $5 AND k.purpose = $6) AS wallet`,
    [place.userId, place.exchangeId, place.fingerprint, place.nickname, place.walletLabel, place.purpose],
  )
  if (rows[0]?.duplicate) throw duplicateKey()
  if (rows[0]?.nickname) throw nicknameTaken(place.nickname)
  if (rows[0]?.wallet) throw walletHasKey(place.purpose)
}

/**
 * Refuses a second key of one purpose in a wallet: which of two accounts its balances came from would depend on
 * chance. The wallet's row must be locked.
 */
export async function refuseSecondKey(
  client: pg.PoolClient,
  o: { userId: string; walletId: string; purpose: 'read' | 'trade'; besides: string },
): Promise<void> {
  const { rowCount } = await client.query(
    'SELECT FROM user_api_keys WHERE user_id = $1 AND wallet_id = $2 AND purpose = $3 AND api_key_id <> $4',
    [o.userId, o.walletId, o.purpose, o.besides],
  )
  if (rowCount) throw walletHasKey(o.purpose)
}

/** The broken unique constraint of `user_api_keys` as an answer for the person; anything else unchanged. */
export function asTaken(error: unknown, nickname: string | null): unknown {
  if (!(error instanceof pg.DatabaseError) || error.code !== '23505') return error
  if (error.constraint === 'user_api_keys_user_id_fingerprint_key') return duplicateKey()
  if (error.constraint === 'user_api_keys_user_id_exchange_id_key_nickname_key')
    return nicknameTaken(nickname)
  return error
}

/** The same key is connected already. */
export function duplicateKey(): ServiceError {
  const message = 'You have connected this key already.'
  const fields = { 'credentials.apiKey': message }
  return new ServiceError({ kind: 'conflict', reason: 'DUPLICATE_KEY', message, fields })
}

function nicknameTaken(nickname: string | null): ServiceError {
  const message =
    nickname === null
      ? 'You already have a key without a name at this exchange; give this one a name.'
      : 'You already have a key of this name at this exchange; choose another name.'
  return new ServiceError({
    kind: 'conflict',
    reason: 'NICKNAME_TAKEN',
    message,
    fields: { nickname: message },
  })
}

function walletHasKey(purpose: 'read' | 'trade'): ServiceError {
  const message =
    purpose === 'read'
      ? 'This wallet already has a key that reads it. For another account give the wallet a name of its own; for the same one replace the key.'
      : 'This wallet already has a key that trades. For another account give the wallet a name of its own; for the same one replace the key.'
  const fields = { walletLabel: message }
  return new ServiceError({ kind: 'conflict', reason: 'WALLET_HAS_KEY', message, fields })
}
