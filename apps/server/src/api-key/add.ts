import { uuidv7 } from '@opentrade/db'
import type { KeyCheck } from '@opentrade/exchange'
import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { getExchange, type KnownExchange } from '../exchange/get.ts'
import type { SealedFields } from '../vault/vault.ts'
import { ensureWallet } from '../wallet/ensure.ts'
import { type AccountMatch, accountIndexOf } from './account-index.ts'
import { hintOf, identifierOf, readCredentials } from './credentials.ts'
import { joinWallet } from './join-wallet.ts'
import { afterAcceptance } from './mark.ts'
import { proveNewKey } from './prove.ts'
import { readWalletAccount, requireApiKey } from './queries.ts'
import { findWitness, requireSameAccount } from './same-account.ts'
import type { AddApiKey, AddedApiKey, ApiKey } from './schemas.ts'
import { API_KEYS_TABLE, splitCredentials } from './sealed-columns.ts'
import { startSync } from './start-sync.ts'
import { asTaken, type KeyPlace, refuseSecondKey, refuseTaken } from './taken.ts'

/**
 * Connects an exchange account: checks the key there, seals it, makes its wallet and starts the first sync.
 * A key that the exchange refuses is not stored.
 *
 * @throws ServiceError `NOT_FOUND` and `EXCHANGE_INACTIVE` for the exchange, `CREDENTIALS_INVALID`, `DUPLICATE_KEY`,
 * `NICKNAME_TAKEN`, `WALLET_HAS_KEY`, `KEY_REFUSED`, `OTHER_ACCOUNT`, `WALLET_CHANGED`, `WITHDRAWALS_ENABLED`, `RATE_LIMITED`, `EXCHANGE_UNAVAILABLE`,
 * `VAULT_UNAVAILABLE`
 */
export async function addApiKey(o: { ctx: UserContext; input: AddApiKey }): Promise<AddedApiKey> {
  const { ctx, input } = o
  const { db, vault } = ctx.services
  const { userId } = ctx.actor
  const exchange = await requireActiveExchange(o)
  const credentials = readCredentials({ required: exchange.requiredCredentials, given: input.credentials })
  const place: KeyPlace = {
    userId,
    exchangeId: exchange.exchangeId,
    fingerprint: await vault.fingerprint({
      userId,
      exchangeId: exchange.exchangeId,
      apiKey: identifierOf(credentials),
    }),
    nickname: input.nickname ?? null,
    walletLabel: input.walletLabel ?? '',
    purpose: input.purpose ?? 'read',
  }
  await db.withUserSql(userId, (client) => refuseTaken(client, place))

  const check = await proveNewKey({
    services: ctx.services,
    exchange,
    credentials,
    purpose: place.purpose,
    confirmWithdrawals: input.confirmWithdrawals === true,
  })
  const { exchangeId, walletLabel: label } = place
  const wallet = await db.withUserSql(userId, (client) =>
    readWalletAccount(client, { userId, exchangeId, label }),
  )
  const witness = findWitness(wallet?.keys ?? [])
  const account = await accountIndexOf({ ctx, exchangeId, accountId: check.accountId })
  const match = await requireSameAccount({ ctx, exchange, wallet, witness, credentials, check, account })

  const apiKeyId = uuidv7()
  const sealed = await vault.seal({
    row: {
      table: API_KEYS_TABLE,
      rowId: apiKeyId,
      userId,
      exchangeId: exchange.exchangeId,
      secretVersion: 1,
    },
    fields: splitCredentials(credentials),
  })
  const hint = hintOf(credentials, exchange.requiredCredentials)
  const comparedWith = wallet?.keys.map((key) => key.apiKeyId) ?? []
  const apiKey = await storeKey({
    ...{ ctx, exchange, place, apiKeyId, hint, check, sealed, account, match, comparedWith },
  })
  await startSync({ ctx, walletId: apiKey.walletId })
  return { apiKey, walletId: apiKey.walletId }
}

async function requireActiveExchange(o: { ctx: UserContext; input: AddApiKey }): Promise<KnownExchange> {
  const exchange = await getExchange({ services: o.ctx.services, exchangeId: o.input.exchangeId })
  if (exchange.isActive) return exchange
  throw new ServiceError({
    kind: 'refused',
    reason: 'EXCHANGE_INACTIVE',
    message: `An administrator has closed ${exchange.exchangeName} on this installation; no key can be added.`,
  })
}

interface NewKey {
  ctx: UserContext
  exchange: KnownExchange
  place: KeyPlace
  apiKeyId: string
  hint: string
  check: KeyCheck
  sealed: SealedFields
  account: Buffer | null
  match: AccountMatch | null
  /** The ids of the wallet's keys when the accounts were compared. */
  comparedWith: readonly string[]
}

async function storeKey(key: NewKey): Promise<ApiKey> {
  const { ctx, place, apiKeyId } = key
  try {
    return await ctx.services.db.withUserSql(place.userId, async (client) => {
      const { walletId } = await ensureWallet(
        { ctx, input: { exchangeId: place.exchangeId, label: place.walletLabel } },
        client,
      )
      await insertKey(client, { ...key, walletId })
      await refuseSecondKey(client, {
        userId: place.userId,
        walletId,
        purpose: place.purpose,
        besides: apiKeyId,
      })
      await joinWallet(client, { ...key, userId: place.userId, walletId })
      await recordAct(client, {
        actor: ctx.actor,
        action: 'api-key.added',
        target: `api-key:${apiKeyId}`,
        detail: {
          exchangeId: place.exchangeId,
          walletId,
          purpose: place.purpose,
          withdraw: key.check.rights.withdraw,
          sameAccount: key.match,
        },
      })
      return requireApiKey(client, { userId: place.userId, apiKeyId })
    })
  } catch (error) {
    throw asTaken(error, place.nickname)
  }
}

async function insertKey(client: pg.PoolClient, key: NewKey & { walletId: string }): Promise<void> {
  const { ctx, place, sealed, check } = key
  const { rights } = check
  const now = ctx.services.now()
  await client.query(
    `INSERT INTO user_api_keys (user_id, api_key_id, exchange_id, wallet_id, data_key_id, api_key_encrypted,
       api_secret_encrypted, extra_encrypted, secret_version, api_key_hint, fingerprint, key_nickname, purpose,
       permissions, is_valid, checked_at, expires_at, next_check_at, withdrawals_confirmed, account_match)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11, $12, $13, true, $14, $15, $16, $17, $18)`,
    [
      place.userId,
      key.apiKeyId,
      place.exchangeId,
      key.walletId,
      sealed.dataKeyId,
      sealed.fields.api_key_encrypted,
      sealed.fields.api_secret_encrypted,
      sealed.fields.extra_encrypted ?? null,
      key.hint,
      place.fingerprint,
      place.nickname,
      place.purpose,
      rights,
      now,
      rights.expiresAt,
      afterAcceptance(now, check),
      // It is not stored otherwise.
      rights.withdraw === 'yes',
      key.match,
    ],
  )
}
