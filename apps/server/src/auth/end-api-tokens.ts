import { publishEvent } from '../events.ts'
import type { LockedUser } from './held-user.ts'

/**
 * Deletes every API token of a person, within the caller's transaction: no process accepts one after a second.
 * @returns their names
 */
export async function endApiTokens({ client, userId }: LockedUser): Promise<string[]> {
  const { rows } = await client.query<{ tokenId: string; name: string }>(
    'DELETE FROM api_tokens WHERE user_id = $1 RETURNING token_id AS "tokenId", name',
    [userId],
  )
  for (const { tokenId } of rows) await publishEvent(client, { type: 'token-revoked', userId, tokenId })
  return rows.map(({ name }) => name)
}
