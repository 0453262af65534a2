import { createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'
import { KEY_BYTES, openFrom, sealInto, TAG_BYTES } from './aes-gcm.ts'
import { type Bytes, encodeParts, textToBytes } from './encoding.ts'
import { CryptoError } from './errors.ts'
import { NONCE_BYTES, writeNonce } from './nonce.ts'
import {
  checkPlaintextLength,
  isPlaintextLength,
  isRootKeyId,
  type RootKeyProvider,
  unknownRootKey,
  type WrapContext,
} from './root-key.ts'

/*
 * Wrapped bytes, all parts of fixed length but the id and the ciphertext:
 *   version(1) | suite(1) | id length(1) | root key id | check(32) | nonce(12) | ciphertext | tag(16)
 * `check` is derived from the root key alone. It tells a wrong root key from damaged bytes before anything is
 * decrypted, and commits to the key, which GCM's tag does not.
 */
const VERSION = 1
const SUITE = 1
const ID_OFFSET = 3
const CHECK_BYTES = 32

interface RootKey {
  id: string
  wrapping: KeyObject
  check: Bytes
}

/** A provider that wraps in this process, and so knows at once which root keys it has. */
export interface LocalRootKeys extends RootKeyProvider {
  holds(rootKeyId: string): Promise<boolean>
}

/**
 * A provider whose root keys are in this process's memory: behind `env`, `file`, and any source that hands out key
 * bytes. Copies what it needs; the caller zeroes `keys` afterwards. Which provider's name read the keys does not
 * matter to the format: the same key under the same id unwraps, so an installation can move from file to env.
 * @throws CryptoError `INPUT_INVALID` for a key not of 32 bytes or all zero, a malformed id, an unknown `current`.
 */
export function localRootKeys(o: {
  name: string
  current: string
  keys: ReadonlyMap<string, Uint8Array>
}): LocalRootKeys {
  const rootKeys = new Map([...o.keys].map(([id, bytes]) => [id, prepare(id, bytes)]))
  const current = rootKeys.get(o.current)
  if (!current)
    throw new CryptoError('INPUT_INVALID', `The current root key "${o.current}" is not among the keys.`)

  return {
    name: o.name,
    async currentKeyId() {
      return current.id
    },
    async wrap({ plaintext, context }) {
      return { rootKeyId: current.id, wrapped: wrapBytes({ rootKey: current, plaintext, context }) }
    },
    async unwrap({ rootKeyId, wrapped, context }) {
      const rootKey = rootKeys.get(rootKeyId)
      if (!rootKey) throw unknownRootKey({ rootKeyId, provider: o.name })
      return unwrapBytes({ rootKey, wrapped, context })
    },
    async holds(rootKeyId) {
      return rootKeys.has(rootKeyId)
    },
  }
}

function prepare(id: string, bytes: Uint8Array): RootKey {
  if (!isRootKeyId(id))
    throw new CryptoError('INPUT_INVALID', 'A root key id must be 1 to 64 of A-Z a-z 0-9 _ -.')
  if (bytes.length !== KEY_BYTES)
    throw new CryptoError('INPUT_INVALID', `The root key "${id}" must be of 32 bytes.`)
  if (bytes.every((byte) => byte === 0))
    throw new CryptoError('INPUT_INVALID', `The root key "${id}" is all zero.`)
  const wrapping = derive(bytes, 'opentrade/root/wrap')
  const rootKey = { id, wrapping: createSecretKey(wrapping), check: derive(bytes, 'opentrade/root/check') }
  wrapping.fill(0)
  return rootKey
}

function derive(bytes: Uint8Array, info: string): Bytes {
  return new Uint8Array(hkdfSync('sha512', bytes, new Uint8Array(0), info, KEY_BYTES))
}

function wrapBytes(o: { rootKey: RootKey; plaintext: Uint8Array; context: WrapContext }): Bytes {
  checkPlaintextLength(o.plaintext)
  const { id, check, wrapping } = o.rootKey
  const nonceOffset = ID_OFFSET + id.length + CHECK_BYTES
  const offset = nonceOffset + NONCE_BYTES
  const target = new Uint8Array(offset + o.plaintext.length + TAG_BYTES)
  target.set([VERSION, SUITE, id.length], 0)
  target.set(textToBytes(id), ID_OFFSET)
  target.set(check, ID_OFFSET + id.length)
  writeNonce(target, nonceOffset)
  const nonce = target.subarray(nonceOffset, offset)
  sealInto({
    key: wrapping,
    nonce,
    aad: wrapAad(o.rootKey, o.context),
    plaintext: o.plaintext,
    target,
    offset,
  })
  return target
}

function unwrapBytes(o: { rootKey: RootKey; wrapped: Uint8Array; context: WrapContext }): Bytes {
  const { wrapped, rootKey } = o
  const idBytes = textToBytes(rootKey.id)
  const checkOffset = ID_OFFSET + idBytes.length
  const nonceOffset = checkOffset + CHECK_BYTES
  const offset = nonceOffset + NONCE_BYTES
  const plaintextBytes = wrapped.length - offset - TAG_BYTES
  const known = wrapped[0] === VERSION && wrapped[1] === SUITE && wrapped[2] === idBytes.length
  if (!known || !isPlaintextLength(plaintextBytes)) {
    throw new CryptoError(
      'WRAPPED_KEY_MALFORMED',
      'The wrapped key is damaged, or another kind of provider made it.',
    )
  }
  if (!timingSafeEqual(wrapped.subarray(ID_OFFSET, checkOffset), idBytes)) {
    throw new CryptoError(
      'WRAPPED_KEY_MALFORMED',
      `The wrapped key names another root key than "${rootKey.id}".`,
    )
  }
  if (!timingSafeEqual(wrapped.subarray(checkOffset, nonceOffset), rootKey.check)) {
    throw new CryptoError(
      'ROOT_KEY_WRONG',
      `The root key configured as "${rootKey.id}" is not the one that was used before. Configure the original key under this id.`,
    )
  }
  return openWrapped({
    rootKey,
    nonce: wrapped.subarray(nonceOffset, offset),
    sealed: wrapped.subarray(offset),
    context: o.context,
  })
}

function openWrapped(o: {
  rootKey: RootKey
  nonce: Uint8Array
  sealed: Uint8Array
  context: WrapContext
}): Bytes {
  try {
    return openFrom({
      key: o.rootKey.wrapping,
      nonce: o.nonce,
      aad: wrapAad(o.rootKey, o.context),
      sealed: o.sealed,
    })
  } catch (error) {
    if (!(error instanceof CryptoError) || error.code !== 'RECORD_REFUSED') throw error
    throw new CryptoError('WRAPPED_KEY_REFUSED', 'The wrapped key was changed, or belongs to another owner.')
  }
}

function wrapAad(rootKey: RootKey, context: WrapContext): Bytes {
  return encodeParts([
    'opentrade/wrap',
    Uint8Array.of(VERSION),
    Uint8Array.of(SUITE),
    rootKey.id,
    rootKey.check,
    context.purpose,
    context.deploymentId,
    context.ownerId,
    context.keyId,
  ])
}
