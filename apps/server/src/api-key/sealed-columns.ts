import type { Credentials } from '@opentrade/exchange'
import { z } from 'zod'
import type { Fields } from '../vault/vault.ts'

/** The columns of `user_api_keys` that hold a credential. Their names are bound into what is sealed. */
export interface SealedColumns {
  api_key_encrypted: Uint8Array
  api_secret_encrypted: Uint8Array
  /** Whatever else the exchange asks for, as one JSON; null when it asks for nothing else. */
  extra_encrypted: Uint8Array | null
}

export const API_KEYS_TABLE = 'user_api_keys'

/** Shares credentials out over the columns. An exchange that has no API key or no secret gets an empty text there. */
export function splitCredentials(credentials: Credentials): Record<string, string> {
  const { apiKey = '', secret = '', ...extra } = credentials
  const columns: Record<string, string> = { api_key_encrypted: apiKey, api_secret_encrypted: secret }
  if (Object.keys(extra).length > 0) columns.extra_encrypted = JSON.stringify(extra)
  return columns
}

/** The sealed columns that are there. */
export function presentColumns(row: SealedColumns): Record<string, Uint8Array> {
  const { api_key_encrypted, api_secret_encrypted, extra_encrypted } = row
  return { api_key_encrypted, api_secret_encrypted, ...(extra_encrypted && { extra_encrypted }) }
}

const Extra = z.partialRecord(
  z.enum(['password', 'uid', 'accountId', 'login', 'twofa', 'walletAddress', 'privateKey', 'token']),
  z.string(),
)

/** Puts credentials together again from opened columns. The texts are copies: the bytes may be zeroed afterwards. */
export function joinCredentials(columns: Fields<Uint8Array>): Credentials {
  const apiKey = textOf(columns.api_key_encrypted)
  const secret = textOf(columns.api_secret_encrypted)
  const extra = textOf(columns.extra_encrypted)
  return {
    ...(apiKey && { apiKey }),
    ...(secret && { secret }),
    ...(extra && Extra.parse(JSON.parse(extra))),
  }
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8') : ''
}
