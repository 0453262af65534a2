import { CryptoError } from '@opentrade/crypto'
import type { Logger } from 'pino'
import { ServiceError } from '../errors.ts'

const AGAIN_AFTER_MS = 60_000

/** When a log was last told of a reason. */
const told = new WeakMap<Logger, Map<string, number>>()

/**
 * Tells the log why stored keys did not open where nobody waits for the answer: it names the root key and the remedy.
 * While a provider is away every wallet meets it, so each reason is told once a minute; a damaged key is told of each
 * time. Any other error is passed over.
 */
export function noteVaultFailure(o: { log: Logger; error: unknown; of: Record<string, string> }): void {
  const { log, error, of } = o
  if (!(error instanceof ServiceError)) return
  const { reason, cause } = error
  if (reason === 'SECRET_DAMAGED') log.error({ err: cause, ...of }, 'What is stored of a key does not open')
  if (reason !== 'VAULT_UNAVAILABLE') return
  const code = cause instanceof CryptoError ? cause.code : reason
  if (isNews(log, code)) log.warn({ err: cause, ...of }, 'Stored keys could not be opened')
}

function isNews(log: Logger, code: string): boolean {
  const times = told.get(log) ?? new Map<string, number>()
  told.set(log, times)
  const now = performance.now()
  if (now - (times.get(code) ?? Number.NEGATIVE_INFINITY) < AGAIN_AFTER_MS) return false
  times.set(code, now)
  return true
}
