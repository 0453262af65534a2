import { execute, withDatabase } from '@opentrade/db/testing'
import type pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type AnyJob, defineJob } from './jobs.ts'
import { startTestServer, type TestServer } from './testing/start-test-server.ts'
import { startWorker, type Worker } from './worker.ts'

let server: TestServer
let worker: Worker | null = null
let logged: string[]

beforeEach(async () => {
  logged = []
  server = await startTestServer({ onLog: (line) => void logged.push(line) })
})
afterEach(async () => {
  await worker?.stop()
  worker = null
  await server.close()
})

async function work(jobs: AnyJob[], finishWithinMs?: number): Promise<void> {
  worker = await startWorker({
    services: server.services,
    jobs,
    ...(finishWithinMs !== undefined && { finishWithinMs }),
  })
}

async function countJobs(): Promise<number> {
  const { rows } = await server.db.superuser.pool.query(
    'SELECT count(*)::int AS jobs FROM graphile_worker.jobs',
  )
  return rows[0].jobs
}

/** A promise and the function that fulfils it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

const schema = z.object({ word: z.string() })

describe('the worker', () => {
  it('runs a job with the payload that its schema read', async () => {
    const heard: string[] = []
    const job = defineJob({
      name: 'test.hear',
      schema,
      run: async ({ payload }) => void heard.push(payload.word),
    })
    await server.services.jobs.add(job, { word: 'hello' })
    await work([job])
    await expect.poll(() => heard).toEqual(['hello'])
    await expect.poll(countJobs).toBe(0)
  })

  it('joins requests with the same key until the work starts', async () => {
    let runs = 0
    const job = defineJob({
      name: 'test.join',
      schema,
      run: async () => {
        runs += 1
      },
    })
    for (const word of ['one', 'two', 'three']) await server.services.jobs.add(job, { word }, { key: 'same' })
    expect(await countJobs()).toBe(1)
    await work([job])
    await expect.poll(countJobs).toBe(0)
    expect(runs).toBe(1)
  })

  it('keeps a failed job for another try, and its message to itself', async () => {
    let runs = 0
    const job = defineJob({
      name: 'test.fail',
      schema,
      run: async ({ payload }) => {
        runs += 1
        throw new Error(`failed with ${payload.word}`)
      },
    })
    await server.services.jobs.add(job, { word: 'canary' })
    await work([job])
    await expect.poll(() => runs).toBe(1)
    await expect
      .poll(
        async () =>
          (await server.db.superuser.pool.query('SELECT attempts, last_error FROM graphile_worker.jobs'))
            .rows,
      )
      .toEqual([{ attempts: 1, last_error: expect.not.stringContaining('canary') }])
  })

  it('drops a payload that its schema does not know', async () => {
    const job = defineJob({ name: 'test.drop', schema, run: async () => undefined })
    await server.services.jobs.add({ name: job.name, schema: z.unknown() }, { other: 1 })
    await work([job])
    await expect.poll(countJobs).toBe(0)
  })

  it('waits on stop for the job that runs', async () => {
    const started = gate()
    const finish = gate()
    let done = false
    const job = defineJob({
      name: 'test.wait',
      schema,
      run: async () => {
        started.open()
        await finish.opened
        done = true
      },
    })
    await server.services.jobs.add(job, { word: '' })
    await work([job])
    await started.opened
    const stopping = worker?.stop()
    finish.open()
    await stopping
    worker = null
    expect(done).toBe(true)
    expect(await countJobs()).toBe(0)
  })

  it('asks a job that takes too long to give up, and keeps it for the next worker', async () => {
    const started = gate()
    const job = defineJob({
      name: 'test.long',
      schema,
      run: async ({ signal }) => {
        started.open()
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')))
        })
      },
    })
    await server.services.jobs.add(job, { word: '' })
    await work([job], 10)
    await started.opened
    await worker?.stop()
    worker = null
    await expect
      .poll(
        async () => (await server.db.superuser.pool.query('SELECT locked_by FROM graphile_worker.jobs')).rows,
      )
      .toEqual([{ locked_by: null }])
  })

  it('gives back what a killed worker had taken', async () => {
    let runs = 0
    const job = defineJob({
      name: 'test.left',
      schema,
      run: async () => {
        runs += 1
      },
    })
    await server.services.jobs.add(job, { word: '' })
    await server.db.superuser.pool.query(
      `UPDATE graphile_worker._private_jobs SET locked_by = 'worker-that-died', locked_at = now() - interval '1 minute'`,
    )
    await work([job])
    await expect.poll(() => runs).toBe(1)
  })

  it('removes jobs that will never run again, and keeps those that may', async () => {
    const job = defineJob({ name: 'test.dead', schema, run: async () => undefined })
    const later = new Date(Date.now() + 3_600_000)
    for (const word of ['killed', 'replaced', 'failed', 'waits'])
      await server.services.jobs.add(job, { word }, { key: word, runAt: later })
    const change = (set: string, word: string) =>
      server.db.superuser.pool.query(
        `UPDATE graphile_worker._private_jobs SET ${set} WHERE payload ->> 'word' = '${word}'`,
      )
    await change(
      `attempts = max_attempts, locked_by = 'worker-that-died', locked_at = now() - interval '1 minute'`,
      'killed',
    )
    await change(`attempts = max_attempts, key = NULL`, 'replaced')
    await change(`attempts = max_attempts, last_error = 'once more'`, 'failed')
    await change(`attempts = max_attempts - 1, last_error = 'once more'`, 'waits')
    await work([job])
    await expect.poll(countJobs).toBe(1)
    const { rows } = await server.db.superuser.pool.query('SELECT key FROM graphile_worker.jobs')
    expect(rows).toEqual([{ key: 'waits' }])
    expect(logged.filter((line) => line.includes('A job was given up'))).toHaveLength(3)
  })

  it('runs what a clock that was two days ahead has put off', async () => {
    let runs = 0
    const job = defineJob({
      name: 'test.ahead',
      schema,
      run: async () => {
        runs += 1
      },
    })
    const inTwoDays = new Date(Date.now() + 2 * 86_400_000)
    await server.services.jobs.add(job, { word: 'planned' }, { runAt: inTwoDays })
    await server.services.jobs.add(job, { word: 'taken' })
    await server.db.superuser.pool.query(
      `UPDATE graphile_worker._private_jobs SET locked_by = 'worker-that-died', locked_at = now() + interval '2 days'
       WHERE payload ->> 'word' = 'taken'`,
    )
    await work([job])
    await expect.poll(() => runs).toBe(2)
  })

  it('takes jobs again after a start whose first look for jobs failed', async () => {
    const heard: string[] = []
    const job = defineJob({
      name: 'test.hear',
      schema,
      run: async ({ payload }) => void heard.push(payload.word),
    })
    const { pool } = server.db
    const connect = pool.connect.bind(pool) as (callback?: () => void) => Promise<pg.PoolClient>
    let isCut = true
    // The database is lost right after the runner has started: what it reads first is cut.
    const listening = vi.spyOn(pool, 'connect').mockImplementation((async (callback?: () => void) => {
      if (callback) return connect(callback)
      const client = await connect()
      return {
        ...{
          release: client.release.bind(client),
          on: client.on.bind(client),
          once: client.once.bind(client),
        },
        removeListener: client.removeListener.bind(client),
        query: (asked: { text?: string }, values?: unknown[]) =>
          isCut && asked.text?.includes('_private_tasks')
            ? Promise.reject(new Error('Connection terminated unexpectedly'))
            : client.query(asked as pg.QueryConfig, values),
      }
    }) as unknown as typeof pool.connect)
    await work([job])
    await expect.poll(() => logged.join()).toContain('The worker ended by itself')
    isCut = false
    listening.mockRestore()
    await server.services.jobs.add(job, { word: 'after' })
    await expect.poll(() => heard).toEqual(['after'])
    expect(worker?.alive()).toBe(true)
  })

  it('goes on after the database was away just when a job ended', async () => {
    const name = new URL(server.db.superuser.url).pathname.slice(1)
    const cut = gate()
    const allow = (connections: boolean) =>
      execute(
        withDatabase(server.db.superuser.url, 'postgres'),
        `ALTER DATABASE ${name} ALLOW_CONNECTIONS ${connections}`,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
      )
    let runs = 0
    const job = defineJob({
      name: 'test.cut',
      schema,
      run: async ({ payload }) => {
        runs += 1
        if (payload.word !== 'cut' || runs > 1) return
        await allow(false)
        cut.open()
      },
    })
    await server.services.jobs.add(job, { word: 'cut' })
    await work([job])
    await cut.opened
    await expect.poll(() => logged.join()).toContain('The worker ended by itself')
    expect(worker?.alive()).toBe(false)
    await allow(true)
    await expect.poll(() => worker?.alive()).toBe(true)
    await server.services.jobs.add(job, { word: 'after' })
    await expect.poll(countJobs).toBe(0)
    expect(runs).toBe(3)
  })

  it('asks for a periodic job by itself', async () => {
    let runs = 0
    const job = defineJob({
      name: 'test.often',
      schema: z.object({}),
      everySeconds: () => 3_600,
      run: async () => {
        runs += 1
      },
    })
    await work([job])
    await expect.poll(() => runs).toBe(1)
  })
})
