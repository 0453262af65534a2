import type { Queryable } from '@opentrade/db'
import type { Rights } from '@opentrade/exchange'
import { notFound } from '../errors.ts'
import type { ApiKey } from './schemas.ts'
import type { SealedColumns } from './sealed-columns.ts'

type ApiKeyRow = Omit<
  ApiKey,
  'permissions' | 'checkedAt' | 'refusedSince' | 'nextCheckAt' | 'expiresAt' | 'createdAt' | 'updatedAt'
> & {
  permissions: Rights | null
  checkedAt: Date | null
  refusedSince: Date | null
  nextCheckAt: Date
  expiresAt: Date | null
  createdAt: Date
  updatedAt: Date
}

const SELECT_API_KEYS = `
  SELECT k.api_key_id AS "apiKeyId", k.exchange_id AS "exchangeId", e.exchange_name AS "exchangeName",
         k.wallet_id AS "walletId", k.key_nickname AS "nickname", k.api_key_hint AS "hint", k.purpose,
         k.permissions, k.is_valid AS "isValid", k.checked_at AS "checkedAt", k.check_error AS "checkError",
         k.refused_since AS "refusedSince",
         k.expires_at AS "expiresAt", k.account_match AS "accountMatch",
         k.next_check_at AS "nextCheckAt", k.created_at AS "createdAt", k.updated_at AS "updatedAt"
  FROM user_api_keys k JOIN exchanges e USING (exchange_id)
  WHERE k.user_id = $1`

/** A person's keys, the oldest first. */
export async function readApiKeys(q: Queryable, o: { userId: string }): Promise<ApiKey[]> {
  const { rows } = await q.query<ApiKeyRow>(`${SELECT_API_KEYS} ORDER BY k.created_at, k.api_key_id`, [
    o.userId,
  ])
  return rows.map(toApiKey)
}

/**
 * One key of a person.
 * @throws ServiceError `NOT_FOUND` when there is none, or it is somebody else's
 */
export async function requireApiKey(q: Queryable, o: { userId: string; apiKeyId: string }): Promise<ApiKey> {
  const { rows } = await q.query<ApiKeyRow>(`${SELECT_API_KEYS} AND k.api_key_id = $2`, [
    o.userId,
    o.apiKeyId,
  ])
  const [row] = rows
  if (!row) throw notFound('API key')
  return toApiKey(row)
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    ...row,
    checkedAt: row.checkedAt?.toISOString() ?? null,
    refusedSince: row.refusedSince?.toISOString() ?? null,
    nextCheckAt: row.nextCheckAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

/** What is needed to open a key's credentials. */
export interface SealedApiKey extends SealedColumns {
  apiKeyId: string
  exchangeId: string
  walletId: string
  purpose: 'read' | 'trade'
  isValid: boolean | null
  /** Since when the exchange has refused it without a good answer in between. */
  refusedSince: Date | null
  permissions: Rights | null
  dataKeyId: string
  secretVersion: number
  fingerprint: Buffer
}

const SELECT_SEALED = `
  SELECT api_key_id AS "apiKeyId", exchange_id AS "exchangeId", wallet_id AS "walletId", purpose,
         is_valid AS "isValid", refused_since AS "refusedSince", permissions, data_key_id AS "dataKeyId", secret_version AS "secretVersion", fingerprint,
         api_key_encrypted, api_secret_encrypted, extra_encrypted
  FROM user_api_keys
  WHERE user_id = $1`

/**
 * One key of a person, with its sealed fields.
 * @throws ServiceError `NOT_FOUND`
 */
export async function requireSealedApiKey(
  q: Queryable,
  o: { userId: string; apiKeyId: string },
): Promise<SealedApiKey> {
  const { rows } = await q.query<SealedApiKey>(`${SELECT_SEALED} AND api_key_id = $2`, [o.userId, o.apiKeyId])
  const [row] = rows
  if (!row) throw notFound('API key')
  return row
}

/** The key that reads a wallet; undefined when there is none: one that trades is not opened to read. */
export async function readReadingKey(
  q: Queryable,
  o: { userId: string; walletId: string },
): Promise<SealedApiKey | undefined> {
  const { rows } = await q.query<SealedApiKey>(`${SELECT_SEALED} AND wallet_id = $2 AND purpose = 'read'`, [
    o.userId,
    o.walletId,
  ])
  return rows[0]
}

/** Whether a wallet has a key, for whatever purpose. */
export async function hasAnyKey(q: Queryable, o: { userId: string; walletId: string }): Promise<boolean> {
  const { rowCount } = await q.query(
    'SELECT FROM user_api_keys WHERE user_id = $1 AND wallet_id = $2 LIMIT 1',
    [o.userId, o.walletId],
  )
  return rowCount === 1
}

/** A wallet with what is known of the account that it shows. */
export interface WalletAccount {
  walletId: string
  /** The blind index of the account; null when the exchange never said. */
  accountIndex: Buffer | null
  /** Its keys, the one for reading first. */
  keys: SealedApiKey[]
}

/** The account of the wallet that one condition names; undefined when there is none. */
export async function readWalletAccount(
  q: Queryable,
  o: { userId: string } & ({ walletId: string } | { exchangeId: string; label: string }),
): Promise<WalletAccount | undefined> {
  const { rows } =
    'walletId' in o
      ? await q.query<WalletAccount>(`${SELECT_WALLET} AND wallet_id = $2`, [o.userId, o.walletId])
      : await q.query<WalletAccount>(`${SELECT_WALLET} AND exchange_id = $2 AND label = $3`, [
          o.userId,
          o.exchangeId,
          o.label,
        ])
  const [wallet] = rows
  if (!wallet) return undefined
  const keys = await q.query<SealedApiKey>(
    `${SELECT_SEALED} AND wallet_id = $2 ORDER BY purpose, created_at, api_key_id`,
    [o.userId, wallet.walletId],
  )
  return { ...wallet, keys: keys.rows }
}

const SELECT_WALLET = `
  SELECT wallet_id AS "walletId", account_index AS "accountIndex" FROM wallets WHERE user_id = $1`
