/**
 * Every reason for which this package refuses. The codes are stable: callers branch on them, logs carry them.
 *
 * - `INPUT_INVALID`: an argument breaks a rule of this package (a programming fault of the caller).
 * - `RECORD_MALFORMED`: bytes that are no record of ours: wrong length, version or suite.
 * - `RECORD_REFUSED`: a record whose tag does not match: damaged, or moved to another row, field, user or deployment.
 * - `DATA_KEY_MISMATCH`: the record names another data key than the one it was given to.
 * - `DATA_KEY_COMMITMENT`: the unwrapped data key is not the one that its row commits to.
 * - `DATA_KEY_EXHAUSTED`: the data key has sealed its 2^20 fields; make a new generation.
 * - `KEY_DESTROYED`: the key object was destroyed.
 * - `ROOT_KEY_UNKNOWN`: no root key of that id is configured; the message names the id.
 * - `ROOT_KEY_WRONG`: a root key of that id is configured, and is not the one that wrapped these bytes.
 * - `WRAPPED_KEY_MALFORMED`, `WRAPPED_KEY_REFUSED`: wrapped bytes that are not ours, or damaged or moved.
 * - `ROOT_KEY_CONFIG`: environment variables for root keys that are missing or malformed.
 * - `ROOT_KEY_FILE_*`: what is wrong with the root key file.
 * - `ROOT_KEY_FILE_BUSY`: another process is changing the root key file, or died while it did.
 * - `PROVIDER_UNAVAILABLE`, `PROVIDER_TIMEOUT`, `PROVIDER_SEALED`, `PROVIDER_RATE_LIMITED`: a remote provider is down,
 *   slow, sealed or asks for patience. These may pass by themselves: see `isPassingFault`.
 * - `PROVIDER_DENIED`: a remote provider does not accept our credentials, or they may not do this.
 * - `PROVIDER_KEY_UNUSABLE`: its key is missing, disabled, about to be deleted or of a wrong kind.
 * - `PROVIDER_BAD_ANSWER`: it answered with something that is not what its documentation says.
 * - `PROVIDER_CONFIG`: the provider's own settings are missing or malformed.
 * - `PROVIDER_NOT_CONFIGURED`: a stored key names a provider that is not among those configured.
 * - `PASSWORD_*`: see `hashPassword` and `createPasswordHasher`.
 */
export type CryptoErrorCode =
  | 'INPUT_INVALID'
  | 'RECORD_MALFORMED'
  | 'RECORD_REFUSED'
  | 'DATA_KEY_MISMATCH'
  | 'DATA_KEY_COMMITMENT'
  | 'DATA_KEY_EXHAUSTED'
  | 'KEY_DESTROYED'
  | 'ROOT_KEY_UNKNOWN'
  | 'ROOT_KEY_WRONG'
  | 'WRAPPED_KEY_MALFORMED'
  | 'WRAPPED_KEY_REFUSED'
  | 'ROOT_KEY_CONFIG'
  | 'ROOT_KEY_FILE_MISSING'
  | 'ROOT_KEY_FILE_EMPTY'
  | 'ROOT_KEY_FILE_MALFORMED'
  | 'ROOT_KEY_FILE_EXPOSED'
  | 'ROOT_KEY_FILE_UNREADABLE'
  | 'ROOT_KEY_FILE_BUSY'
  | 'PROVIDER_UNAVAILABLE'
  | 'PROVIDER_TIMEOUT'
  | 'PROVIDER_SEALED'
  | 'PROVIDER_RATE_LIMITED'
  | 'PROVIDER_DENIED'
  | 'PROVIDER_KEY_UNUSABLE'
  | 'PROVIDER_BAD_ANSWER'
  | 'PROVIDER_CONFIG'
  | 'PROVIDER_NOT_CONFIGURED'
  | 'PASSWORD_MALFORMED'
  | 'PASSWORD_TOO_LONG'
  | 'PASSWORD_HASH_MALFORMED'
  | 'PASSWORD_PARAMS'
  | 'PASSWORD_QUEUE_FULL'

/** The one error class of this package. The message is a sentence that holds no secret and names the remedy. */
export class CryptoError extends Error {
  override readonly name: string = 'CryptoError'
  readonly code: CryptoErrorCode

  constructor(code: CryptoErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

const PASSING = new Set<CryptoErrorCode>([
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_TIMEOUT',
  'PROVIDER_SEALED',
  'PROVIDER_RATE_LIMITED',
])

/** Whether an error of a root key provider may pass without anyone doing anything: work should wait and try again. */
export function isPassingFault(error: unknown): boolean {
  return error instanceof CryptoError && PASSING.has(error.code)
}

/** Too many passwords wait to be hashed: answer 503 and let the person try again. Code `PASSWORD_QUEUE_FULL`. */
export class PasswordQueueFullError extends CryptoError {
  override readonly name = 'PasswordQueueFullError'

  constructor() {
    super('PASSWORD_QUEUE_FULL', 'Too many people are signing in at once; try again in a few seconds.')
  }
}
