import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { superuser } from '../embedded/cluster.ts'
import { EmbeddedPostgresError } from '../embedded/error.ts'
import { startEmbeddedPostgres } from '../embedded/start.ts'
import { BackupError } from './error.ts'

/** The files of a home that belong to its database: the data, and the passwords that open it. */
export const databaseFiles = ['postgres-password', 'postgres-roles.json', 'postgres']

/** The lines of postmaster.pid that say the port and the state (src/include/utils/pidfile.h). */
const portLine = 3
const stateLine = 7
const pollMs = 100
const startsWithinMs = 120_000

/** A home's database that can be connected to. */
export interface HomeDatabase {
  /** For a connection of the superuser. */
  url: string
  /** Stops what was started for this, and nothing else. */
  close(): Promise<void>
}

/**
 * Opens the database of a home: the running one where OpenTrade serves it, else one that is started for this.
 * @throws BackupError `NO_DATABASE` or `NOT_REACHABLE`; EmbeddedPostgresError
 */
export async function openHomeDatabase(o: { home: string; durable?: boolean }): Promise<HomeDatabase> {
  if (!existsSync(join(o.home, 'postgres', 'PG_VERSION'))) {
    throw new BackupError(
      'NO_DATABASE',
      `There is no database in ${o.home}. Name the data folder of OpenTrade with --home, or your own database in DATABASE_OWNER_URL.`,
    )
  }
  try {
    const { url, stop } = await startEmbeddedPostgres(o)
    return { url, close: stop }
  } catch (error) {
    if (!(error instanceof EmbeddedPostgresError) || error.code !== 'IN_USE') throw error
    return { url: await readRunningUrl(o.home), close: async () => undefined }
  }
}

/** Waits until the server that another process has started takes connections. */
async function readRunningUrl(home: string): Promise<string> {
  const deadline = Date.now() + startsWithinMs
  for (;;) {
    const lines = read(join(home, 'postgres', 'postmaster.pid')).split('\n')
    if (lines[stateLine]?.trim() === 'ready') {
      const password = encodeURIComponent(read(join(home, 'postgres-password')).trim())
      return `postgresql://${superuser}:${password}@127.0.0.1:${lines[portLine]?.trim()}/opentrade`
    }
    if (Date.now() > deadline) throw notReachable(home)
    await delay(pollMs)
  }
}

/** Returns '' for a file that is not there yet. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw notReachable(path, error)
  }
}

function notReachable(path: string, cause?: unknown): BackupError {
  return new BackupError(
    'NOT_REACHABLE',
    `The running database cannot be reached by way of ${path}. Run this command as the user that runs OpenTrade, when it has started.`,
    { cause },
  )
}
