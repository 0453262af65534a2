/** Every way in which talking to an exchange can fail, in our words. */
export type ExchangeErrorCode =
  | 'INVALID_KEY'
  | 'INVALID_SIGNATURE'
  | 'PASSPHRASE_MISSING'
  | 'IP_NOT_ALLOWED'
  | 'PERMISSION_MISSING'
  | 'CLOCK_SKEW'
  | 'RATE_LIMITED'
  | 'UNAVAILABLE'
  | 'MAINTENANCE'
  | 'BAD_RESPONSE'
  | 'TIMEOUT'
  | 'CREDENTIALS_MISSING'

/** Codes that the passing of time may cure, without anyone doing anything. */
const retryableCodes: ReadonlySet<ExchangeErrorCode> = new Set([
  'CLOCK_SKEW',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'MAINTENANCE',
  'BAD_RESPONSE',
  'TIMEOUT',
])

/** Codes that stay until the person changes the key. A passing fault never marks a key invalid. */
const keyFaultCodes: ReadonlySet<ExchangeErrorCode> = new Set([
  'INVALID_KEY',
  'INVALID_SIGNATURE',
  'PASSPHRASE_MISSING',
  'IP_NOT_ALLOWED',
  'PERMISSION_MISSING',
  'CREDENTIALS_MISSING',
])

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
  readonly detail: string | null

  constructor(options: {
    code: ExchangeErrorCode
    exchangeId: string
    message: string
    retryAt?: Date | null
    detail?: string | null
  }) {
    super(options.message)
    this.code = options.code
    this.exchangeId = options.exchangeId
    this.retryAt = options.retryAt ?? null
    this.retryable = retryableCodes.has(options.code)
    this.keyFault = keyFaultCodes.has(options.code)
    this.detail = options.detail === '' ? null : (options.detail ?? null)
  }
}
