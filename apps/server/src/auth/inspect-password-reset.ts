import type { PublicContext } from '../context.ts'
import { peekToken, readToken } from './one-time-tokens.ts'
import type { ShowToken } from './schemas.ts'

/** What a reset by a link is about to end. */
interface PasswordResetPreview {
  /** False: the link was used, has expired, or is none. */
  isValid: boolean
  /** How many there are that have not expired. */
  apiTokens: number
}

/** Says what a reset by this link will end, so that the person can decide about it. The link stays good. */
export async function inspectPasswordReset(o: {
  ctx: PublicContext
  input: ShowToken
}): Promise<PasswordResetPreview> {
  const { services } = o.ctx
  const shown = readToken(o.input.token)
  if (!shown) return { isValid: false, apiTokens: 0 }
  return services.db.withUserSql(shown.userId, async (client) => {
    const now = services.now()
    if ((await peekToken(client, { ...shown, purpose: 'reset-password', now })) === null)
      return { isValid: false, apiTokens: 0 }
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM api_tokens
       WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > $2)`,
      [shown.userId, now],
    )
    return { isValid: true, apiTokens: rows[0]?.count ?? 0 }
  })
}
