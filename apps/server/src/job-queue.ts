import { type Database, grantAccess, openPool } from '@opentrade/db'
import {
  Logger as GraphileLogger,
  type LogFunctionFactory,
  makeWorkerUtils,
  runMigrations,
} from 'graphile-worker'
import type { Logger } from 'pino'
import type { AnyJob, JobQueue } from './jobs.ts'

/** Tried this often before a job counts as failed for good, over about four hours. */
const MAX_ATTEMPTS = 10
const MIGRATION_LOCK = 'opentrade job queue'

/**
 * Makes or updates the queue's own tables, and lets the server use them; processes that start at once wait for
 * each other.
 * @param o.url of the owner of the tables
 */
export async function prepareJobQueue(o: { url: string; log: Logger }): Promise<void> {
  const pool = openPool({
    connectionString: o.url,
    max: 2,
    application_name: 'opentrade job queue',
    onConnectionError: (error) => o.log.warn({ err: error }, 'A database connection broke'),
  })
  const logger = graphileLogger(o.log)
  try {
    const client = await pool.connect()
    try {
      await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [MIGRATION_LOCK])
      await runMigrations({ pgPool: pool, logger })
    } finally {
      // Ends its session, and with it the lock.
      client.release(true)
    }
  } finally {
    await pool.end()
  }
  await grantAccess({ url: o.url })
}

/** Opens the side of the queue that verbs put work into. */
export async function openJobQueue(o: {
  db: Database
  log: Logger
}): Promise<JobQueue & { close: () => Promise<void> }> {
  const utils = await makeWorkerUtils({ pgPool: o.db.pool, logger: graphileLogger(o.log) })
  return {
    async add(job, payload, options = {}) {
      await utils.addJob(job.name, payload, {
        maxAttempts: options.maxAttempts ?? MAX_ATTEMPTS,
        ...(options.key !== undefined && { jobKey: options.key }),
        ...(options.runAt && { runAt: options.runAt }),
      })
    },
    close: async () => utils.release(),
  }
}

/** The key under which the requests of a periodic job join. */
export function periodicKey(job: AnyJob): string {
  return `periodic:${job.name}`
}

/** Leads the queue's own messages into our log. What it says of a job may hold payloads: it is dropped. */
export function graphileLogger(log: Logger): GraphileLogger {
  const levels = { error: 'warn', warning: 'warn', info: 'debug', debug: 'trace' } as const
  const factory: LogFunctionFactory = (scope) => (level, message) => {
    if (scope.jobId !== undefined) return
    log[levels[level]]({ worker: scope.workerId }, message)
  }
  return new GraphileLogger(factory)
}
