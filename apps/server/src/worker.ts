import { EventEmitter } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { type JobHelpers, type Runner, run, type TaskList, type WorkerEvents } from 'graphile-worker'
import type { Services } from './context.ts'
import { graphileLogger, periodicKey } from './job-queue.ts'
import type { AnyJob } from './jobs.ts'
import { superviseRunner } from './supervised-runner.ts'
import { type Lifeline, openLifeline } from './worker-lifeline.ts'

/** How long a stop waits for the jobs that run before it asks them to give up. */
const FINISH_WITHIN_MS = 20_000

/** And then for those that do not listen; what they hold is given back once this process is gone. */
const GIVE_UP_WITHIN_MS = 5_000

/** The part of a process that runs jobs. */
export interface Worker {
  alive: () => boolean
  /** Takes no new job, waits for those that run, and after a bound asks them to stop; what was cut runs again. */
  stop: () => Promise<void>
}

interface Options {
  services: Services
  jobs: AnyJob[]
  finishWithinMs?: number
}

/** Starts to run jobs, and gives back those that a dead worker of this database had taken. */
export async function startWorker(o: Options): Promise<Worker> {
  const { services, jobs, finishWithinMs = FINISH_WITHIN_MS } = o
  const log = services.log.child({ part: 'worker' })
  const lifeline = await openLifeline({ db: services.db, log })
  const runner = await superviseRunner({
    start: async () => {
      const events: WorkerEvents = new EventEmitter()
      const runner = await run({
        pgPool: services.db.pool,
        concurrency: services.env.workerConcurrency,
        noHandleSignals: true,
        pollInterval: 1_000,
        parsedCronItems: [],
        taskList: taskList({ services, jobs, lifeline }),
        logger: graphileLogger(log),
        events,
        gracefulShutdownAbortTimeout: finishWithinMs,
        // Without batches, nothing catches the error of a queue that cannot be told how a job ended.
        preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      })
      endIfBlind({ runner, events })
      return runner
    },
    // What the runner that ended still holds in the queue is given back.
    onEnd: lifeline.letGo,
    log,
  })
  const timers = startPeriodic({ services, jobs })
  return {
    alive: () => runner.alive() && lifeline.alive(),
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await Promise.race([runner.stop(), pause(finishWithinMs + GIVE_UP_WITHIN_MS)])
      await lifeline.close()
    },
  }
}

/**
 * Ends a runner whose first look for jobs fails, so that another one is started. graphile-worker reads the names of
 * the tasks at that moment and keeps the promise, also when it is rejected: such a runner never takes a job.
 */
function endIfBlind({ runner, events }: { runner: Runner; events: WorkerEvents }): void {
  let hasLooked = false
  const look = () => {
    hasLooked = true
  }
  events.once('worker:getJob:empty', look)
  events.once('job:start', look)
  events.on('worker:getJob:error', () => {
    if (hasLooked) return
    hasLooked = true
    void runner.stop('It could not read the names of its tasks.').catch(() => undefined)
  })
}

/** Holds nothing open: a process that is done earlier ends. */
function pause(ms: number): Promise<void> {
  return wait(ms, undefined, { ref: false })
}

function taskList({ services, jobs, lifeline }: Options & { lifeline: Lifeline }): TaskList {
  return Object.fromEntries(
    jobs.map((job) => [
      job.name,
      async (payload: unknown, helpers: JobHelpers) => {
        await lifeline.hold(helpers.job.locked_by)
        await runJob({ services, job, payload, helpers })
      },
    ]),
  )
}

async function runJob(o: {
  services: Services
  job: AnyJob
  payload: unknown
  helpers: JobHelpers
}): Promise<void> {
  const { services, job, helpers } = o
  const { attempts, max_attempts: maxAttempts } = helpers.job
  const log = services.log.child({ job: job.name, jobId: helpers.job.id, attempt: attempts })
  const parsed = job.schema.safeParse(o.payload)
  if (!parsed.success) {
    // No later attempt can mend it; the queue keeps nothing that nobody can read.
    return log.error(
      { fields: parsed.error.issues.map((issue) => issue.path.join('.')) },
      'Job not understood',
    )
  }
  const startedAt = performance.now()
  try {
    // The schema of this very job let the payload through; the list of all jobs cannot say so in types.
    await job.run({ services, payload: parsed.data as never, log, signal: abortSignalOf(helpers) })
    log.info({ ms: Math.round(performance.now() - startedAt) }, 'Job done')
  } catch (error) {
    const forGood = attempts >= maxAttempts
    log[forGood ? 'error' : 'warn']({ err: error, forGood }, 'Job failed')
    throw new Error(error instanceof Error ? `${error.name}: see the log` : 'Failed: see the log')
  }
}

function abortSignalOf(helpers: JobHelpers): AbortSignal {
  return helpers.abortSignal ?? new AbortController().signal
}

function startPeriodic({ services, jobs }: Options): NodeJS.Timeout[] {
  return jobs.flatMap((job) => {
    if (!job.everySeconds) return []
    const ask = () => void askFor({ services, job })
    ask()
    return [setInterval(ask, job.everySeconds(services.env) * 1000).unref()]
  })
}

async function askFor({ services, job }: { services: Services; job: AnyJob }): Promise<void> {
  try {
    await services.jobs.add(job, {}, { key: periodicKey(job), maxAttempts: 1 })
  } catch (error) {
    services.log.warn({ err: error, job: job.name }, 'A periodic job could not be asked for')
  }
}
