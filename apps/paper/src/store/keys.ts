import { createHash, createHmac, randomBytes, randomInt } from 'node:crypto'
import type { Queryable } from '@opentrade/db'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const KEY_LENGTH = 64

/** How an API key looks: 64 letters and digits. */
export const API_KEY_FORMAT = /^[A-Za-z0-9]{64}$/

/** What a key may do, by Binance's names where it has one. Times are Unix milliseconds. */
export interface KeyRights {
  enableReading: boolean
  enableSpotAndMarginTrading: boolean
  enableWithdrawals: boolean
  enableInternalTransfer: boolean
  permitsUniversalTransfer: boolean
  ipRestrict: boolean
  ipWhitelist: string[]
  tradingAuthorityExpirationTime: number | null
  expiresAt: number | null
}

/** A key and the account that it opens. */
export interface StoredKey extends KeyRights {
  accountId: number
  createdAt: number
  /** In PEM, for a key that signs with a private key; null for one with a secret. */
  publicKey: string | null
}

/** A new public half of a key: random, 64 letters and digits. */
export function createApiKey(): string {
  return Array.from({ length: KEY_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

/** The secret half. It follows from the exchange's seed and the public half, so it is stored nowhere. */
export function secretOf(keySeed: Uint8Array, apiKey: string): string {
  const bytes = createHmac('sha512', keySeed).update(`api secret of ${apiKey}`).digest()
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('')
}

function hashOf(apiKey: string): Buffer {
  return createHash('sha256').update(apiKey).digest()
}

/** The seed of all secrets, made when it is asked for the first time. */
export async function readKeySeed(q: Queryable): Promise<Uint8Array> {
  await q.query('INSERT INTO paper.venue (key_seed) VALUES ($1) ON CONFLICT DO NOTHING', [randomBytes(32)])
  const { rows } = await q.query<{ key_seed: Buffer }>('SELECT key_seed FROM paper.venue')
  const seed = rows[0]?.key_seed
  if (!seed) throw new Error('The paper exchange has no key seed: its database cannot be written to.')
  return seed
}

/** Stores a new key with the usual rights: reading and spot trading. */
export async function insertKey(
  q: Queryable,
  o: { apiKey: string; publicKey: string | null; accountId: number; now: number },
): Promise<void> {
  await q.query(
    'INSERT INTO paper.api_keys (key_hash, public_key, account_id, created_ms) VALUES ($1, $2, $3, $4)',
    [hashOf(o.apiKey), o.publicKey, o.accountId, o.now],
  )
}

const COLUMNS = `account_id, enable_reading, enable_trading, enable_withdrawals, enable_internal_transfer,
  permits_universal_transfer, ip_restrict, ip_whitelist, trading_expires_ms, expires_ms, created_ms, public_key`

interface KeyRow {
  account_id: string
  enable_reading: boolean
  enable_trading: boolean
  enable_withdrawals: boolean
  enable_internal_transfer: boolean
  permits_universal_transfer: boolean
  ip_restrict: boolean
  ip_whitelist: string[]
  trading_expires_ms: string | null
  expires_ms: string | null
  created_ms: string
  public_key: string | null
}

function toKey(row: KeyRow): StoredKey {
  return {
    accountId: Number(row.account_id),
    createdAt: Number(row.created_ms),
    enableReading: row.enable_reading,
    enableSpotAndMarginTrading: row.enable_trading,
    enableWithdrawals: row.enable_withdrawals,
    enableInternalTransfer: row.enable_internal_transfer,
    permitsUniversalTransfer: row.permits_universal_transfer,
    ipRestrict: row.ip_restrict,
    ipWhitelist: row.ip_whitelist,
    publicKey: row.public_key,
    tradingAuthorityExpirationTime: row.trading_expires_ms === null ? null : Number(row.trading_expires_ms),
    expiresAt: row.expires_ms === null ? null : Number(row.expires_ms),
  }
}

/** The key, unless it is unknown or deleted. */
export async function findKey(q: Queryable, apiKey: string): Promise<StoredKey | null> {
  const { rows } = await q.query<KeyRow>({
    name: 'paper_find_key',
    text: `SELECT ${COLUMNS} FROM paper.api_keys WHERE key_hash = $1 AND deleted_ms IS NULL`,
    values: [hashOf(apiKey)],
  })
  return rows[0] ? toKey(rows[0]) : null
}

/** Changes the rights that are named; returns the key, or null when it is unknown or deleted. */
export async function updateKey(
  q: Queryable,
  o: { apiKey: string; rights: Partial<KeyRights> },
): Promise<StoredKey | null> {
  const known = await findKey(q, o.apiKey)
  if (!known) return null
  const rights = { ...known, ...o.rights }
  const { rows } = await q.query<KeyRow>(
    `UPDATE paper.api_keys SET enable_reading = $2, enable_trading = $3, enable_withdrawals = $4,
       enable_internal_transfer = $5, permits_universal_transfer = $6, ip_restrict = $7, ip_whitelist = $8,
       trading_expires_ms = $9, expires_ms = $10
     WHERE key_hash = $1 AND deleted_ms IS NULL RETURNING ${COLUMNS}`,
    [
      hashOf(o.apiKey),
      rights.enableReading,
      rights.enableSpotAndMarginTrading,
      rights.enableWithdrawals,
      rights.enableInternalTransfer,
      rights.permitsUniversalTransfer,
      rights.ipRestrict,
      rights.ipWhitelist,
      rights.tradingAuthorityExpirationTime,
      rights.expiresAt,
    ],
  )
  return rows[0] ? toKey(rows[0]) : null
}

/** Deletes a key for good; false when there was none. */
export async function deleteKey(q: Queryable, o: { apiKey: string; now: number }): Promise<boolean> {
  const { rowCount } = await q.query(
    'UPDATE paper.api_keys SET deleted_ms = $2 WHERE key_hash = $1 AND deleted_ms IS NULL',
    [hashOf(o.apiKey), o.now],
  )
  return rowCount === 1
}
