import { initTRPC, TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import pg from 'pg'
import { ZodError } from 'zod'
import { adminOnly, signInRequired } from './auth/sign-in-required.ts'
import { requireStepUp } from './auth/step-up-check.ts'
import type { ApiScope, PublicContext, UserContext } from './context.ts'
import { asUnavailable } from './database-unavailable.ts'
import { type ErrorKind, ServiceError } from './errors.ts'
import { networkOf } from './ip-network.ts'

const CODES = {
  invalid: 'BAD_REQUEST',
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  'not-found': 'NOT_FOUND',
  conflict: 'CONFLICT',
  refused: 'UNPROCESSABLE_CONTENT',
  'too-large': 'PAYLOAD_TOO_LARGE',
  'too-many': 'TOO_MANY_REQUESTS',
  unavailable: 'SERVICE_UNAVAILABLE',
  timeout: 'GATEWAY_TIMEOUT',
} as const satisfies Record<ErrorKind, TRPCError['code']>

/** What a program's token must be good for: one scope, any of them, or nothing does, since a person must be there. */
export type RequiredScope = ApiScope | 'any' | 'none'

/** What `docs/api.md` says of a procedure; `access` is set by the procedure's base below. */
export interface ProcedureMeta {
  access?: 'anyone' | 'user' | 'admin'
  /** True where the sign-in, or what was shown since, may be five minutes old at most. */
  stepUp?: true
  /** Said only where it differs from what `requiredScope` makes of the path and the type. */
  scope?: RequiredScope
  /** What it does, in one sentence. */
  summary?: string
  /** What it gives back, in the terms of the wire. */
  returns?: string
}

const t = initTRPC
  .context<PublicContext>()
  .meta<ProcedureMeta>()
  .create({
    isDev: false,
    // Proxies cut what is silent for a minute; and a client that hears nothing comes back by itself.
    sse: {
      ping: { enabled: true, intervalMs: 15_000 },
      client: { reconnectAfterInactivityMs: 40_000 },
    },
    errorFormatter({ shape, error: thrown }) {
      // Event streams, and what fails before a procedure is called, do not pass the middleware below.
      const error = toTrpcError(thrown)
      const { stack: _, ...data } = shape.data
      const httpStatus = getHTTPStatusCodeFromError(error)
      return {
        ...shape,
        ...describe(error),
        data: { ...data, code: error.code, httpStatus, ...details(error) },
      }
    },
  })

/** Reads the sentence for the person: never the inside of an unexpected error. */
function describe(error: TRPCError): { message: string } {
  if (error.cause instanceof ZodError) return { message: sentenceOf(error.cause) }
  if (error.cause instanceof ServiceError) return { message: error.cause.message }
  if (error.code === 'INTERNAL_SERVER_ERROR') {
    return { message: 'Something went wrong on our side. It was logged; try again in a moment.' }
  }
  return { message: error.message }
}

interface WireDetails {
  reason: string
  fields?: Record<string, string>
  retryAt?: string
  exchangeCode?: string
}

function details(error: TRPCError): WireDetails {
  const { cause } = error
  if (cause instanceof ZodError) return { reason: 'INVALID_INPUT', fields: fieldsOf(cause) }
  if (!(cause instanceof ServiceError)) return { reason: error.code }
  return {
    reason: cause.reason,
    ...(cause.fields && { fields: cause.fields }),
    ...(cause.retryAt && { retryAt: cause.retryAt.toISOString() }),
    ...(cause.exchangeCode && { exchangeCode: cause.exchangeCode }),
  }
}

function fieldsOf(error: ZodError): Record<string, string> {
  const fields: Record<string, string> = Object.create(null)
  for (const issue of error.issues) fields[issue.path.map(String).join('.') || 'input'] ??= messageOf(issue)
  return { ...fields }
}

function sentenceOf(error: ZodError): string {
  const issue = error.issues[0]
  if (!issue) return 'The input is not valid.'
  const path = issue.path.map(String).join('.')
  return path ? `${path}: ${messageOf(issue)}` : messageOf(issue)
}

/** Zod says the names of unknown fields back, and what was put in the wrong place may be a secret. */
function messageOf(issue: ZodError['issues'][number]): string {
  return issue.code === 'unrecognized_keys' ? 'There is a field here that is not known.' : issue.message
}

/** What PostgreSQL says to a text or a JSON text with a NUL in it, which it cannot hold. */
const UNSTORABLE = new Set(['22021', '22P05'])
const DEADLOCK = '40P01'

/**
 * What PostgreSQL refuses and a caller can mend: a character that a schema should have refused, or two calls at once.
 * And what nobody but time mends: a database that is away.
 */
function understood(cause: unknown): unknown {
  const unavailable = asUnavailable(cause)
  if (unavailable) return unavailable
  if (!(cause instanceof pg.DatabaseError) || cause.code === undefined) return cause
  if (UNSTORABLE.has(cause.code)) {
    return new ServiceError({
      kind: 'invalid',
      reason: 'INVALID_INPUT',
      message: 'There is a character in it that cannot be kept.',
      cause,
    })
  }
  if (cause.code !== DEADLOCK) return cause
  return new ServiceError({
    kind: 'conflict',
    reason: 'CHANGED_MEANWHILE',
    message: 'Something else changed the same at this moment. Try again.',
    cause,
  })
}

/**
 * Turns what verbs throw into tRPC's errors: the one place that knows both.
 * @returns the error itself when there is nothing better to say
 */
export function toTrpcError(error: TRPCError): TRPCError {
  const cause = understood(error.cause)
  if (!(cause instanceof ServiceError) || (cause === error.cause && error.code === CODES[cause.kind]))
    return error
  return new TRPCError({ code: CODES[cause.kind], message: cause.message, cause })
}

const mapErrors = t.middleware(async ({ next }) => {
  const result = await next()
  if (result.ok) return result
  throw toTrpcError(result.error)
})

/**
 * So many calls a minute: changes by a person, and anything from an address without a session; each call of a batch
 * counts. What a person reads is theirs and one indexed query: it is not counted.
 */
const limited = t.middleware(({ ctx, type, next }) => {
  const { env, calls } = ctx.services
  const { callsPerMinute } = env
  if (callsPerMinute === 0 || (ctx.actor && type !== 'mutation')) return next()
  const retryAt = ctx.actor
    ? calls.take(`user:${ctx.actor.userId}`, callsPerMinute)
    : calls.take(`ip:${networkOf(ctx.request.ip)}`, Math.ceil(callsPerMinute / 4))
  if (retryAt) {
    throw new ServiceError({
      kind: 'too-many',
      reason: 'TOO_MANY_CALLS',
      message: 'There were too many requests in a minute. Wait a little, then try again.',
      retryAt,
    })
  }
  return next()
})

/** What belongs to the person alone: their sign-in, their sessions and tokens, their account, the installation. */
const PERSON_ONLY = new Set(['auth', 'secondFactors', 'sessions', 'apiTokens', 'users', 'admin'])

/** The scope that a token needs for a procedure. One that says nothing of itself asks for what it may at most do. */
export function requiredScope(o: {
  path: string
  type: 'query' | 'mutation' | 'subscription'
  meta: ProcedureMeta | undefined
}): RequiredScope {
  if (o.meta?.scope) return o.meta.scope
  const [domain = ''] = o.path.split('.', 1)
  if (PERSON_ONLY.has(domain) || o.meta?.access === 'admin') return 'none'
  return o.type === 'mutation' ? 'manage' : 'read'
}

/** Holds a program to the scopes of its token, for every procedure there is. */
const withinScope = t.middleware(({ ctx, path, type, meta, next }) => {
  const { token } = ctx.actor ?? {}
  if (!token) return next()
  const scope = requiredScope({ path, type, meta })
  if (scope === 'any' || (scope !== 'none' && token.scopes.includes(scope))) return next()
  throw scope === 'none'
    ? new ServiceError({
        kind: 'forbidden',
        reason: 'SESSION_ONLY',
        message: 'An API token cannot do this. Sign in with your account instead.',
      })
    : new ServiceError({
        kind: 'forbidden',
        reason: 'SCOPE_TOO_SMALL',
        message: `This needs an API token with the scope “${scope}”.`,
      })
})

const signedIn = t.middleware(({ ctx, next }) => {
  if (!ctx.actor) throw signInRequired()
  return next({ ctx: { ...ctx, actor: ctx.actor } satisfies UserContext & PublicContext })
})

const forAdministrators = t.middleware(({ ctx, next }) => {
  if (ctx.actor?.role !== 'admin') throw adminOnly()
  return next()
})

const steppedUp = t.middleware(async ({ ctx, next }) => {
  // `signedIn` stands before it; without somebody there is nothing to let through.
  if (ctx.actor) await requireStepUp({ ...ctx, actor: ctx.actor })
  return next()
})

export const router = t.router
/** Anyone may call. */
export const publicProcedure = t.procedure
  .meta({ access: 'anyone' })
  .use(mapErrors)
  .use(limited)
  .use(withinScope)
/** A signed-in person. */
export const userProcedure = publicProcedure.meta({ access: 'user' }).use(signedIn)
/** An administrator of the installation. */
export const adminProcedure = userProcedure.meta({ access: 'admin' }).use(forAdministrators)
/** A signed-in person who has shown within five minutes who they are, or a program that may manage their account. */
export const stepUpProcedure = userProcedure.meta({ stepUp: true }).use(steppedUp)
/** The same of an administrator. */
export const adminStepUpProcedure = adminProcedure.meta({ stepUp: true }).use(steppedUp)
