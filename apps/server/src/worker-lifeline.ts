import { createClient, type Database, MAX_PLAN_SECONDS } from '@opentrade/db'
import type pg from 'pg'
import type { Logger } from 'pino'

const LOOK_EVERY_MS = 10_000
const RECONNECT_AFTER_MS = 1_000
const ANSWER_WITHIN_MS = 5_000
/** A job taken more recently is not looked at: its worker may be about to take its lock. */
const LEFT_AFTER_S = 2

/**
 * Shows other processes that this worker lives, and gives back the jobs of workers that do not.
 *
 * The queue keeps a job that a killed worker had taken for four hours. So each worker holds an advisory lock in
 * its name on a connection of its own, which ends with its process: a job whose worker's lock is free was left.
 */
export interface Lifeline {
  /** Takes the lock of a worker's name, once. */
  hold: (workerId: string | null) => Promise<void>
  /** Frees the locks of all names: their workers have ended, while this process goes on. */
  letGo: () => Promise<void>
  alive: () => boolean
  close: () => Promise<void>
}

/** Opens the connection and gives back at once what dead workers have left; a lost connection is made anew. */
export async function openLifeline(o: { db: Database; log: Logger }): Promise<Lifeline> {
  const held = new Set<string>()
  let client: pg.Client | null = null
  let turn: Promise<unknown> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null
  let closed = false

  /** One query at a time, and one connection: two would wait for each other's locks. */
  function inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
    const mine = turn.then(run)
    turn = mine.catch(() => undefined)
    return mine
  }

  async function connect(): Promise<pg.Client> {
    const next = createClient({
      connectionString: o.db.url,
      application_name: 'opentrade worker',
      query_timeout: ANSWER_WITHIN_MS,
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
    })
    next.on('error', () => lose(next))
    next.on('end', () => lose(next))
    try {
      await next.connect()
      for (const workerId of held) await takeLock(next, workerId)
    } catch (error) {
      await next.end().catch(() => undefined)
      throw error
    }
    client = next
    return next
  }

  function lose(lost: pg.Client): void {
    if (client !== lost) return
    client = null
    lookAfter(RECONNECT_AFTER_MS)
  }

  async function look(): Promise<void> {
    if (closed) return
    try {
      await inTurn(async () => tidy(client ?? (await connect())))
    } catch (error) {
      if (!closed) o.log.warn({ err: error }, 'The worker could not look for left jobs')
    }
    lookAfter(client ? LOOK_EVERY_MS : RECONNECT_AFTER_MS)
  }

  async function tidy(current: pg.Client): Promise<void> {
    const freed = await releaseLeftJobs(current)
    if (freed > 0) o.log.warn({ workers: freed }, 'Jobs of dead workers were given back')
    await bringJobsForward(current)
    for (const job of await removeDeadJobs(current)) o.log.warn(job, 'A job was given up')
  }

  function lookAfter(waitMs: number): void {
    if (timer) clearTimeout(timer)
    if (!closed) timer = setTimeout(() => void look(), waitMs).unref()
  }

  await inTurn(async () => tidy(client ?? (await connect())))
  lookAfter(LOOK_EVERY_MS)
  return {
    async hold(workerId) {
      if (workerId === null || (client && held.has(workerId))) return
      await inTurn(async () => {
        const current = client ?? (await connect())
        if (held.has(workerId)) return
        await takeLock(current, workerId)
        held.add(workerId)
      })
    },
    async letGo() {
      held.clear()
      await inTurn(async () => client?.query('SELECT pg_advisory_unlock_all()'))
      // Beside the usual look, which is put off whenever one has been made.
      setTimeout(() => void look(), LEFT_AFTER_S * 1000).unref()
    },
    alive: () => client !== null,
    async close() {
      closed = true
      if (timer) clearTimeout(timer)
      await client?.end().catch(() => undefined)
    },
  }
}

function takeLock(client: pg.Client, workerId: string): Promise<unknown> {
  return client.query("SELECT pg_advisory_lock(hashtextextended('opentrade worker ' || $1, 0))", [workerId])
}

/** A job planned further ahead than any is was put there by a clock that was ahead: it is due now. */
async function bringJobsForward(client: pg.Client): Promise<void> {
  await client.query(
    `UPDATE graphile_worker._private_jobs SET run_at = now()
     WHERE locked_at IS NULL AND run_at > now() + make_interval(secs => $1)`,
    [MAX_PLAN_SECONDS],
  )
}

interface DeadJob {
  job: string
  jobId: string
  attempts: number
}

/**
 * Removes jobs that will never run again: those that failed at their last attempt, which the log has told of, those
 * whose worker was killed at it, and those that another with the same key has replaced while they ran. What they
 * were for is either over or found due in its own table.
 */
async function removeDeadJobs(client: pg.Client): Promise<DeadJob[]> {
  const { rows } = await client.query<DeadJob>(
    `DELETE FROM graphile_worker._private_jobs j USING graphile_worker._private_tasks t
     WHERE t.id = j.task_id AND j.attempts >= j.max_attempts AND j.locked_at IS NULL
     RETURNING t.identifier AS job, j.id::text AS "jobId", j.attempts`,
  )
  return rows
}

/** @returns how many dead workers had jobs */
async function releaseLeftJobs(client: pg.Client): Promise<number> {
  // A lock that this very connection holds would be granted to it once more, so pg_locks is read instead.
  const { rows } = await client.query<{ workerId: string }>(
    `SELECT DISTINCT j.locked_by AS "workerId" FROM graphile_worker.jobs j
     WHERE j.locked_by IS NOT NULL AND abs(extract(epoch FROM now() - j.locked_at)) > $1 AND NOT EXISTS (
       SELECT FROM pg_locks l
       WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND ((l.classid::bigint << 32) | l.objid::bigint)
           = hashtextextended('opentrade worker ' || j.locked_by, 0))`,
    [LEFT_AFTER_S],
  )
  const workerIds = rows.map((row) => row.workerId)
  if (workerIds.length > 0) await client.query('SELECT graphile_worker.force_unlock_workers($1)', [workerIds])
  return workerIds.length
}
