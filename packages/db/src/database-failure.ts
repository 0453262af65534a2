import pg from 'pg'
import { Prisma } from './generated/client.ts'

/**
 * Why the database could not do what it was asked, through no fault of the question:
 * - `unreachable`: it is down, starting, stopping, failing over, or out of connections. It usually comes back soon.
 * - `disk-full`: it cannot write. Somebody has to make room.
 */
export type DatabaseFailure = 'unreachable' | 'disk-full'

/** PostgreSQL, Appendix A: a disk that is full. */
const DISK_FULL = '53100'

/**
 * PostgreSQL, Appendix A: connection exceptions (class 08, but for a protocol violation, which is a fault of the
 * caller), insufficient resources, shutdown and start, and writes to what a failover has made a standby.
 */
const UNREACHABLE = new Set([
  ...['08000', '08001', '08003', '08004', '08006', '08007'],
  ...['53000', '53200', '53300', '53400'],
  ...['57P01', '57P02', '57P03', '57P05'],
  ...['25006', '58000', '58030'],
])

/** What the network says of a server that is gone. */
const SOCKET_CODES = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ENOENT'],
])

/** PostgreSQL ends a connection with these; whatever the reason, the next connection may fare better. */
const ENDING_SEVERITIES = new Set(['FATAL', 'PANIC'])

/** Prisma's codes of the same (Error message reference); P2028 is a transaction whose connection was lost. */
const PRISMA_UNREACHABLE = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037'])

/** `pg` and `pg-pool` give these no code. */
const MESSAGES = [
  /^Connection terminated/,
  /^Client has encountered a connection error/,
  /^Client was closed and is not queryable/,
  /^timeout exceeded when trying to connect/,
  /^timeout expired/,
  /^Query read timeout/,
  /^Cannot use a pool after calling end on the pool/,
  /^Called end on pool more than once/,
]

const MAX_CAUSES = 5

/**
 * Tells an error of a database that is away from every other error.
 * @param error what a query, through `pg` or Prisma, was rejected with
 * @returns null for any other error
 */
export function databaseFailure(error: unknown, depth = 0): DatabaseFailure | null {
  if (depth > MAX_CAUSES || !(error instanceof Error)) return null
  if (error instanceof AggregateError) return firstOf(error.errors, depth)
  if (error instanceof pg.DatabaseError) return ofSqlState(error.code, error.severity)
  if (isPrismaError(error)) return ofPrisma(error, depth)
  const { code } = error as { code?: unknown }
  if (typeof code === 'string' && SOCKET_CODES.has(code) && isOfSocket(error)) return 'unreachable'
  return MESSAGES.some((pattern) => pattern.test(error.message)) ? 'unreachable' : null
}

function firstOf(errors: unknown[], depth: number): DatabaseFailure | null {
  for (const error of errors) {
    const failure = databaseFailure(error, depth + 1)
    if (failure) return failure
  }
  return null
}

function ofSqlState(code: string | undefined, severity?: string): DatabaseFailure | null {
  if (code === DISK_FULL) return 'disk-full'
  if (code !== undefined && UNREACHABLE.has(code)) return 'unreachable'
  return severity !== undefined && ENDING_SEVERITIES.has(severity) ? 'unreachable' : null
}

/** A missing file is no missing server: of `ENOENT` and the like, only what a socket reports counts. */
function isOfSocket(error: Error): boolean {
  const { syscall } = error as { syscall?: unknown }
  return typeof syscall !== 'string' || /^(connect|read|write|getaddrinfo|send|recv|shutdown)/.test(syscall)
}

function isPrismaError(error: Error): boolean {
  return (
    error instanceof Prisma.PrismaClientKnownRequestError ||
    error instanceof Prisma.PrismaClientUnknownRequestError ||
    error instanceof Prisma.PrismaClientInitializationError ||
    error.name === 'DriverAdapterError'
  )
}

interface PrismaDetails {
  code?: unknown
  errorCode?: unknown
  meta?: { driverAdapterError?: unknown }
  cause?: unknown
}

/** What the driver said stands in `meta` of Prisma's error, as the `cause` of the adapter's own. */
function ofPrisma(error: Error, depth: number): DatabaseFailure | null {
  const { code, errorCode, meta, cause } = error as PrismaDetails
  for (const said of [code, errorCode]) {
    if (typeof said === 'string' && PRISMA_UNREACHABLE.has(said)) return 'unreachable'
  }
  return (
    databaseFailure(meta?.driverAdapterError, depth + 1) ??
    databaseFailure(cause, depth + 1) ??
    ofDriverCause(cause)
  )
}

/** The adapter's account of an error: its kind, and PostgreSQL's own code if there was one. */
function ofDriverCause(cause: unknown): DatabaseFailure | null {
  if (typeof cause !== 'object' || cause === null) return null
  const { originalCode, kind, severity } = cause as Record<string, unknown>
  if (typeof kind === 'string' && DRIVER_KINDS.has(kind)) return 'unreachable'
  if (typeof originalCode !== 'string') return null
  return ofSqlState(originalCode, typeof severity === 'string' ? severity : undefined)
}

const DRIVER_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TransactionAlreadyClosed',
])
