/**
 * An answer that is an error in Binance's own words: `{ code, msg }` under an HTTP status.
 * Codes and messages: Binance's "Error codes" page of the Spot API.
 */
export class BinanceError extends Error {
  readonly code: number
  readonly status: number
  /** Seconds for the Retry-After header, where the error names a time. */
  readonly retryAfter: number | null
  /** What `data` holds in the few answers that have it. */
  readonly data: unknown

  constructor(o: { code: number; message: string; status?: number; retryAfter?: number; data?: unknown }) {
    super(o.message)
    this.name = 'BinanceError'
    this.code = o.code
    this.status = o.status ?? 400
    this.retryAfter = o.retryAfter ?? null
    this.data = o.data
  }
}

/** The JSON body of an error. */
export function errorBody(error: BinanceError): Record<string, unknown> {
  const body = { code: error.code, msg: error.message }
  return error.data === undefined ? body : { ...body, data: error.data }
}

/** -1100: a value has characters that are not allowed. */
export function illegalCharacters(name: string, range: string): BinanceError {
  return new BinanceError({
    code: -1100,
    message: `Illegal characters found in parameter '${name}'; legal range is '${range}'.`,
  })
}

/** -1102: a parameter that must be there is not. */
export function missingParameter(name: string): BinanceError {
  return new BinanceError({
    code: -1102,
    message: `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`,
  })
}

/** -1121: no such market. */
export function invalidSymbol(): BinanceError {
  return new BinanceError({ code: -1121, message: 'Invalid symbol.' })
}

/** -1130: a value that the parameter cannot have. */
export function invalidParameter(name: string): BinanceError {
  return new BinanceError({ code: -1130, message: `Data sent for parameter '${name}' is not valid.` })
}

/** -2015: the key is unknown, deleted, used from elsewhere, or lacks the right. Binance never says which. */
export function rejectedKey(): BinanceError {
  return new BinanceError({
    code: -2015,
    message: 'Invalid API-key, IP, or permissions for action.',
    status: 401,
  })
}

/** -1002: the key may not do this. */
export function unauthorized(): BinanceError {
  return new BinanceError({
    code: -1002,
    message: 'You are not authorized to execute this request.',
    status: 401,
  })
}

/** -2010: the order was refused; the message says why. */
export function orderRejected(message: string): BinanceError {
  return new BinanceError({ code: -2010, message })
}

/** -1013: the order breaks a filter of its market. */
export function filterFailure(filter: string): BinanceError {
  return new BinanceError({ code: -1013, message: `Filter failure: ${filter}` })
}

/**
 * 503 while the exchange's database is away. -1006 for a request that changes something: its connection may have been
 * cut just after it was carried out. -1008 for one that only reads.
 */
export function unavailable({ mayHaveActed }: { mayHaveActed: boolean }): BinanceError {
  return new BinanceError({
    code: mayHaveActed ? -1006 : -1008,
    message: mayHaveActed
      ? 'An unexpected response was received from the message bus. Execution status unknown.'
      : 'Server is currently overloaded with other requests. Please try again in a few minutes.',
    status: 503,
    retryAfter: 3,
  })
}

/** -1001 with 503: no price is known, so nothing can be done in this market. */
export function noPrice(): BinanceError {
  return new BinanceError({
    code: -1001,
    message: 'Internal error; unable to process your request. Please try again.',
    status: 503,
  })
}
