import type { Logger } from 'pino'
import type { ZodType } from 'zod'
import type { Services } from './context.ts'
import type { Env } from './env.ts'

/** A job: a schema, a typed name and what runs. Logging, parsing and errors live in the runner. */
export interface Job<Payload> {
  /** `domain.verb`, stable: it is stored in the queue. */
  name: string
  schema: ZodType<Payload>
  /** Asked for again every so many seconds, by every worker, with `{}` as its payload; the requests join. */
  everySeconds?: (env: Env) => number
  /** Runs at least once; must be idempotent. */
  run: (o: { services: Services; payload: Payload; log: Logger; signal: AbortSignal }) => Promise<void>
}

/** A job of whatever payload, as the runner holds it: `run` may only get what `schema` let through. */
export interface AnyJob {
  name: string
  schema: ZodType
  everySeconds?: (env: Env) => number
  run: (o: { services: Services; payload: never; log: Logger; signal: AbortSignal }) => Promise<void>
}

/** Declares a job with its payload's type inferred from the schema. */
export function defineJob<Payload>(job: Job<Payload>): Job<Payload> {
  return job
}

export interface AddOptions {
  /** Requests with the same key join one another until the work starts. */
  key?: string
  runAt?: Date
  maxAttempts?: number
}

/** Where verbs put work. */
export interface JobQueue {
  add: <Payload>(
    job: { name: string; schema: ZodType<Payload> },
    payload: Payload,
    options?: AddOptions,
  ) => Promise<void>
}
