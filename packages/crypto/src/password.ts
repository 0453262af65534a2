import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { hasLoneSurrogate } from './encoding.ts'
import { CryptoError } from './errors.ts'

/** The cost of one Argon2id hash. */
export interface PasswordParams {
  /** Memory in KiB (`m`). */
  memoryKib: number
  /** Passes over it (`t`). */
  passes: number
  /** Lanes (`p`). */
  lanes: number
}

/** About 76 ms on one core of 2026. */
export const DEFAULT_PASSWORD_PARAMS: PasswordParams = { memoryKib: 65_536, passes: 3, lanes: 1 }

/** OWASP's least parameters for Argon2id (Password Storage Cheat Sheet): nothing below is accepted. */
export const MIN_PASSWORD_PARAMS: PasswordParams = { memoryKib: 19_456, passes: 2, lanes: 1 }

/** No stored hash may demand more: one row must not be able to exhaust the machine. */
const MAX_PASSWORD_PARAMS: PasswordParams = { memoryKib: 1_048_576, passes: 16, lanes: 16 }

/** The longest password, in code points after normalisation. */
export const MAX_PASSWORD_LENGTH = 256

const SALT_BYTES = 16
const HASH_BYTES = 32
const ARGON2_VERSION = 19
const PHC =
  /^\$argon2id\$v=(\d{1,3})\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/**
 * The password as it is hashed: Unicode normalisation form NFKC, as NIST SP 800-63B (3.1.1.2) advises, so that the
 * same word typed on another keyboard is the same password. Nothing is trimmed, folded or cut.
 */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC')
}

/**
 * Hashes a password with Argon2id (RFC 9106) and a random 16-byte salt.
 * @returns a PHC string, `$argon2id$v=19$m=65536,t=3,p=1$salt$hash`, of at most 128 characters.
 * @throws CryptoError `PASSWORD_MALFORMED` for unpaired surrogates, `PASSWORD_TOO_LONG` for more than 256
 * characters, `PASSWORD_PARAMS` for parameters outside what is allowed.
 */
export async function hashPassword(
  password: string,
  params: PasswordParams = DEFAULT_PASSWORD_PARAMS,
): Promise<string> {
  checkPasswordParams(params)
  const normalized = normalizePassword(password)
  if (hasLoneSurrogate(normalized)) {
    throw new CryptoError('PASSWORD_MALFORMED', 'The password has characters that are not valid text.')
  }
  if ([...normalized].length > MAX_PASSWORD_LENGTH) {
    throw new CryptoError(
      'PASSWORD_TOO_LONG',
      `A password can have at most ${MAX_PASSWORD_LENGTH} characters.`,
    )
  }
  return hash(normalized, {
    memoryCost: params.memoryKib,
    timeCost: params.passes,
    parallelism: params.lanes,
    outputLen: HASH_BYTES,
    salt: randomBytes(SALT_BYTES),
  })
}

/**
 * Whether a password belongs to a hash. A password that could not have been set is simply wrong, after the same work.
 * @throws CryptoError `PASSWORD_HASH_MALFORMED` when the stored hash is no Argon2id hash of ours.
 */
export async function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  parsePasswordHash(passwordHash)
  const normalized = normalizePassword(password)
  const matches = await verify(passwordHash, normalized)
  return matches && !hasLoneSurrogate(normalized)
}

/**
 * Whether a hash was made with other parameters, or another version of Argon2, than would be used now.
 * @throws CryptoError `PASSWORD_HASH_MALFORMED`.
 */
export function passwordNeedsRehash(
  passwordHash: string,
  params: PasswordParams = DEFAULT_PASSWORD_PARAMS,
): boolean {
  const found = parsePasswordHash(passwordHash)
  return (
    found.version !== ARGON2_VERSION ||
    found.memoryKib !== params.memoryKib ||
    found.passes !== params.passes ||
    found.lanes !== params.lanes ||
    found.saltBytes < SALT_BYTES ||
    found.hashBytes !== HASH_BYTES
  )
}

/**
 * Does the work of `verifyPassword` for an address that has no account, so that its absence cannot be timed.
 * Always false: the hash that it checks against is random bytes, no password's.
 * @param params of the hashes that accounts have, which may be older than what new ones are made with
 * @throws CryptoError `PASSWORD_PARAMS`.
 */
export async function dummyVerify(
  password: string,
  params: PasswordParams = DEFAULT_PASSWORD_PARAMS,
): Promise<false> {
  checkPasswordParams(params)
  await verifyPassword(dummyHash(params), password)
  return false
}

/**
 * Reads the parameters of a PHC string, such as `m=65536,t=3,p=1`.
 * @returns null when it is no such text, or names parameters that are not allowed
 */
export function parsePasswordCost(cost: string): PasswordParams | null {
  const match = /^m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,3})$/.exec(cost)
  if (!match) return null
  const [memoryKib = 0, passes = 0, lanes = 0] = match.slice(1).map(Number)
  const params = { memoryKib, passes, lanes }
  return firstParamNotAllowed(params) === null ? params : null
}

/**
 * Refuses parameters under OWASP's floor or beyond reason.
 * @throws CryptoError `PASSWORD_PARAMS`.
 */
export function checkPasswordParams(params: PasswordParams): void {
  const name = firstParamNotAllowed(params)
  if (name === null) return
  throw new CryptoError(
    'PASSWORD_PARAMS',
    `The password parameter ${name} must be a whole number from ${MIN_PASSWORD_PARAMS[name]} to ${MAX_PASSWORD_PARAMS[name]}.`,
  )
}

function firstParamNotAllowed(params: PasswordParams): keyof PasswordParams | null {
  const names = ['memoryKib', 'passes', 'lanes'] as const
  return (
    names.find((name) => {
      const value = params[name]
      return (
        !Number.isInteger(value) || value < MIN_PASSWORD_PARAMS[name] || value > MAX_PASSWORD_PARAMS[name]
      )
    }) ?? null
  )
}

function dummyHash(params: PasswordParams): string {
  const salt = randomBytes(SALT_BYTES).toString('base64').replaceAll('=', '')
  const digest = randomBytes(HASH_BYTES).toString('base64').replaceAll('=', '')
  return `$argon2id$v=${ARGON2_VERSION}$m=${params.memoryKib},t=${params.passes},p=${params.lanes}$${salt}$${digest}`
}

function parsePasswordHash(
  passwordHash: string,
): PasswordParams & { version: number; saltBytes: number; hashBytes: number } {
  const match = PHC.exec(passwordHash)
  const [version = 0, memoryKib = 0, passes = 0, lanes = 0] = (match ?? []).slice(1, 5).map(Number)
  const withinReason =
    memoryKib >= 8 * lanes &&
    memoryKib <= MAX_PASSWORD_PARAMS.memoryKib &&
    passes >= 1 &&
    passes <= MAX_PASSWORD_PARAMS.passes &&
    lanes >= 1 &&
    lanes <= MAX_PASSWORD_PARAMS.lanes
  const salt = decodeBase64(match?.[5])
  const digest = decodeBase64(match?.[6])
  if (!withinReason || (version !== 16 && version !== ARGON2_VERSION) || !salt || !digest) {
    throw new CryptoError(
      'PASSWORD_HASH_MALFORMED',
      'The stored password hash is damaged; reset the password.',
    )
  }
  return { version, memoryKib, passes, lanes, saltBytes: salt.length, hashBytes: digest.length }
}

function decodeBase64(text = ''): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return text !== '' && bytes.toString('base64').replaceAll('=', '') === text ? bytes : null
}
