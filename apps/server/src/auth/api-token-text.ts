import { randomBytes } from 'node:crypto'

const PREFIX = 'ot_'
const SECRET_LENGTH = 30
const CHECKSUM_LENGTH = 6
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SHAPE = /^ot_[0-9A-Za-z]{36}$/
/** The greatest multiple of 62 that a byte can pass: bytes from there on would make some digits likelier. */
const FAIR_BYTES = 248

/**
 * A new API token: `ot_`, 30 random base62 digits (178 bits), and the CRC-32 of all that in 6 base62 digits, by
 * which scanners of leaked secrets and the server itself tell one from a look-alike without asking anybody.
 */
export function createApiTokenText(): string {
  const body = PREFIX + randomDigits(SECRET_LENGTH)
  return body + checksumOf(body)
}

/** Whether a text begins as an API token does. */
export function looksLikeApiToken(text: string): boolean {
  return text.startsWith(PREFIX)
}

/** Whether a text has the form of an API token and its checksum. A slip of the hand or a guess has not. */
export function isApiTokenText(text: string): boolean {
  if (!SHAPE.test(text)) return false
  return checksumOf(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH)
}

/** By what a person tells a token from their others: the last four characters of its secret part. */
export function apiTokenHint(text: string): string {
  return text.slice(-CHECKSUM_LENGTH - 4, -CHECKSUM_LENGTH)
}

function randomDigits(count: number): string {
  let digits = ''
  while (digits.length < count) {
    for (const byte of randomBytes(count)) {
      if (byte < FAIR_BYTES && digits.length < count) digits += DIGITS[byte % DIGITS.length]
    }
  }
  return digits
}

function checksumOf(text: string): string {
  let rest = crc32(Buffer.from(text, 'latin1'))
  let digits = ''
  for (let place = 0; place < CHECKSUM_LENGTH; place += 1) {
    digits = `${DIGITS[rest % DIGITS.length]}${digits}`
    rest = Math.floor(rest / DIGITS.length)
  }
  return digits
}

/** CRC-32 as in ISO 3309 and zlib; Node has its own only from 20.15 and 22.2 on. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
