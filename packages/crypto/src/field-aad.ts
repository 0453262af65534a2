import { encodeParts, textToBytes } from './encoding.ts'
import { CryptoError } from './errors.ts'
import { FORMAT_VERSION, SUITE } from './record.ts'

/** The place of a sealed field. Each component is bound: a record opened at any other place is refused. */
export interface FieldAad {
  deploymentId: string
  /** The table's name, as `user_api_keys`. */
  table: string
  rowId: string
  userId: string
  /** Empty for a secret that belongs to no exchange; the other texts may not be empty. */
  exchangeId: string
  /** The column's name, as `api_secret_encrypted`. */
  field: string
  /** 0 to 2^32 - 1; counts up when the secret is replaced, so that an older one cannot be put back. */
  secretVersion: number
}

const DOMAIN = 'opentrade/field'
const MAX_TEXT = 512

/** Room for seven texts of the greatest length, three bytes of UTF-8 a character, and the fixed parts. */
const scratch = Buffer.alloc(7 * (4 + 3 * MAX_TEXT) + 128)

/** What stays the same for all fields of one data key, encoded once. */
export interface AadPrefix {
  bytes: Uint8Array
  deploymentId: string
  userId: string
}

/** Encodes domain, format, suite, data key id and deployment id. */
export function encodeAadPrefix(o: {
  dataKeyId: Uint8Array
  deploymentId: string
  userId: string
}): AadPrefix {
  checkText('deploymentId', o.deploymentId)
  checkText('userId', o.userId)
  return {
    bytes: encodeParts([
      DOMAIN,
      Uint8Array.of(FORMAT_VERSION),
      Uint8Array.of(SUITE),
      o.dataKeyId,
      o.deploymentId,
    ]),
    deploymentId: o.deploymentId,
    userId: o.userId,
  }
}

/**
 * The additional authenticated data of one field: domain, format, suite, data key id, deployment id, table, row id,
 * user id, exchange id, field, secret version; each with its length in front, as `encodeParts` does.
 *
 * Returns a view of a buffer that the next call overwrites: it must be consumed before anything else runs.
 * @throws CryptoError `INPUT_INVALID` for an empty, overlong or ill-formed component, or for a deployment or user
 * other than the data key's.
 */
export function encodeFieldAad(prefix: AadPrefix, aad: FieldAad): Uint8Array {
  if (aad.deploymentId !== prefix.deploymentId || aad.userId !== prefix.userId) {
    throw new CryptoError('INPUT_INVALID', 'The data key belongs to another user or another deployment.')
  }
  scratch.set(prefix.bytes, 0)
  let end = prefix.bytes.length
  end = writeText('table', aad.table, end)
  end = writeText('rowId', aad.rowId, end)
  end = writeText('userId', aad.userId, end)
  end = aad.exchangeId === '' ? writeLength(0, end) : writeText('exchangeId', aad.exchangeId, end)
  end = writeText('field', aad.field, end)
  if (!Number.isInteger(aad.secretVersion) || aad.secretVersion < 0 || aad.secretVersion > 0xffff_ffff) {
    throw new CryptoError('INPUT_INVALID', 'secretVersion must be a whole number from 0 to 2^32 - 1.')
  }
  end = writeLength(4, end)
  end = writeLength(aad.secretVersion, end)
  return scratch.subarray(0, end)
}

function writeLength(value: number, offset: number): number {
  scratch[offset] = value >>> 24
  scratch[offset + 1] = value >>> 16
  scratch[offset + 2] = value >>> 8
  scratch[offset + 3] = value
  return offset + 4
}

/** Most names are ASCII, for which a loop is three times as fast as the call into UTF-8 encoding. */
function writeText(name: string, text: string, offset: number): number {
  checkText(name, text)
  const start = offset + 4
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code > 0x7f) return writeUnicode(text, offset)
    scratch[start + index] = code
  }
  writeLength(text.length, offset)
  return start + text.length
}

function writeUnicode(text: string, offset: number): number {
  const bytes = textToBytes(text)
  scratch.set(bytes, writeLength(bytes.length, offset))
  return offset + 4 + bytes.length
}

function checkText(name: string, text: string): void {
  if (typeof text !== 'string' || text.length === 0 || text.length > MAX_TEXT) {
    throw new CryptoError('INPUT_INVALID', `${name} must be a text of 1 to ${MAX_TEXT} characters.`)
  }
}
