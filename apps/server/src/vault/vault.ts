import type pg from 'pg'
import type { Actor } from '../context.ts'

/** The row whose fields are secret. All of it is bound into each sealed field: moved elsewhere, it does not open. */
export interface SecretRow {
  /** The table's name, such as `user_api_keys`. */
  table: string
  rowId: string
  userId: string
  exchangeId: string
  /** Grows when the secret is replaced, so that an older one cannot be put back. */
  secretVersion: number
}

/** Texts or bytes by the name of the column that they stand in. */
export type Fields<Value> = Readonly<Record<string, Value>>

interface SealRequest {
  row: SecretRow
  /** The secrets, by column. */
  fields: Fields<string>
}

export interface SealedFields {
  /** The data key that sealed them: store it beside them. */
  dataKeyId: string
  fields: Record<string, Uint8Array>
}

export interface OpenRequest<Result> {
  row: SecretRow
  dataKeyId: string
  /** What `seal` returned, by column. */
  fields: Fields<Uint8Array>
  /** Who opens them, for the audit log. */
  actor: Actor
  /** Why they are opened, for the audit log: a few words such as "sync of a wallet". */
  reason: string
  /** Uses the plaintext, which is zeroed as soon as this returns: it must be copied out synchronously. */
  run: (fields: Fields<Uint8Array>) => Result
}

interface FingerprintRequest {
  userId: string
  exchangeId: string
  apiKey: string
}

/**
 * Seals and opens what is secret. It is the only part of the server that meets data keys and root keys.
 *
 * Every method throws ServiceError `VAULT_UNAVAILABLE` when a root key is missing or its provider does not answer;
 * no key is ever made to replace one that cannot be read.
 */
export interface Vault {
  /** Seals fields under the row's current data key, which is made when there is none. */
  seal(request: SealRequest): Promise<SealedFields>
  /**
   * Opens fields for the length of a callback. The opening is in the user's audit log before anything is
   * decrypted; if it cannot be written there, nothing is decrypted.
   * @throws ServiceError `SECRET_DAMAGED` when a field was changed or moved.
   */
  withPlaintext<Result>(request: OpenRequest<Result>): Promise<Result>
  /** The blind index by which a key is found again, without opening any: HMAC-SHA256, 32 bytes. */
  fingerprint(request: FingerprintRequest): Promise<Uint8Array>
  /**
   * Destroys the data keys of a row that was deleted in the caller's transaction: what they sealed opens nowhere
   * any more, but from a backup of before. Another process may hold an unwrapped copy for five more minutes.
   */
  shred(client: pg.PoolClient, o: { userId: string; rowId: string; dataKeyId: string }): Promise<void>
  /** Lets go of every key in memory. */
  close(): void
}
