import type { KeyCheck } from '@opentrade/exchange'
import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { getExchange, type KnownExchange } from '../exchange/get.ts'
import type { SealedFields } from '../vault/vault.ts'
import { type AccountMatch, accountIndexOf } from './account-index.ts'
import { hintOf, identifierOf, readCredentials } from './credentials.ts'
import { joinWallet } from './join-wallet.ts'
import { afterAcceptance } from './mark.ts'
import { proveNewKey } from './prove.ts'
import { readWalletAccount, requireApiKey, requireSealedApiKey, type SealedApiKey } from './queries.ts'
import { findWitness, requireSameAccount } from './same-account.ts'
import type { ApiKey, ReplaceApiKey } from './schemas.ts'
import { API_KEYS_TABLE, splitCredentials } from './sealed-columns.ts'
import { startSync } from './start-sync.ts'
import { asTaken, duplicateKey } from './taken.ts'

/**
 * Puts new credentials in the place of a key's old ones, after the exchange has accepted them. Name, wallet and
 * history stay, so the new ones must see the same account: it is compared with the wallet's other key if there is one,
 * else with the old credentials if the exchange still accepts them.
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
  const check = await proveNewKey({
    services: ctx.services,
    exchange,
    credentials,
    purpose,
    confirmWithdrawals,
  })
  const wallet = await db.withUserSql(userId, (client) =>
    readWalletAccount(client, { userId, walletId: old.walletId }),
  )
  const others = wallet?.keys.filter((key) => key.apiKeyId !== old.apiKeyId) ?? []
  const witness = findWitness([...others, old])
  const account = await accountIndexOf({ ctx, exchangeId, accountId: check.accountId })
  const match = await requireSameAccount({ ctx, exchange, wallet, witness, credentials, check, account })

  const secretVersion = old.secretVersion + 1
  const sealed = await vault.seal({
    row: { table: API_KEYS_TABLE, rowId: old.apiKeyId, userId, exchangeId, secretVersion },
    fields: splitCredentials(credentials),
  })
  const hint = hintOf(credentials, exchange.requiredCredentials)
  const comparedWith = others.map((key) => key.apiKeyId)
  const apiKey = await storeReplacement({
    ...{ ctx, exchange, old, hint, fingerprint, check, sealed, account, match, comparedWith },
  })
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
  exchange: KnownExchange
  old: SealedApiKey
  hint: string
  fingerprint: Uint8Array
  check: KeyCheck
  sealed: SealedFields
  account: Buffer | null
  match: AccountMatch | null
  /** The ids of the wallet's other keys when the accounts were compared. */
  comparedWith: readonly string[]
}

async function storeReplacement(replacement: Replacement): Promise<ApiKey> {
  const { ctx, old, check } = replacement
  const { userId } = ctx.actor
  const { apiKeyId, walletId } = old
  try {
    return await ctx.services.db.withUserSql(userId, async (client) => {
      await joinWallet(client, { ...replacement, userId, walletId, apiKeyId })
      await updateKey(client, replacement)
      await recordAct(client, {
        actor: ctx.actor,
        action: 'api-key.replaced',
        target: `api-key:${old.apiKeyId}`,
        detail: {
          secretVersion: old.secretVersion + 1,
          withdraw: check.rights.withdraw,
          sameAccount: replacement.match,
        },
      })
      return requireApiKey(client, { userId, apiKeyId: old.apiKeyId })
    })
  } catch (error) {
    throw asTaken(error, null)
  }
}

/** The condition on `secret_version` settles two replacements at once: the second one finds another version. */
async function updateKey(client: pg.PoolClient, replacement: Replacement): Promise<void> {
  const { ctx, old, sealed, check } = replacement
  const { rights } = check
  const now = ctx.services.now()
  const { rowCount } = await client.query(
    `UPDATE user_api_keys SET data_key_id = $4, api_key_encrypted = $5, api_secret_encrypted = $6,
       extra_encrypted = $7, secret_version = $3 + 1, api_key_hint = $8, fingerprint = $9, permissions = $10,
       is_valid = true, checked_at = $11, check_error = NULL, refused_since = NULL, expires_at = $12, next_check_at = $13,
       withdrawals_confirmed = $14, account_match = $15, updated_at = now()
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
      now,
      rights.expiresAt,
      afterAcceptance(now, check),
      rights.withdraw === 'yes',
      replacement.match,
    ],
  )
  if (rowCount) return
  throw new ServiceError({
    kind: 'conflict',
    reason: 'KEY_CHANGED',
    message: 'This key was replaced or deleted meanwhile. Look at it again before you replace it.',
  })
}
