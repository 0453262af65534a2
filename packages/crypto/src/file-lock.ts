import { randomBytes } from 'node:crypto'
import { link, readFile, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { errorCode, writeDurably } from './durable-file.ts'
import { CryptoError } from './errors.ts'

const RETRY_MS = 10
const DEADLINE_MS = 5_000

interface Holder {
  token: string
  pid: number
  host: string
}

/** The locks of this process: after a restart in a container another process may well have had our number. */
const held = new Set<string>()

/**
 * Runs `run` while no other process that asks for the same lock does. The lock is a file that names its holder; one
 * that a process of this machine left behind when it died is taken over.
 * @param o.lock the lock's path, in a folder that this process can write to
 * @param o.deadlineMs how long to wait for another holder; 5 s by default
 * @throws CryptoError `ROOT_KEY_FILE_BUSY` after that; whatever `run` throws
 */
export async function withFileLock<Result>(o: {
  lock: string
  deadlineMs?: number
  run: () => Promise<Result>
}): Promise<Result> {
  const me: Holder = { token: randomBytes(12).toString('hex'), pid: process.pid, host: hostname() }
  held.add(me.token)
  try {
    await acquire({ lock: o.lock, me, deadline: performance.now() + (o.deadlineMs ?? DEADLINE_MS) })
    try {
      return await o.run()
    } finally {
      await rm(o.lock)
    }
  } finally {
    held.delete(me.token)
  }
}

async function acquire(o: { lock: string; me: Holder; deadline: number }): Promise<void> {
  while (!(await claim(o.lock, o.me))) {
    const holder = await readHolder(o.lock)
    if (holder && isDead(holder)) await removeOf({ lock: o.lock, dead: holder, me: o.me })
    else if (performance.now() >= o.deadline) throw busy(o.lock)
    else await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}

/** The lock appears with its content, or not at all. */
async function claim(lock: string, me: Holder): Promise<boolean> {
  const draft = `${lock}.${me.token}`
  await writeDurably(draft, JSON.stringify(me))
  try {
    await link(draft, lock)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft)
  }
}

/**
 * Only who holds the takeover of one dead holder may remove that holder's lock, and looks again before it does:
 * otherwise two who saw the same dead holder could remove each other's new locks.
 */
async function removeOf(o: { lock: string; dead: Holder; me: Holder }): Promise<void> {
  const takeover = `${o.lock}.takeover-${o.dead.token}`
  if (!(await claim(takeover, o.me))) {
    const taker = await readHolder(takeover)
    if (taker && isDead(taker)) throw busy(o.lock)
    return
  }
  try {
    if ((await readHolder(o.lock))?.token === o.dead.token) await rm(o.lock)
  } finally {
    await rm(takeover)
  }
}

async function readHolder(lock: string): Promise<Holder | null> {
  try {
    const holder: unknown = JSON.parse(await readFile(lock, 'utf8'))
    return isHolder(holder) ? holder : null
  } catch {
    // Released just now, or no lock of ours: the caller tries again until its deadline.
    return null
  }
}

function isHolder(value: unknown): value is Holder {
  return (
    typeof value === 'object' &&
    value !== null &&
    'token' in value &&
    typeof value.token === 'string' &&
    /^[0-9a-f]{24}$/.test(value.token) &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'host' in value &&
    typeof value.host === 'string'
  )
}

/** Of a process on another machine nothing is known: it counts as alive. */
function isDead(holder: Holder): boolean {
  if (holder.host !== hostname()) return false
  if (holder.pid === process.pid) return !held.has(holder.token)
  try {
    process.kill(holder.pid, 0)
    return false
  } catch (error) {
    return errorCode(error) === 'ESRCH'
  }
}

function busy(lock: string): CryptoError {
  return new CryptoError(
    'ROOT_KEY_FILE_BUSY',
    `Another process is changing the root key file, or died while it did. If none is, delete the files that begin with ${lock} and try again.`,
  )
}
