import { mkdirSync, realpathSync, statfsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { createClient } from '../connections.ts'
import type { RoleUrls } from '../roles.ts'
import { findPostgresBinaries } from './binaries.ts'
import { ensureCluster, superuser } from './cluster.ts'
import { ensureDatabaseRoles } from './database-roles.ts'
import { EmbeddedPostgresError } from './error.ts'
import { lockHome } from './lock.ts'
import { stopOrphan } from './orphan.ts'
import { chooseRunAs } from './run-as.ts'
import { launchServer, type RunningServer, type ServerOptions, stopServer } from './server.ts'

export interface EmbeddedPostgres {
  /** For a connection as the superuser, whom no policy holds, from this machine only. Nothing of the product uses it. */
  url: string
  /** For connections as each of the product's roles. */
  roleUrls: RoleUrls
  /** Stops the server cleanly and gives the folder free. May be called twice. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** The data goes to <home>/postgres, passwords to postgres-password and postgres-roles.json beside it, the log to postgres.log. */
  home: string
  /** By default one that is free. */
  port?: number
  /** Hears what an operator should know: restarts, a long recovery. */
  log?: (line: string) => void
  /** False for data that may be lost in a crash of the machine, such as a test's. True by default. */
  durable?: boolean
}

const databaseName = 'opentrade'
/** Less room than this explains any failure to start. */
const neededBytes = 1_000_000
/** A server that ended is started again at once; one that had just started, after this. */
const restartPauseMs = 500
const justStartedMs = 10_000
/** What cannot be started is tried again after this, which doubles each time up to the longest wait. */
const firstRetryMs = 1_000
const longestRetryMs = 15_000

/**
 * Starts the packaged PostgreSQL for this process alone, making its data folder when there is none. It
 * listens on loopback, asks for a password, and is started again when it crashes. It stops with this
 * process, however this process ends.
 *
 * @throws EmbeddedPostgresError with a sentence for the operator.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { port = null, log = () => undefined, durable = true } = options
  const home = openHome(options.home)
  const dataFolder = join(home, 'postgres')
  const binaries = findPostgresBinaries()
  const unlock = takeLock(home)
  try {
    await stopOrphan(dataFolder, log)
    const runAs = chooseRunAs({ home, dataFolder, initdb: binaries.initdb, log })
    const password = await ensureCluster({ home, dataFolder, binaries, runAs, durable })
    const settings: Record<string, string> = durable
      ? {}
      : { fsync: 'off', full_page_writes: 'off', max_connections: '300' }
    const serverOptions = { home, dataFolder, binaries, runAs, port, settings, log }
    const server = await launchServer(serverOptions)
    const url = urlOf(password, server.port, databaseName)
    const stop = keepRunning({ server, serverOptions, unlock })
    try {
      const maintenanceUrl = urlOf(password, server.port, 'postgres')
      const roleUrls = await prepareDatabase({ maintenanceUrl, url, home })
      return { url, roleUrls, stop }
    } catch (error) {
      await stop()
      throw error
    }
  } catch (error) {
    unlock()
    throw asDiskFull(error, home)
  }
}

function openHome(folder: string): string {
  try {
    mkdirSync(resolve(folder), { recursive: true })
    return realpathSync(folder)
  } catch (error) {
    throw asDiskFull(error, folder)
  }
}

function takeLock(home: string): () => void {
  try {
    return lockHome(home)
  } catch (error) {
    throw asDiskFull(error, home)
  }
}

/** What a start fails with when there is no room says so in many ways; whatever it is, room is what is needed. */
function asDiskFull(error: unknown, home: string): unknown {
  const isOfDisk = error instanceof Error && 'code' in error && error.code === 'ENOSPC'
  const isOfServer = error instanceof EmbeddedPostgresError && saysDiskFull(error.message)
  if (!isOfDisk && !isOfServer && freeBytes(home) >= neededBytes) return error
  if (error instanceof EmbeddedPostgresError && error.code !== 'START_FAILED') return error
  return new EmbeddedPostgresError(
    'DISK_FULL',
    `The disk that holds ${home} is full. Free up space, then start again: nothing that was saved is lost.`,
    { cause: error },
  )
}

/** What PostgreSQL says of a write that found no room, or room for a part of it. By then it may have cleaned up. */
export function saysDiskFull(text: string): boolean {
  return /No space left on device|Check free disk space/.test(text)
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** Starts the server again, on the same port, when it ends by itself. Returns what stops it for good. */
function keepRunning(o: {
  server: RunningServer
  serverOptions: ServerOptions
  unlock: () => void
}): () => Promise<void> {
  const { log } = o.serverOptions
  let server: RunningServer | null = o.server
  let starting: Promise<void> = Promise.resolve()
  let stopping: Promise<void> | null = null
  const stopped = new AbortController()
  let startedAt = performance.now()

  function watch(watched: RunningServer): void {
    void watched.ended.then(() => {
      if (stopping !== null) return
      server = null
      starting = restart(watched.port)
    })
  }

  /** Until it runs or is not wanted any more: whatever keeps it from starting, such as a full disk, may pass. */
  async function restart(port: number): Promise<void> {
    let waitMs = performance.now() - startedAt < justStartedMs ? restartPauseMs : 0
    log('PostgreSQL ended by itself and is started again.')
    while (stopping === null) {
      if (waitMs > 0)
        await delay(waitMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined)
      if (stopping !== null) return
      try {
        startedAt = performance.now()
        server = await launchServer({ ...o.serverOptions, port })
        watch(server)
        return
      } catch (error) {
        const reason = asDiskFull(error, o.serverOptions.home)
        log(`${reason instanceof Error ? reason.message : String(reason)} It is tried again.`)
        waitMs = Math.min(Math.max(waitMs * 2, firstRetryMs), longestRetryMs)
      }
    }
  }

  async function stop(): Promise<void> {
    stopped.abort()
    await starting
    if (server !== null) await stopServer(server)
    o.unlock()
  }

  watch(o.server)
  return () => {
    stopping ??= stop()
    return stopping
  }
}

function urlOf(password: string, port: number, database: string): string {
  return `postgresql://${superuser}:${password}@127.0.0.1:${port}/${database}`
}

async function prepareDatabase(o: { maintenanceUrl: string; url: string; home: string }): Promise<RoleUrls> {
  const { home } = o
  const client = createClient({ connectionString: o.maintenanceUrl })
  try {
    await client.connect()
    return await ensureDatabaseRoles({ home, client, database: databaseName, databaseUrl: o.url })
  } catch (error) {
    const wrongPassword = error instanceof pg.DatabaseError && error.code === '28P01'
    throw new EmbeddedPostgresError(
      'START_FAILED',
      wrongPassword
        ? `The password in ${join(home, 'postgres-password')} is not the database's. Remove that file and start again: a new one is set.`
        : `PostgreSQL started but cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  } finally {
    await client.end().catch(() => undefined)
  }
}
