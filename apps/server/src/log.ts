import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import { isDiskFull } from './database-unavailable.ts'
import type { Env } from './env.ts'
import { type LogFile, openLogFile } from './log-file.ts'

const ROTATE_ABOVE_BYTES = 20_000_000
const FLUSH_EVERY_MS = 1_000
const STANDARD_ERROR = 2

/** Names under which a secret might be logged by mistake, at the top and one level down. */
const SECRET_NAMES = [
  'password',
  'passwordHash',
  'credentials',
  'apiKey',
  'secret',
  'privateKey',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'cookie',
  'set-cookie',
  'headers',
  'body',
  'input',
  'url',
]

/** The process's log and how to end it. */
export interface OpenedLog {
  log: Logger
  /** Where it goes, for the person at the terminal. */
  place: string
  /** What it is written to. */
  file: Pick<LogFile, 'writable'>
  /** Writes out what is still in memory. */
  close: () => void
}

/** Opens the log: `<home>/logs/<role>.log` unless LOG_TO names a file or `stderr`. The last full one is kept as `.1`. */
export function openLog(env: Env): OpenedLog {
  const place = env.logTo ?? join(env.home, 'logs', `${env.role === 'all' ? 'server' : env.role}.log`)
  const isTerminal = place === 'stderr'
  if (!isTerminal) prepareFolder(place)
  const file = isTerminal
    ? // There, each line is seen at once.
      openLogFile({ target: STANDARD_ERROR, writeAboveBytes: 1, lostLine })
    : openLogFile({ target: place, lostLine })
  const timer = setInterval(file.flush, FLUSH_EVERY_MS).unref()
  return {
    log: createLog({ level: env.logLevel, stream: file }),
    place,
    file,
    close() {
      clearInterval(timer)
      file.close()
    },
  }
}

/** Makes the log's folder, and moves a full log aside. On a full disk, the log is opened when there is room again. */
function prepareFolder(place: string): void {
  try {
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 })
    if (existsSync(place) && statSync(place).size > ROTATE_ABOVE_BYTES) renameSync(place, `${place}.1`)
  } catch (error) {
    if (!isDiskFull(error)) throw error
  }
}

/** A line of the log, as pino writes them, about those that are missing. */
function lostLine({ lines, code }: { lines: number; code: string }): string {
  const [level, time] = [40, new Date().toISOString()]
  const msg = 'Lines of the log were lost while it could not be written'
  return `${JSON.stringify({ level, time, pid: process.pid, lines, code, msg })}\n`
}

/** A log of JSON lines in which names and places that may hold secrets are blanked. */
export function createLog(o: { level: Env['logLevel']; stream: DestinationStream }): Logger {
  return pino(
    {
      level: o.level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      redact: {
        paths: SECRET_NAMES.flatMap((name) => [`["${name}"]`, `*["${name}"]`]),
        censor: '[secret]',
      },
      serializers: { err: describeError },
    },
    o.stream,
  )
}

interface DescribedError {
  type: string
  message: string
  code?: unknown
  reason?: unknown
  at?: string[]
  cause?: DescribedError
}

/**
 * What the log keeps of an error: no properties of its own, which may be requests or rows, and a message
 * without what looks like a token.
 */
function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error))
    return { type: typeof error, message: 'Something else than an error was thrown' }
  const { code, reason } = error as { code?: unknown; reason?: unknown }
  return {
    type: error.name,
    message: quiet(error),
    ...(typeof code === 'string' && { code }),
    ...(typeof reason === 'string' && { reason }),
    ...(depth === 0 && { at: framesOf(error) }),
    ...(error.cause instanceof Error && depth < 3 && { cause: describeError(error.cause, depth + 1) }),
  }
}

/** Prisma quotes the arguments of a call, and so a person's data, in all lines but the last. */
function quiet(error: Error): string {
  const text = error.name.startsWith('Prisma')
    ? (error.message.trim().split('\n').at(-1) ?? '')
    : error.message
  return text
    .slice(0, 500)
    .replace(/[A-Za-z0-9_+/=-]{32,}/g, '[long]')
    .replace(/\/\/[^/\s@]*@/g, '//[secret]@')
}

/** The places of the stack without its first lines, which repeat the message. */
function framesOf(error: Error): string[] {
  const lines = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return lines.slice(0, 12).map((line) => line.trim())
}
