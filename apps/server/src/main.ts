import { databaseFailure } from '@opentrade/db'
import { readEnv } from './env.ts'
import { openLog } from './log.ts'
import { type Running, start } from './start.ts'
import { sentenceOf } from './start-error.ts'

/** A second signal within this time is the same key press, told to us twice by the programs between. */
const SAME_PRESS_MS = 500
/** Longer than a worker waits for its jobs; whatever still holds the process then is not worth waiting for. */
const STOP_WITHIN_MS = 40_000
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Starts what ROLE names and runs until a signal comes. Standard output gets one line, when all is ready; the
 * log goes to its file; standard error gets what a person should know.
 */
async function main(): Promise<void> {
  const env = readEnv()
  const { log, place, file: logFile, close: closeLog } = openLog(env)
  const starting = start({ env, log, logFile, tell })
  // Until it has started, a signal waits for the start to end: what is half started cannot be ended well.
  handleSignals(async () => (await starting).stop(), closeLog)
  handleFaults((error) => {
    if (databaseFailure(error) !== null || isBrokenPipe(error)) {
      // Whoever used the connection has been told; everything else in this process is as it was.
      log.error({ err: error }, 'A connection broke and nothing caught its error')
      return
    }
    log.fatal({ err: error }, 'An error that nothing caught')
    closeLog()
    tell(`OpenTrade has failed and ends. The log is in ${place}.`)
    process.exit(1)
  })
  try {
    announce(await starting, place)
  } catch (error) {
    log.fatal({ err: error }, 'The start failed')
    closeLog()
    fail(error)
  }
}

function announce({ address }: Running, logPlace: string): void {
  if (logPlace !== 'stderr') tell(`The log is in ${logPlace}. Ctrl-C stops OpenTrade.`)
  process.stdout.write(address === null ? 'OpenTrade runs jobs now\n' : `OpenTrade is ready at ${address}\n`)
}

function handleSignals(stop: () => Promise<void>, closeLog: () => void): void {
  let firstAt: number | null = null
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      const now = performance.now()
      if (firstAt === null) {
        firstAt = now
        setTimeout(() => leave(1, closeLog), STOP_WITHIN_MS).unref()
        void stop().then(
          () => leave(0, closeLog),
          () => leave(1, closeLog),
        )
        return
      }
      if (now - firstAt < SAME_PRESS_MS) return
      tell('OpenTrade ends at once.')
      leave(130, closeLog)
    })
  }
}

/** Ends the process even if something still holds it. */
function leave(code: number, closeLog: () => void): void {
  closeLog()
  process.exit(code)
}

/** What is left of an error that nothing caught: after most of them, the state of this process cannot be relied on. */
function handleFaults(hear: (error: unknown) => void): void {
  process.on('uncaughtException', hear)
  process.on('unhandledRejection', hear)
  // The terminal is gone: nothing can be said any more, and the signal that tells of it follows.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
}

/** Whether the other end of a socket or a pipe went away. */
function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ECONNRESET')
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}

function fail(error: unknown): void {
  tell(`OpenTrade could not start: ${sentenceOf(error)}`)
  process.exit(1)
}

await main().catch(fail)
