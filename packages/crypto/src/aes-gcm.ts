import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import type { Bytes } from './encoding.ts'
import { CryptoError } from './errors.ts'
import { NONCE_BYTES } from './nonce.ts'

/** Bytes of the authentication tag: always the full 128 bits. */
export const TAG_BYTES = 16

/** Bytes of every key here: AES-256. */
export const KEY_BYTES = 32

const OPTIONS = { authTagLength: TAG_BYTES }

interface Sealing {
  /** 32 bytes, or a KeyObject made of them. */
  key: KeyObject | Uint8Array
  /** 12 bytes, never used before with this key. */
  nonce: Uint8Array
  /** Bound to the ciphertext and not kept in it. */
  aad: Uint8Array
}

/**
 * AES-256-GCM with a nonce of the caller's choice: `ciphertext | tag(16)`.
 *
 * Low level, for test vectors and for this package's own formats. A nonce used twice with one key gives both
 * plaintexts and the authentication key away: everything else calls `DataKey.seal`, which draws its own.
 * @throws CryptoError `INPUT_INVALID` for a key that is not of 32 bytes or a nonce that is not of 12.
 */
export function sealWithNonce(o: Sealing & { plaintext: Uint8Array }): Bytes {
  checkLengths(o)
  const target = new Uint8Array(o.plaintext.length + TAG_BYTES)
  sealInto({ ...o, target, offset: 0 })
  return target
}

/** `sealWithNonce` into place: writes `ciphertext | tag` into `target` at `offset`. The lengths must be right. */
export function sealInto(o: Sealing & { plaintext: Uint8Array; target: Uint8Array; offset: number }): void {
  const cipher = createCipheriv('aes-256-gcm', o.key, o.nonce, OPTIONS)
  cipher.setAAD(o.aad)
  o.target.set(cipher.update(o.plaintext), o.offset)
  cipher.final()
  o.target.set(cipher.getAuthTag(), o.offset + o.plaintext.length)
}

/**
 * Opens `ciphertext | tag(16)`. Nothing is returned unless the tag is right.
 *
 * `authTagLength: 16` matters: without it Node accepts tags cut to 4, 8 or 12 to 15 bytes, which a forger finds
 * in 2^32 tries or fewer.
 * @throws CryptoError `INPUT_INVALID` for a wrong key or nonce length, `RECORD_MALFORMED` for fewer than 16 bytes,
 * `RECORD_REFUSED` when the tag does not match.
 */
export function openWithNonce(o: Sealing & { sealed: Uint8Array }): Bytes {
  checkLengths(o)
  return openFrom(o)
}

/** `openWithNonce` for a key and nonce whose lengths are right. */
export function openFrom(o: Sealing & { sealed: Uint8Array }): Bytes {
  const end = o.sealed.length - TAG_BYTES
  if (end < 0) throw new CryptoError('RECORD_MALFORMED', 'The sealed bytes are shorter than their tag.')
  const decipher = createDecipheriv('aes-256-gcm', o.key, o.nonce, OPTIONS)
  decipher.setAAD(o.aad)
  decipher.setAuthTag(o.sealed.subarray(end))
  const plaintext = decipher.update(o.sealed.subarray(0, end))
  try {
    decipher.final()
  } catch {
    plaintext.fill(0)
    throw new CryptoError(
      'RECORD_REFUSED',
      'The sealed bytes were changed, or belong to another place than the one they were read from.',
    )
  }
  return plaintext
}

function checkLengths(o: Sealing): void {
  const keyBytes = o.key instanceof Uint8Array ? o.key.length : o.key.symmetricKeySize
  if (keyBytes !== KEY_BYTES) throw new CryptoError('INPUT_INVALID', 'An AES-256 key must be of 32 bytes.')
  if (o.nonce.length !== NONCE_BYTES) throw new CryptoError('INPUT_INVALID', 'A nonce must be of 12 bytes.')
}
