import type { Database } from '@opentrade/db'
import pg from 'pg'
import type { Logger } from 'pino'

const LOOK_EVERY_MS = 10_000
const ANSWER_WITHIN_MS = 5_000

/**
 * Shows other processes that this worker lives, and gives back the jobs of workers that do not.
 *
 * The queue keeps a job that a killed worker had taken for four hours. So each worker holds an advisory lock in
 * its name on a connection of its own, which ends with its process: a job whose worker's lock is free was left.
 */
export interface Lifeline {
  /** Takes the lock of a worker's name, once. */
  hold: (workerId: string | null) => Promise<void>
  alive: () => boolean
  close: () => Promise<void>
}

/** Opens the connection and gives back at once what dead workers have left. */
export async function openLifeline(o: { db: Database; log: Logger }): Promise<Lifeline> {
  const held = new Map<string, Promise<unknown>>()
  let client: pg.Client | null = null
  let closed = false

  async function connect(): Promise<pg.Client> {
    const next = new pg.Client({
      connectionString: o.db.url,
      application_name: 'opentrade worker',
      query_timeout: ANSWER_WITHIN_MS,
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
    })
    next.on('error', () => lose(next))
    next.on('end', () => lose(next))
    await next.connect()
    client = next
    await Promise.all([...held.keys()].map((workerId) => takeLock(next, workerId)))
    return next
  }

  function lose(lost: pg.Client): void {
    if (client === lost) client = null
  }

  async function look(): Promise<void> {
    try {
      const current = client ?? (await connect())
      const freed = await releaseLeftJobs(current)
      if (freed > 0) o.log.warn({ workers: freed }, 'Jobs of dead workers were given back')
    } catch (error) {
      if (!closed) o.log.warn({ err: error }, 'The worker could not look for left jobs')
    }
  }

  await releaseLeftJobs(await connect())
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref()
  return {
    async hold(workerId) {
      if (workerId === null || held.has(workerId)) return
      const current = client ?? (await connect())
      const taking = takeLock(current, workerId)
      held.set(workerId, taking)
      await taking
    },
    alive: () => client !== null,
    async close() {
      closed = true
      clearInterval(timer)
      await client?.end().catch(() => undefined)
    },
  }
}

function takeLock(client: pg.Client, workerId: string): Promise<unknown> {
  return client.query("SELECT pg_advisory_lock(hashtextextended('opentrade worker ' || $1, 0))", [workerId])
}

/** @returns how many dead workers had jobs */
async function releaseLeftJobs(client: pg.Client): Promise<number> {
  // A lock that this very connection holds would be granted to it once more, so pg_locks is read instead.
  // A job taken just now is left alone: its worker may be about to take its lock.
  const { rows } = await client.query<{ workerId: string }>(
    `SELECT DISTINCT j.locked_by AS "workerId" FROM graphile_worker.jobs j
     WHERE j.locked_by IS NOT NULL AND j.locked_at < now() - interval '2 seconds' AND NOT EXISTS (
       SELECT FROM pg_locks l
       WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND ((l.classid::bigint << 32) | l.objid::bigint)
           = hashtextextended('opentrade worker ' || j.locked_by, 0))`,
  )
  const workerIds = rows.map((row) => row.workerId)
  if (workerIds.length > 0) await client.query('SELECT graphile_worker.force_unlock_workers($1)', [workerIds])
  return workerIds.length
}
