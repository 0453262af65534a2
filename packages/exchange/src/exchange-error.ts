/**
 * Every way in which talking to an exchange can fail, in our words.
 *
 * `retryable`: the passing of time may cure it, without anyone doing anything. `keyFault`: the key itself is at fault
 * and stays so until the person changes it.
 */
const kinds = {
  INVALID_KEY: { retryable: false, keyFault: true },
  INVALID_SIGNATURE: { retryable: false, keyFault: true },
  PASSPHRASE_MISSING: { retryable: false, keyFault: true },
  IP_NOT_ALLOWED: { retryable: false, keyFault: true },
  PERMISSION_MISSING: { retryable: false, keyFault: true },
  CREDENTIALS_MISSING: { retryable: false, keyFault: true },
  CLOCK_SKEW: { retryable: true, keyFault: false },
  /** Its nonces are lower than those of another program with the same key, or than our own before the clock went back. */
  KEY_IN_USE_ELSEWHERE: { retryable: true, keyFault: false },
  /** The exchange does not serve the country or the address that this server is in. */
  RESTRICTED_LOCATION: { retryable: false, keyFault: false },
  RATE_LIMITED: { retryable: true, keyFault: false },
  UNAVAILABLE: { retryable: true, keyFault: false },
  MAINTENANCE: { retryable: true, keyFault: false },
  BAD_RESPONSE: { retryable: true, keyFault: false },
  TIMEOUT: { retryable: true, keyFault: false },
} as const

export type ExchangeErrorCode = keyof typeof kinds

/** True for a code that blames the key. */
export function isKeyFault(code: ExchangeErrorCode): boolean {
  return kinds[code].keyFault
}

/**
 * The one error of this package. `message` is a sentence for the person; it never holds a credential, a
 * signature or a URL. `detail` holds the exchange's own code and words, cleaned the same way.
 */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError'
  readonly code: ExchangeErrorCode
  readonly exchangeId: string
  /** When the exchange allows the next try, if it said so. */
  readonly retryAt: Date | null
  /** True if the same call may succeed later with nothing changed. */
  readonly retryable: boolean
  /** True if the key itself is at fault and stays so until the person changes it. */
  readonly keyFault: boolean
  /**
   * True if the exchange itself blamed the key, in its own words, in its answer to a request that carried it. Nothing
   * else says anything about a stored key.
   */
  readonly refusesKey: boolean
  readonly detail: string | null

  constructor(options: {
    code: ExchangeErrorCode
    exchangeId: string
    message: string
    retryAt?: Date | null
    detail?: string | null
    refusesKey?: boolean
  }) {
    super(options.message)
    this.code = options.code
    this.exchangeId = options.exchangeId
    this.retryAt = options.retryAt ?? null
    this.retryable = kinds[options.code].retryable
    this.keyFault = kinds[options.code].keyFault
    this.refusesKey = this.keyFault && options.refusesKey === true
    this.detail = options.detail === '' ? null : (options.detail ?? null)
  }
}
