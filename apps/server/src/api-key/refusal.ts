import { ExchangeError } from '@opentrade/exchange'
import { ServiceError } from '../errors.ts'

/** When to try again if the exchange did not say. */
const RETRY_AFTER_MS = 30_000

/**
 * An exchange's error as an answer to the person who waits for it; anything else unchanged. Only what stays wrong
 * until the key is changed is called a refused key. An exchange that is down is no fault of this server, so it is a
 * refusal as well, with the time to try again.
 */
export function asServiceError(error: unknown): unknown {
  if (!(error instanceof ExchangeError)) return error
  const { code, message, keyFault } = error
  if (keyFault) {
    return new ServiceError({
      kind: 'refused',
      reason: 'KEY_REFUSED',
      message,
      exchangeCode: code,
      cause: error,
    })
  }
  const retryAt = error.retryAt ?? new Date(Date.now() + RETRY_AFTER_MS)
  const limited = code === 'RATE_LIMITED'
  return new ServiceError({
    kind: limited ? 'too-many' : 'refused',
    reason: limited ? 'RATE_LIMITED' : 'EXCHANGE_UNAVAILABLE',
    message,
    exchangeCode: code,
    retryAt,
    cause: error,
  })
}
