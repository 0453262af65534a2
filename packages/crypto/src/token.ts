import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Bytes, textToBytes } from './encoding.ts'
import { CryptoError } from './errors.ts'

/**
 * A random token in base64url, without padding. 32 bytes (256 bits, 43 characters) unless told.
 * @throws CryptoError `INPUT_INVALID` for fewer than 16 bytes, which could be guessed, or more than 1024.
 */
export function randomToken(bytes = 32): string {
  if (!Number.isInteger(bytes) || bytes < 16 || bytes > 1024) {
    throw new CryptoError('INPUT_INVALID', 'A token must be of 16 to 1024 bytes.')
  }
  return randomBytes(bytes).toString('base64url')
}

/**
 * SHA-256 of a token's text: what the database keeps of it. No salt and no slow hash: a random token has nothing to
 * guess, and the hash must be found by an index.
 */
export function hashToken(token: string): Bytes {
  return Uint8Array.from(createHash('sha256').update(textToBytes(token)).digest())
}

/** Whether two byte strings are equal, in a time that depends on their length alone. Lengths are not secret. */
export function constantTimeEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}
