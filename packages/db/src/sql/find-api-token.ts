import type { Queryable } from '../database.ts'

/** Whom a program's token stands for. */
export interface ApiTokenOwner {
  userId: string
  tokenId: string
  scopes: ('read' | 'trade' | 'manage')[]
  /** Null: it does not run out. */
  expiresAt: Date | null
  lastUsedAt: Date | null
  role: 'user' | 'admin'
}

/**
 * Returns whose token has this SHA-256, expired or not; null for nobody's and for a deactivated person's. It asks a
 * function of the database that may look across users.
 */
export async function findApiToken(
  q: Queryable,
  { tokenHash }: { tokenHash: Uint8Array },
): Promise<ApiTokenOwner | null> {
  const { rows } = await q.query<ApiTokenOwner>({
    name: 'find_api_token',
    text: `
      SELECT user_id AS "userId", token_id AS "tokenId", scopes, expires_at AS "expiresAt",
        last_used_at AS "lastUsedAt", role
      FROM find_api_token($1)`,
    values: [tokenHash],
  })
  return rows[0] ?? null
}
