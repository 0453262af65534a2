import type { Queryable } from '@opentrade/db'

/** What a mail says of a key. */
export interface NoticedKey {
  /** Such as `The Kraken key “main”`. */
  name: string
  isValid: boolean | null
  refusedSince: Date | null
  refusal: string | null
  expiresAt: Date | null
}

interface Row extends Omit<NoticedKey, 'name'> {
  exchangeName: string
  nickname: string | null
}

/** Null: the key is gone. `q` must be able to see the person's rows. */
export async function findKey(
  q: Queryable,
  o: { userId: string; apiKeyId: string },
): Promise<NoticedKey | null> {
  const { rows } = await q.query<Row>(
    `SELECT e.exchange_name AS "exchangeName", k.key_nickname AS nickname, k.is_valid AS "isValid",
       k.refused_since AS "refusedSince", k.check_error ->> 'message' AS refusal, k.expires_at AS "expiresAt"
     FROM user_api_keys k JOIN exchanges e USING (exchange_id)
     WHERE k.user_id = $1 AND k.api_key_id = $2`,
    [o.userId, o.apiKeyId],
  )
  const [row] = rows
  if (!row) return null
  const { exchangeName, nickname, ...key } = row
  return { ...key, name: nickname ? `The ${exchangeName} key “${nickname}”` : `The ${exchangeName} key` }
}
