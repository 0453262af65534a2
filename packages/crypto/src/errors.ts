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
 * - `PROVIDER_UNAVAILABLE`, `PROVIDER_DENIED`: for remote providers: down, slow or sealed; or permission refused.
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
  | 'PROVIDER_UNAVAILABLE'
  | 'PROVIDER_DENIED'
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

/** Too many passwords wait to be hashed: answer 503 and let the person try again. Code `PASSWORD_QUEUE_FULL`. */
export class PasswordQueueFullError extends CryptoError {
  override readonly name = 'PasswordQueueFullError'

  constructor() {
    super('PASSWORD_QUEUE_FULL', 'Too many people are signing in at once; try again in a few seconds.')
  }
}
