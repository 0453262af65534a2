import type { UserContext } from '../context.ts'

/** Whether what the caller came with is still good, asked of the database: for what lasts longer than a request. */
export async function isStillSignedIn({ services, actor }: UserContext): Promise<boolean> {
  const { userId, sessionId, token } = actor
  const { rows } = await services.db.withUserSql(userId, (client) =>
    client.query<{ is: boolean }>(
      `SELECT EXISTS (SELECT FROM users WHERE user_id = $1 AND is_active) AND
         CASE WHEN $3::uuid IS NOT NULL THEN EXISTS (
           SELECT FROM api_tokens
           WHERE user_id = $1 AND token_id = $3 AND (expires_at IS NULL OR expires_at > $4))
         ELSE EXISTS (
           SELECT FROM sessions
           WHERE user_id = $1 AND session_id = $2 AND revoked_at IS NULL AND expires_at > $4)
         END AS is`,
      [userId, sessionId, token?.tokenId ?? null, services.now()],
    ),
  )
  return rows[0]?.is ?? false
}
