import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EmbeddedPostgresError } from './error.ts'
import { processIdentity } from './process-identity.ts'

/** What postmaster.pid says (src/include/utils/pidfile.h): the process, and whether it serves yet. */
export interface PostmasterFile {
  pid: number
  ready: boolean
}

/** Returns null when there is none, or one that is being written. */
export function readPostmasterFile(dataFolder: string): PostmasterFile | null {
  try {
    const lines = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10))
    return pid > 0 ? { pid, ready: lines[7]?.trim() === 'ready' } : null
  } catch {
    return null
  }
}

/** From asking nicely to what cannot be refused; a fast stop rolls back what is open and flushes the rest. */
const waysToStop = [
  { signal: 'SIGINT', waitMs: 20_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const

/** No system gives a process this number. */
const noProcess = 2_147_483_647

/**
 * Stops a server that outlived the process that started it, and makes a pid file that one left behind
 * harmless. To be called by who holds the folder's lock.
 */
export async function stopOrphan(
  dataFolder: string,
  log: (line: string) => void = () => undefined,
): Promise<void> {
  const file = readPostmasterFile(dataFolder)
  if (file === null) return removeDamagedPidFile(dataFolder, log)
  const lives = processIdentity(file.pid) !== null && servesFolder(file.pid, dataFolder)
  if (lives && !(await stopByAnyMeans(file.pid))) throw stillServed(file.pid, dataFolder)
  disownPidFile(dataFolder)
}

/**
 * A crash of the machine may leave a pid file that is empty or full of zeros, with which PostgreSQL refuses to start.
 * It names nobody, so the processes themselves are looked at: only when none of PostgreSQL's works in the folder any
 * more, the file is removed.
 */
async function removeDamagedPidFile(dataFolder: string, log: (line: string) => void): Promise<void> {
  const path = join(dataFolder, 'postmaster.pid')
  if (!existsSync(path)) return
  for (const pid of postgresProcesses(dataFolder)) {
    log(
      `PostgreSQL (process ${pid}) still serves ${dataFolder}, though ${path} does not name it. It is stopped.`,
    )
    if (!(await stopByAnyMeans(pid))) throw stillServed(pid, dataFolder)
  }
  log(
    `${path} was empty or damaged, as after a crash of the machine. No server uses the folder, so it was removed.`,
  )
  rmSync(path, { force: true })
}

/** The server of a folder, and what it has started: the server first, which ends the others. */
function postgresProcesses(dataFolder: string): number[] {
  if (process.platform !== 'linux') return processesByCommand(dataFolder)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => nameOf(pid) === 'postgres' && servesFolder(pid, dataFolder))
    .sort((one, other) => one - other)
}

function nameOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    // It has ended.
    return null
  }
}

function processesByCommand(dataFolder: string): number[] {
  if (process.platform === 'win32') return []
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' })
  const lines = (stdout ?? '').split('\n')
  return lines
    .filter((line) => /postgres\b.* -D /.test(line) && line.includes(dataFolder))
    .map(Number.parseFloat)
}

function stillServed(pid: number, dataFolder: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'IN_USE',
    `A PostgreSQL (process ${pid}) still serves ${dataFolder} and does not stop. End it, then start again.`,
  )
}

async function stopByAnyMeans(pid: number): Promise<boolean> {
  for (const { signal, waitMs } of waysToStop) {
    if (await stopWith({ pid, signal, waitMs })) return true
  }
  return false
}

/**
 * Names nobody in a pid file that was left behind. Its number may be a stranger's by now, or that of a server
 * which has ended and was not reaped; PostgreSQL would take either for a living server. The rest of the file
 * stays: by its last lines PostgreSQL waits for what the dead server's own processes still hold.
 */
function disownPidFile(dataFolder: string): void {
  const path = join(dataFolder, 'postmaster.pid')
  if (!existsSync(path)) return
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^-?\d+/, String(noProcess)))
}

async function stopWith(o: { pid: number; signal: NodeJS.Signals; waitMs: number }): Promise<boolean> {
  const identity = processIdentity(o.pid)
  const deadline = Date.now() + o.waitMs
  try {
    process.kill(o.pid, o.signal)
  } catch {
    // It has ended already, or it is another user's: waiting tells which.
  }
  while (identity !== null && processIdentity(o.pid) === identity) {
    if (Date.now() > deadline) return false
    await delay(10)
  }
  return true
}

function servesFolder(pid: number, dataFolder: string): boolean {
  if (process.platform === 'linux') {
    try {
      // A postmaster works in its data folder.
      return readlinkSync(`/proc/${pid}/cwd`) === dataFolder
    } catch {
      return false
    }
  }
  const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout?.includes(dataFolder) ?? false
}
