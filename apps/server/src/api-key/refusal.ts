import { ExchangeError } from '@opentrade/exchange'
import { ServiceError } from '../errors.ts'

/** When to try again if the exchange did not say. */
const RETRY_AFTER_MS = 30_000

/** True for the exchange's refusal of a key that it was shown; nothing else says anything about a stored key. */
export function isRefusal(error: unknown): error is ExchangeError {
  return error instanceof ExchangeError && error.refusesKey
}

/**
 * An exchange's error as an answer to the person who waits for it; anything else unchanged. Only what stays wrong
 * until the key is changed is called a refused key. An exchange that is down is no fault of this server, so it is a
 * refusal as well, with the time to try again if that can help.
 */
export function asServiceError(error: unknown): unknown {
  if (!(error instanceof ExchangeError)) return error
  const { code, message, keyFault } = error
  if (keyFault) return asRefusedKey(error, null)
  const retryAt = error.retryAt ?? (error.retryable ? new Date(Date.now() + RETRY_AFTER_MS) : undefined)
  const limited = code === 'RATE_LIMITED'
  return new ServiceError({
    kind: limited ? 'too-many' : 'refused',
    reason: limited ? 'RATE_LIMITED' : 'EXCHANGE_UNAVAILABLE',
    message,
    exchangeCode: code,
    ...(retryAt && { retryAt }),
    cause: error,
  })
}

/** @param retryAt when the key is asked about again by itself; null if it is not */
export function asRefusedKey(error: ExchangeError, retryAt: Date | null): ServiceError {
  return new ServiceError({
    kind: 'refused',
    reason: 'KEY_REFUSED',
    message: error.message,
    exchangeCode: error.code,
    ...(retryAt && { retryAt }),
    cause: error,
  })
}
