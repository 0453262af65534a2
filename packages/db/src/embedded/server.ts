import type { ChildProcess } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { PostgresBinaries } from './binaries.ts'
import { EmbeddedPostgresError } from './error.ts'
import { readPostmasterFile } from './orphan.ts'
import { spawnProgram } from './program.ts'
import type { RunAs } from './run-as.ts'
import { startWatchdog } from './watchdog.ts'

export interface ServerOptions {
  home: string
  dataFolder: string
  binaries: PostgresBinaries
  runAs: RunAs
  /** Null: any that is free. */
  port: number | null
  /** On top of our own, which see. */
  settings: Record<string, string>
  log: (line: string) => void
}

export interface RunningServer {
  port: number
  child: ChildProcess
  /** Resolves when the process has ended, for whatever reason. */
  ended: Promise<void>
}

const baseSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  // Compiling pays for long analytical queries only; ours are short.
  jit: 'off',
  // Starts, stops and crashes. Failed statements are the caller's to report, and may quote data.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
}

const pollMs = 10
const retryForMs = 20_000

/** Reasons that pass by themselves: another program took the port first, the last server is still ending. */
const passing = [/could not create any TCP\/IP sockets/, /shared memory block .* still in use/]

/**
 * Starts the server and waits until it takes connections, through a recovery if there is one to do.
 * @throws EmbeddedPostgresError `START_FAILED`
 */
export async function launchServer(o: ServerOptions): Promise<RunningServer> {
  const deadline = Date.now() + retryForMs
  for (;;) {
    const port = o.port ?? (await findFreePort())
    const server = launch(o, port)
    if (await isReady(server, o)) return server
    const reason = lastLogLines(o.home)
    if (Date.now() > deadline || !passing.some((pattern) => pattern.test(reason))) {
      throw new EmbeddedPostgresError(
        'START_FAILED',
        `PostgreSQL did not start in ${o.dataFolder}. Its log, ${logPath(o.home)}, ends with: ${reason}`,
      )
    }
    await delay(pollMs * 5)
  }
}

function launch(o: ServerOptions, port: number): RunningServer {
  const settings = Object.entries({ ...baseSettings, ...o.settings, port: String(port) })
  const flags = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const logFile = openLog(o.home)
  const child = spawnProgram(o.runAs, [o.binaries.postgres, '-D', o.dataFolder, ...flags], {
    stdio: ['ignore', logFile, logFile],
    // Its own process group: Ctrl-C in a terminal is for this process to handle, in its own order.
    detached: true,
  })
  closeSync(logFile)
  const dismissWatchdog =
    child.pid === undefined ? () => undefined : startWatchdog({ pid: child.pid, dataFolder: o.dataFolder })
  child.unref()
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      o.log(`PostgreSQL could not be run: ${error.message}`)
      resolve()
    })
    child.on('exit', () => resolve())
  }).then(dismissWatchdog)
  return { port, child, ended }
}

async function isReady(server: RunningServer, o: ServerOptions): Promise<boolean> {
  let running = true
  const ended = server.ended.then(() => {
    running = false
  })
  for (let polls = 1; running; polls += 1) {
    const file = readPostmasterFile(o.dataFolder)
    if (file?.ready && file.pid === server.child.pid) return true
    if (polls % 1_000 === 0)
      o.log('PostgreSQL is recovering what was not yet in place; this can take a while.')
    await Promise.race([ended, delay(pollMs)])
  }
  return false
}

/** Stops a server cleanly: open transactions are rolled back, everything committed is flushed. */
export async function stopServer(server: RunningServer): Promise<void> {
  server.child.ref()
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    server.child.kill(signal)
    const waiting = new AbortController()
    const late = delay(20_000, 'late', { signal: waiting.signal }).catch(() => 'ended')
    const outcome = await Promise.race([server.ended.then(() => 'ended'), late])
    waiting.abort()
    if (outcome === 'ended') return
  }
}

function logPath(home: string): string {
  return join(home, 'postgres.log')
}

/** Each start writes a log of its own and keeps the one before. */
function openLog(home: string): number {
  const path = logPath(home)
  if (existsSync(path)) renameSync(path, `${path}.1`)
  return openSync(path, 'a', 0o600)
}

function lastLogLines(home: string): string {
  return readFileSync(logPath(home), 'utf8').trim().split('\n').slice(-5).join(' ').slice(-1_000)
}

async function findFreePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = address !== null && typeof address === 'object' ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
