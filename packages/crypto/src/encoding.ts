import { CryptoError } from './errors.ts'

/** What every function of this package returns, and what databases accept: bytes over plain, unshared memory. */
export type Bytes = Uint8Array<ArrayBuffer>

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * The 16 bytes of a UUID in its canonical form (lower case, with hyphens).
 * @throws CryptoError `INPUT_INVALID` for any other form, so that one id has one spelling.
 */
export function uuidToBytes(uuid: string): Bytes {
  if (!UUID.test(uuid)) {
    throw new CryptoError('INPUT_INVALID', 'A data key id must be a UUID in lower case with hyphens.')
  }
  return Uint8Array.from(Buffer.from(uuid.replaceAll('-', ''), 'hex'))
}

/** The canonical text of 16 UUID bytes: the inverse of `uuidToBytes`. */
export function bytesToUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/**
 * Text as UTF-8.
 * @throws CryptoError `INPUT_INVALID` for an unpaired surrogate: UTF-8 would turn each of them into U+FFFD, and
 * two different texts would become the same bytes.
 */
export function textToBytes(text: string): Bytes {
  if (hasLoneSurrogate(text)) throw new CryptoError('INPUT_INVALID', 'Text must be well-formed Unicode.')
  return new TextEncoder().encode(text)
}

/** Whether a text holds half of a surrogate pair and so has no UTF-8 form of its own. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text)
}

/**
 * Joins parts so that no two lists of parts give the same bytes: before each part its length in bytes, as four
 * bytes, big-endian. Without the lengths `["ab", "c"]` and `["a", "bc"]` would be one.
 */
export function encodeParts(parts: readonly (string | Uint8Array)[]): Bytes {
  const encoded = parts.map((part) => (typeof part === 'string' ? textToBytes(part) : part))
  const joined = new Uint8Array(encoded.reduce((size, part) => size + 4 + part.length, 0))
  const view = new DataView(joined.buffer)
  let offset = 0
  for (const part of encoded) {
    view.setUint32(offset, part.length)
    joined.set(part, offset + 4)
    offset += 4 + part.length
  }
  return joined
}
