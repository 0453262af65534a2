import { createHmac, randomBytes } from 'node:crypto'
import { constantTimeEqual } from '@opentrade/crypto'

/** Seconds that a code stands for (RFC 6238, X). */
const STEP_SECONDS = 30
const DIGITS = 6
/** RFC 4226, section 4, R6: the length of SHA-1's output. */
const SECRET_BYTES = 20
/** Clocks may differ by a step either way. */
const DRIFT_STEPS = 1
const ISSUER = 'OpenTrade'
/** RFC 4648, section 6. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A new secret of 160 bits, in base32 as authenticator apps take it: 32 characters. */
export function createTotpSecret(): string {
  return toBase32(randomBytes(SECRET_BYTES))
}

/** The number of the time step that a moment is in. */
export function totpStep(at: Date): number {
  return Math.floor(at.getTime() / 1000 / STEP_SECONDS)
}

/**
 * The code of a time step by RFC 6238 with SHA-1, the one algorithm that every authenticator app knows.
 * @param o.digits 6 unless told; the RFC's vectors have 8
 */
export function totpCode(o: { secret: Uint8Array; step: number; digits?: number }): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(o.step))
  const mac = createHmac('sha1', o.secret).update(counter).digest()
  // RFC 4226, section 5.3: the low four bits of the last byte say where the number stands.
  const number = mac.readUInt32BE(mac.readUInt8(mac.length - 1) & 0x0f) & 0x7fff_ffff
  const digits = o.digits ?? DIGITS
  return String(number % 10 ** digits).padStart(digits, '0')
}

/**
 * The last step whose code can have been taken by now. A later one was noted by a clock that was ahead; if it were
 * believed, no code would be right until then.
 */
export function latestTotpStep(now: Date): number {
  return totpStep(now) + DRIFT_STEPS
}

/**
 * The time step that a typed code is of: this one or one beside it, and none up to `after`, whose code was taken,
 * unless that one lies further ahead than it can.
 * @returns null: the code is wrong, too old, or used
 */
export function matchTotpStep(o: {
  secret: Uint8Array
  code: string
  now: Date
  after: number | null
}): number | null {
  const typed = Buffer.from(o.code)
  const current = totpStep(o.now)
  const after = o.after !== null && o.after <= latestTotpStep(o.now) ? o.after : -1
  let found: number | null = null
  for (let step = current - DRIFT_STEPS; step <= current + DRIFT_STEPS; step += 1) {
    const isRight = constantTimeEqual(Buffer.from(totpCode({ secret: o.secret, step })), typed)
    if (isRight && found === null && step > after) found = step
  }
  return found
}

/** What the QR code says, by the convention of authenticator apps (Google's "Key URI Format"). */
export function otpauthUrl(o: { secret: string; account: string }): string {
  const label = `${encodeURIComponent(ISSUER)}:${encodeURIComponent(o.account)}`
  return `otpauth://totp/${label}?secret=${o.secret}&issuer=${ISSUER}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_SECONDS}`
}

/** Base32 without padding. */
export function toBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32[(held >> bits) & 31]
    }
    held &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + BASE32[(held << (5 - bits)) & 31]
}

/**
 * Reads base32 without padding; bits that make no whole byte are dropped.
 * @throws TypeError for any other character
 */
export function fromBase32(text: string): Uint8Array {
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const character of text) {
    const value = BASE32.indexOf(character)
    if (value < 0) throw new TypeError('This is not base32.')
    held = (held << 5) | value
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 255)
    held &= (1 << bits) - 1
  }
  return Uint8Array.from(bytes)
}
