import { TAG_BYTES } from './aes-gcm.ts'
import { bytesToUuid } from './encoding.ts'
import { CryptoError } from './errors.ts'
import { NONCE_BYTES } from './nonce.ts'

/** The only format so far: `version(1) | suite(1) | data key id(16) | nonce(12) | ciphertext | tag(16)`. */
export const FORMAT_VERSION = 1

/** The only suite so far: AES-256-GCM with a key by HKDF-SHA512. */
export const SUITE = 1

/** Where each part of a record begins. */
export const KEY_ID_OFFSET = 2
export const NONCE_OFFSET = 18
export const CIPHERTEXT_OFFSET = NONCE_OFFSET + NONCE_BYTES

/** By how many bytes a record is longer than what it seals. */
export const RECORD_OVERHEAD = CIPHERTEXT_OFFSET + TAG_BYTES

/** What a record says of itself before anything is decrypted. */
export interface RecordHeader {
  version: number
  suite: number
  /** The data key to open it with: keys are chosen by id, nothing is decrypted by trial. */
  dataKeyId: string
}

/**
 * Reads a record's header.
 * @throws CryptoError `RECORD_MALFORMED` for bytes too short to be a record, or of an unknown version or suite.
 */
export function readRecordHeader(record: Uint8Array): RecordHeader {
  checkRecord(record)
  return {
    version: FORMAT_VERSION,
    suite: SUITE,
    dataKeyId: bytesToUuid(record.subarray(KEY_ID_OFFSET, NONCE_OFFSET)),
  }
}

/** Refuses what cannot be a record: everything that can be told without the key. */
export function checkRecord(record: Uint8Array): void {
  if (record.length < RECORD_OVERHEAD) {
    throw new CryptoError('RECORD_MALFORMED', 'The sealed record is too short: it was cut off, or is none.')
  }
  if (record[0] !== FORMAT_VERSION || record[1] !== SUITE) {
    throw new CryptoError(
      'RECORD_MALFORMED',
      'The sealed record has an unknown format: a newer OpenTrade wrote it, or it is damaged.',
    )
  }
}
