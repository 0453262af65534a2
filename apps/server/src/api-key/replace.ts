import type { Rights } from '@opentrade/exchange'
import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { getExchange } from '../exchange/get.ts'
import type { SealedFields } from '../vault/vault.ts'
import { hintOf, identifierOf, readCredentials } from './credentials.ts'
import { proveNewKey } from './prove.ts'
import { requireApiKey, requireSealedApiKey, type SealedApiKey } from './queries.ts'
import type { ApiKey, ReplaceApiKey } from './schemas.ts'
import { API_KEYS_TABLE, splitCredentials } from './sealed-columns.ts'
import { startSync } from './start-sync.ts'
import { asTaken, duplicateKey } from './taken.ts'

/**
 * Puts new credentials in the place of a key's old ones, after the exchange has accepted them. Name, wallet and
 * history stay. That both see the same account is not checked: it is the person's to know.
 * @throws ServiceError `NOT_FOUND`, `KEY_CHANGED` when it was replaced or deleted meanwhile, and what `addApiKey` throws
 */
export async function replaceApiKey(o: { ctx: UserContext; input: ReplaceApiKey }): Promise<ApiKey> {
  const { ctx, input } = o
  const { db, vault } = ctx.services
  const { userId } = ctx.actor
  const old = await db.withUserSql(userId, (client) =>
    requireSealedApiKey(client, { userId, apiKeyId: input.apiKeyId }),
  )
  const { exchangeId, purpose } = old
  const exchange = await getExchange({ services: ctx.services, exchangeId })
  const credentials = readCredentials({ required: exchange.requiredCredentials, given: input.credentials })
  const fingerprint = await vault.fingerprint({ userId, exchangeId, apiKey: identifierOf(credentials) })
  await db.withUserSql(userId, (client) => refuseDuplicate(client, { userId, old, fingerprint }))

  const confirmWithdrawals = input.confirmWithdrawals === true
  const rights = await proveNewKey({
    services: ctx.services,
    exchange,
    credentials,
    purpose,
    confirmWithdrawals,
  })

  const secretVersion = old.secretVersion + 1
  const sealed = await vault.seal({
    row: { table: API_KEYS_TABLE, rowId: old.apiKeyId, userId, exchangeId, secretVersion },
    fields: splitCredentials(credentials),
  })
  const hint = hintOf(credentials, exchange.requiredCredentials)
  const apiKey = await storeReplacement({ ctx, old, hint, fingerprint, rights, sealed })
  await startSync({ ctx, walletId: apiKey.walletId })
  return apiKey
}

async function refuseDuplicate(
  client: pg.PoolClient,
  o: { userId: string; old: SealedApiKey; fingerprint: Uint8Array },
): Promise<void> {
  const { rowCount } = await client.query(
    'SELECT FROM user_api_keys WHERE user_id = $1 AND fingerprint = $2 AND api_key_id <> $3',
    [o.userId, o.fingerprint, o.old.apiKeyId],
  )
  if (rowCount) throw duplicateKey()
}

interface Replacement {
  ctx: UserContext
  old: SealedApiKey
  hint: string
  fingerprint: Uint8Array
  rights: Rights
  sealed: SealedFields
}

async function storeReplacement(replacement: Replacement): Promise<ApiKey> {
  const { ctx, old, rights } = replacement
  const { userId } = ctx.actor
  try {
    return await ctx.services.db.withUserSql(userId, async (client) => {
      await updateKey(client, replacement)
      await recordAct(client, {
        actor: ctx.actor,
        action: 'api-key.replaced',
        target: `api-key:${old.apiKeyId}`,
        detail: { secretVersion: old.secretVersion + 1, withdraw: rights.withdraw },
      })
      return requireApiKey(client, { userId, apiKeyId: old.apiKeyId })
    })
  } catch (error) {
    throw asTaken(error, null)
  }
}

/** The condition on `secret_version` settles two replacements at once: the second one finds another version. */
async function updateKey(client: pg.PoolClient, replacement: Replacement): Promise<void> {
  const { ctx, old, sealed, rights } = replacement
  const { rowCount } = await client.query(
    `UPDATE user_api_keys SET data_key_id = $4, api_key_encrypted = $5, api_secret_encrypted = $6,
       extra_encrypted = $7, secret_version = $3 + 1, api_key_hint = $8, fingerprint = $9, permissions = $10,
       is_valid = true, checked_at = $11, check_error = NULL, expires_at = $12, updated_at = now()
     WHERE user_id = $1 AND api_key_id = $2 AND secret_version = $3`,
    [
      ctx.actor.userId,
      old.apiKeyId,
      old.secretVersion,
      sealed.dataKeyId,
      sealed.fields.api_key_encrypted,
      sealed.fields.api_secret_encrypted,
      sealed.fields.extra_encrypted ?? null,
      replacement.hint,
      replacement.fingerprint,
      rights,
      ctx.services.now(),
      rights.expiresAt,
    ],
  )
  if (rowCount) return
  throw new ServiceError({
    kind: 'conflict',
    reason: 'KEY_CHANGED',
    message: 'This key was replaced or deleted meanwhile. Look at it again before you replace it.',
  })
}
