import { createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { KEY_BYTES, openFrom, sealInto } from './aes-gcm.ts'
import { type Bytes, uuidToBytes } from './encoding.ts'
import { CryptoError } from './errors.ts'
import { encodeAadPrefix, encodeFieldAad, type FieldAad } from './field-aad.ts'
import { hkdf32 } from './hkdf.ts'
import { writeNonce } from './nonce.ts'
import {
  CIPHERTEXT_OFFSET,
  checkRecord,
  FORMAT_VERSION,
  KEY_ID_OFFSET,
  NONCE_OFFSET,
  RECORD_OVERHEAD,
  SUITE,
} from './record.ts'
import { generateKey, type RootKeyProvider, type WrapContext } from './root-key.ts'

/**
 * How many fields one data key may seal. Nonces are random: at 2^20 the chance that any two are equal is under
 * 2^-56, far inside the 2^-32 that NIST SP 800-38D (8.3) allows.
 */
export const MAX_ENCRYPTIONS = 2 ** 20

/** Seals and opens the secret fields of one user. Synchronous: the key is in memory. */
export interface DataKey {
  /** The data key's UUID, which stands in every record that it sealed. */
  readonly id: string
  /** How many fields it has sealed, those that it was opened with included. */
  readonly encryptions: number
  /**
   * Encrypts a field for its place. Returns a record, 46 bytes longer than the plaintext.
   * @throws CryptoError `DATA_KEY_EXHAUSTED` after 2^20 fields, `KEY_DESTROYED`, `INPUT_INVALID` for a malformed
   * place or one of another user or deployment.
   */
  seal(plaintext: Uint8Array, aad: FieldAad): Bytes
  /**
   * Decrypts a field at its place. The caller zeroes the result after use.
   * @throws CryptoError `RECORD_MALFORMED`, `RECORD_REFUSED`, `DATA_KEY_MISMATCH`, `KEY_DESTROYED`, `INPUT_INVALID`.
   */
  open(record: Uint8Array, aad: FieldAad): Bytes
  /** Lets go of the key; every later call is refused. */
  destroy(): void
}

/** What the database keeps of a data key. */
export interface DataKeyRecord {
  /** Name of the provider that wrapped it. */
  provider: string
  rootKeyId: string
  wrappedKey: Uint8Array
  /** 32 bytes by which the right data key is known; they say nothing about it. */
  commitment: Uint8Array
}

/** Whose data key it is. Bound to the wrapped key. */
export interface DataKeyOwner {
  deploymentId: string
  userId: string
  /** A UUID in lower case. */
  dataKeyId: string
}

/**
 * Makes a new data key and the record to store for it.
 * @throws whatever the provider throws; CryptoError `INPUT_INVALID` for a malformed id.
 */
export async function createDataKey(
  o: DataKeyOwner & { provider: RootKeyProvider },
): Promise<{ dataKey: DataKey; record: DataKeyRecord & { wrappedKey: Bytes; commitment: Bytes } }> {
  uuidToBytes(o.dataKeyId)
  const { plaintext, rootKeyId, wrapped } = await generateKey(o.provider, dataKeyContext(o))
  try {
    const derived = deriveKeys(plaintext, o.dataKeyId)
    return {
      dataKey: makeDataKey({ owner: o, key: derived.key, encryptions: 0 }),
      record: { provider: o.provider.name, rootKeyId, wrappedKey: wrapped, commitment: derived.commitment },
    }
  } finally {
    plaintext.fill(0)
  }
}

/**
 * Opens a stored data key. `encryptions` is how many fields it has sealed before, as the database counts them.
 * @throws CryptoError `DATA_KEY_COMMITMENT` when the unwrapped key is not the record's; whatever the provider throws.
 */
export async function openDataKey(
  o: DataKeyOwner & { provider: RootKeyProvider; record: DataKeyRecord; encryptions?: number },
): Promise<DataKey> {
  uuidToBytes(o.dataKeyId)
  const encryptions = o.encryptions ?? 0
  if (!Number.isSafeInteger(encryptions) || encryptions < 0) {
    throw new CryptoError('INPUT_INVALID', 'encryptions must be a whole number from 0.')
  }
  const { provider, rootKeyId, wrappedKey, commitment } = o.record
  const context = dataKeyContext(o)
  const plaintext = await o.provider.unwrap({ provider, rootKeyId, wrapped: wrappedKey, context })
  try {
    const derived = deriveKeys(plaintext, o.dataKeyId)
    if (commitment.length !== KEY_BYTES || !timingSafeEqual(commitment, derived.commitment)) {
      throw new CryptoError(
        'DATA_KEY_COMMITMENT',
        'The stored data key is not the one that its record commits to.',
      )
    }
    return makeDataKey({ owner: o, key: derived.key, encryptions })
  } finally {
    plaintext.fill(0)
  }
}

/** The context under which a data key is wrapped: rotation needs it to wrap the key anew. */
export function dataKeyContext(o: DataKeyOwner): WrapContext {
  return { purpose: 'data-key', deploymentId: o.deploymentId, ownerId: o.userId, keyId: o.dataKeyId }
}

/** HKDF-SHA512 (RFC 5869), the data key's id as the salt: one output encrypts, the other commits. */
function deriveKeys(plaintext: Uint8Array, dataKeyId: string): { key: KeyObject; commitment: Bytes } {
  if (plaintext.length !== KEY_BYTES) {
    throw new CryptoError(
      'WRAPPED_KEY_REFUSED',
      'The provider answered with a data key that is not of 32 bytes.',
    )
  }
  const [encryption, commitment] = hkdf32({
    secret: plaintext,
    salt: uuidToBytes(dataKeyId),
    infos: ['opentrade/data-key/encryption', 'opentrade/data-key/commitment'],
  })
  const key = createSecretKey(encryption)
  encryption.fill(0)
  return { key, commitment: Uint8Array.from(commitment) }
}

function makeDataKey(o: { owner: DataKeyOwner; key: KeyObject; encryptions: number }): DataKey {
  const dataKeyId = o.owner.dataKeyId
  const idBytes = uuidToBytes(dataKeyId)
  const prefix = encodeAadPrefix({
    dataKeyId: idBytes,
    deploymentId: o.owner.deploymentId,
    userId: o.owner.userId,
  })
  let key: KeyObject | null = o.key
  let encryptions = o.encryptions

  function liveKey(): KeyObject {
    if (!key) throw new CryptoError('KEY_DESTROYED', 'The data key was destroyed; open it again.')
    return key
  }

  return {
    id: dataKeyId,
    get encryptions() {
      return encryptions
    },
    seal(plaintext, aad) {
      const live = liveKey()
      if (encryptions >= MAX_ENCRYPTIONS) {
        throw new CryptoError(
          'DATA_KEY_EXHAUSTED',
          'This data key has sealed 2^20 fields; make a new generation.',
        )
      }
      const boundAad = encodeFieldAad(prefix, aad)
      // Node's own pool: a record is no secret, and a buffer of its own costs a tenth of the encryption.
      const target = Buffer.allocUnsafe(RECORD_OVERHEAD + plaintext.length)
      target[0] = FORMAT_VERSION
      target[1] = SUITE
      target.set(idBytes, KEY_ID_OFFSET)
      writeNonce(target, NONCE_OFFSET)
      const nonce = target.subarray(NONCE_OFFSET, CIPHERTEXT_OFFSET)
      encryptions += 1
      sealInto({ key: live, nonce, aad: boundAad, plaintext, target, offset: CIPHERTEXT_OFFSET })
      return target
    },
    open(record, aad) {
      const live = liveKey()
      checkRecord(record)
      if (!timingSafeEqual(record.subarray(KEY_ID_OFFSET, NONCE_OFFSET), idBytes)) {
        throw new CryptoError('DATA_KEY_MISMATCH', 'The record was sealed with another data key.')
      }
      const nonce = record.subarray(NONCE_OFFSET, CIPHERTEXT_OFFSET)
      const boundAad = encodeFieldAad(prefix, aad)
      return openFrom({ key: live, nonce, aad: boundAad, sealed: record.subarray(CIPHERTEXT_OFFSET) })
    },
    destroy() {
      // Node offers no way to overwrite a KeyObject; once unreferenced, OpenSSL cleanses its memory as it frees it.
      key = null
    },
  }
}
