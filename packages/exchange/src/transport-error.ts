/** What can go wrong between us and an exchange before its own error codes mean anything. */
export type TransportFault =
  | 'timeout'
  | 'network'
  | 'redirect'
  | 'too-large'
  | 'not-json'
  | 'unknown-structure'
  | 'unsendable'
  | 'unsignable'
  | 'closed'
  | 'queue-full'

/** Thrown inside this package only; errors.ts turns it into an ExchangeError. Never holds a URL. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly fault: TransportFault
  readonly retryAt: Date | null

  constructor(fault: TransportFault, options: { retryAt?: Date; cause?: unknown } = {}) {
    super(fault, { cause: options.cause })
    this.fault = fault
    this.retryAt = options.retryAt ?? null
  }
}
