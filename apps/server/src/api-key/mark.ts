import type { ExchangeError, Rights } from '@opentrade/exchange'
import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import type { SealedApiKey } from './queries.ts'

/**
 * Notes that the exchange refused a key. Credentials that were replaced meanwhile are left alone: the refusal was
 * not about them.
 * @param o.error one with `keyFault`: an error that may pass says nothing about the key
 */
export async function markRefused(o: {
  ctx: UserContext
  key: SealedApiKey
  error: ExchangeError
}): Promise<void> {
  const { ctx, key, error } = o
  const { userId } = ctx.actor
  const noted = await ctx.services.db.withUserSql(userId, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE user_api_keys SET is_valid = false, check_error = $4, checked_at = $5, updated_at = now()
       WHERE user_id = $1 AND api_key_id = $2 AND secret_version = $3`,
      [
        userId,
        key.apiKeyId,
        key.secretVersion,
        { code: error.code, message: error.message },
        ctx.services.now(),
      ],
    )
    if (!rowCount || key.isValid === false) return false
    await recordAct(client, {
      actor: ctx.actor,
      action: 'api-key.found-invalid',
      target: `api-key:${key.apiKeyId}`,
      detail: { exchangeCode: error.code },
    })
    return true
  })
  if (noted) await ctx.services.events.publish({ type: 'wallet', userId, walletId: key.walletId })
}

/** Notes that the exchange accepted a key; with its rights when it was asked for them. */
export async function markAccepted(o: {
  ctx: UserContext
  key: SealedApiKey
  rights?: Rights
}): Promise<void> {
  const { ctx, key, rights } = o
  const { userId } = ctx.actor
  await ctx.services.db.withUserSql(userId, (client) =>
    client.query(
      `UPDATE user_api_keys SET is_valid = true, check_error = NULL, checked_at = $4, updated_at = now(),
         permissions = CASE WHEN $5 THEN $6 ELSE permissions END,
         expires_at = CASE WHEN $5 THEN $7 ELSE expires_at END
       WHERE user_id = $1 AND api_key_id = $2 AND secret_version = $3`,
      [
        userId,
        key.apiKeyId,
        key.secretVersion,
        ctx.services.now(),
        rights !== undefined,
        rights ?? null,
        rights?.expiresAt ?? null,
      ],
    ),
  )
}
