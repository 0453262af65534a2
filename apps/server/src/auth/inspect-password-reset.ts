import type { PublicContext } from '../context.ts'
import { linkRefused } from './link-refused.ts'
import { peekToken, readToken } from './one-time-tokens.ts'
import type { ShowToken } from './schemas.ts'

/**
 * Says what a reset by this link will end, so that the person can decide about it. The link stays good.
 * @throws ServiceError LINK_REFUSED
 */
export async function inspectPasswordReset(o: {
  ctx: PublicContext
  input: ShowToken
}): Promise<{ apiTokens: number }> {
  const { services } = o.ctx
  const shown = readToken(o.input.token)
  if (!shown) throw linkRefused()
  const apiTokens = await services.db.withUserSql(shown.userId, async (client) => {
    const now = services.now()
    if ((await peekToken(client, { ...shown, purpose: 'reset-password', now })) === null) return null
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM api_tokens
       WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > $2)`,
      [shown.userId, now],
    )
    return rows[0]?.count ?? 0
  })
  if (apiTokens === null) throw linkRefused()
  return { apiTokens }
}
