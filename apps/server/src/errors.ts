/** What went wrong, in terms of the caller and free of transport. `trpc.ts` maps each kind to a status. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'refused'
  | 'too-large'
  | 'too-many'
  | 'unavailable'
  | 'timeout'

export interface ServiceErrorDetails {
  kind: ErrorKind
  /** Stable, upper snake case: what programs switch on. */
  reason: string
  /** One sentence for the person: what is wrong and what to do. */
  message: string
  /** Input field (dotted path) to the sentence that belongs beside it. */
  fields?: Record<string, string>
  /** When the same call may succeed. */
  retryAt?: Date
  /** The exchange's side of it: the code of an ExchangeError. */
  exchangeCode?: string
  cause?: unknown
}

/** The one error that verbs throw on purpose. Anything else that escapes a verb is a fault of ours. */
export class ServiceError extends Error {
  readonly kind: ErrorKind
  readonly reason: string
  readonly fields: Record<string, string> | undefined
  readonly retryAt: Date | undefined
  readonly exchangeCode: string | undefined

  constructor(details: ServiceErrorDetails) {
    super(details.message, { cause: details.cause })
    this.name = 'ServiceError'
    this.kind = details.kind
    this.reason = details.reason
    this.fields = details.fields
    this.retryAt = details.retryAt
    this.exchangeCode = details.exchangeCode
  }
}

/**
 * The answer for a row that does not exist and for one that belongs to somebody else: they must be the same.
 * @param what the thing in the person's words, such as "wallet"
 */
export function notFound(what: string): ServiceError {
  return new ServiceError({ kind: 'not-found', reason: 'NOT_FOUND', message: `There is no such ${what}.` })
}
