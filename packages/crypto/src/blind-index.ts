import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { KEY_BYTES } from './aes-gcm.ts'
import { type Bytes, encodeParts } from './encoding.ts'
import { CryptoError } from './errors.ts'

/**
 * The key of the blind index, from a secret of its own: 32 random bytes that the server makes once per deployment
 * and keeps wrapped (purpose `blind-index`). It does not change when the root key or a data key rotates, since every
 * stored fingerprint would have to be made anew from its plaintext.
 * @throws CryptoError `INPUT_INVALID` when the secret is not of 32 bytes.
 */
export function deriveBlindIndexKey(o: { secret: Uint8Array; deploymentId: string }): KeyObject {
  if (o.secret.length !== KEY_BYTES)
    throw new CryptoError('INPUT_INVALID', 'The blind index secret must be of 32 bytes.')
  const info = encodeParts(['opentrade/blind-index', o.deploymentId])
  const derived = new Uint8Array(hkdfSync('sha512', o.secret, new Uint8Array(0), info, KEY_BYTES))
  const key = createSecretKey(derived)
  derived.fill(0)
  return key
}

/**
 * A fingerprint by which the same API key is found again without being stored: HMAC-SHA256 (32 bytes) over user,
 * exchange and API key, each with its length in front. The user is part of it, so that equal fingerprints never tell
 * that two users share a key.
 */
export function blindIndex(o: { key: KeyObject; userId: string; exchangeId: string; apiKey: string }): Bytes {
  const message = encodeParts(['opentrade/api-key', o.userId, o.exchangeId, o.apiKey])
  const digest = createHmac('sha256', o.key).update(message).digest()
  message.fill(0)
  return Uint8Array.from(digest)
}
