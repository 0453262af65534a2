import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const PROJECT = fileURLToPath(new URL('..', import.meta.url))
const READY_WITHIN_MS = 90_000
const STOP_WITHIN_MS = 30_000

/** The smallest cost of a password that SECURITY.md allows, on a port that the system chooses. */
const DEFAULTS = { PORT: '0', ARGON2_MEMORY_KIB: '19456', ARGON2_ITERATIONS: '2' }

export interface ProductOptions {
  /** Variables besides ours; an own database and an own paper exchange unless these say otherwise. */
  env?: Record<string, string>
  /** A data folder that the caller removes; without it, one that is removed by `stop`. */
  home?: string
}

/** The server as a person starts it: a process of its own, with all that it starts. */
export interface Product {
  /** The address that it printed. */
  url: string
  home: string
  process: ChildProcess & { pid: number }
  /** What it has printed, to standard output and error. */
  output: () => string
  /** Its log so far. */
  logs: () => string
  /** How to reach its embedded database. */
  databaseUrl: () => string
  /** Ends it as `kill -9` does and waits until it is gone; the data folder stays. */
  kill: () => Promise<void>
  /** Ends it cleanly, if it still runs, and removes the data folder unless that was given. */
  stop: () => Promise<void>
}

/** How a start ended that was refused. */
export interface RefusedStart {
  code: number | null
  stdout: string
  stderr: string
}

interface Started {
  child: ChildProcess & { pid: number }
  stdout: () => string
  stderr: () => string
}

const running = new Set<ChildProcess>()
const homes = new Set<string>()

// However the process of the tests ends, nothing of it stays: the server takes its own children with it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  for (const home of homes) rmSync(home, { recursive: true, force: true })
})

/** A new data folder under the system's folder for temporary files. */
export function createHome(): { home: string; remove: () => void } {
  const home = mkdtempSync(join(tmpdir(), 'opentrade-e2e-'))
  // Started by root, PostgreSQL runs as another user, who has to pass.
  chmodSync(home, 0o711)
  homes.add(home)
  return {
    home,
    remove() {
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
      homes.delete(home)
    },
  }
}

/**
 * Starts the server and waits until it has printed its address.
 * @throws Error with what it printed, when it ends before or does not get there in time
 */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const own = options.home === undefined ? createHome() : null
  const home = options.home ?? own?.home ?? ''
  const server = spawnServer({ home, env: options.env ?? {} })
  const { child } = server
  const output = () => server.stdout() + server.stderr()

  async function kill(): Promise<void> {
    if (hasEnded(child)) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  async function stop(): Promise<void> {
    await endCleanly(child)
    own?.remove()
  }

  try {
    const url = await readAddress(server)
    return {
      ...{ url, home, process: child, output, kill, stop },
      logs: () => readFileSync(join(home, 'logs', 'server.log'), 'utf8'),
      databaseUrl: () => databaseUrlOf(home),
    }
  } catch (error) {
    await kill()
    own?.remove()
    throw error
  }
}

/** Starts the server where it ought to refuse, and waits for its end. */
export async function startRefused(o: Required<ProductOptions>): Promise<RefusedStart> {
  const { child, stdout, stderr } = spawnServer(o)
  const tooLate = setTimeout(() => child.kill('SIGKILL'), READY_WITHIN_MS)
  await once(child, 'close')
  clearTimeout(tooLate)
  return { code: child.exitCode, stdout: stdout(), stderr: stderr() }
}

/** The process id of the PostgreSQL that serves a data folder, or null when none does. */
export function postgresPid(home: string): number | null {
  const path = join(home, 'postgres', 'postmaster.pid')
  if (!existsSync(path)) return null
  return Number(readFileSync(path, 'utf8').split('\n')[0])
}

function spawnServer({ home, env }: Required<ProductOptions>): Started {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, ['apps/server/dist/main.mjs'], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, ...DEFAULTS, OPENTRADE_HOME: home, ...env },
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  if (child.pid === undefined) throw new Error('The server could not be spawned.')
  return {
    child: Object.assign(child, { pid: child.pid }),
    stdout: collect(child.stdout),
    stderr: collect(child.stderr),
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (part: string) => {
    text += part
  })
  return () => text
}

function readAddress({ child, stdout, stderr }: Started): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`The server ${what}.\n${stdout()}${stderr()}`))
    const timer = setTimeout(() => fail('did not start in time'), READY_WITHIN_MS)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      fail(`ended with ${code ?? signal} before it was ready`)
    })
    child.stdout?.on('data', () => {
      const address = /^OpenTrade is ready at (\S+)$/m.exec(stdout())?.[1]
      if (address === undefined) return
      clearTimeout(timer)
      resolve(address)
    })
  })
}

async function endCleanly(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  const tooLate = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
  child.kill('SIGTERM')
  await ended
  clearTimeout(tooLate)
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** The port is in the fourth line of postmaster.pid (src/include/utils/pidfile.h of PostgreSQL). */
function databaseUrlOf(home: string): string {
  const password = readFileSync(join(home, 'postgres-password'), 'utf8').trim()
  const port = readFileSync(join(home, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3]
  return `postgresql://opentrade:${password}@127.0.0.1:${port}/opentrade`
}
