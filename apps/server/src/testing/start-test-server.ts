import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { type CombinedRootKeys, combineRootKeys, localRootKeys } from '@opentrade/crypto'
import { createTestDatabase, type TestDatabase } from '@opentrade/db/testing'
import { allJobs } from '../all-jobs.ts'
import type { Services } from '../context.ts'
import { type Env, readEnv } from '../env.ts'
import { createHttp, type Timeouts } from '../http.ts'
import { createSetupCode } from '../installation/setup-code.ts'
import { prepareJobQueue } from '../job-queue.ts'
import type { AnyJob } from '../jobs.ts'
import { createLog } from '../log.ts'
import { checkReadiness } from '../readiness.ts'
import { openServices } from '../services.ts'
import type { StreamLimits } from '../stream-limiter.ts'
import { startWorker } from '../worker.ts'
import { createTestClient, type TestClient } from './test-client.ts'

/** The smallest cost that SECURITY.md allows: a sign-up in a test takes some 30 ms. */
const CHEAP_ARGON2 = { memoryKib: 19_456, iterations: 2, parallelism: 1 }

export interface TestServerOptions {
  /** A database of the test's own, which stays open; without it one is cloned, and dropped on close. */
  db?: TestDatabase
  env?: Partial<Env>
  rootKeys?: CombinedRootKeys
  now?: () => Date
  /** Runs these jobs; `true` is all of ours. Without it, jobs wait in the queue. */
  worker?: true | AnyJob[]
  /** Hears each line of the log; by default nothing is logged. */
  onLog?: (line: string) => void
  /** A built web app. */
  webApp?: string
  /** How long connections may take. */
  timeouts?: Partial<Timeouts>
  streamLimits?: StreamLimits
}

export interface TestServer {
  url: string
  services: Services
  /** As the server has it; `superuser` is for what a test does behind its back. */
  db: TestDatabase
  /** A caller with cookies of its own, as one browser is. */
  client: () => TestClient
  /** What the first account needs from elsewhere; null when there was one already. Signing up uses it by itself. */
  setupCode: string | null
  /** How many connections it holds. */
  connections: () => Promise<number>
  close: () => Promise<void>
}

/** Root keys that live as long as the test. */
export function createTestRootKeys(): CombinedRootKeys {
  const keys = new Map([['test', randomBytes(32)]])
  return combineRootKeys({ current: localRootKeys({ name: 'test', current: 'test', keys }), others: [] })
}

/** Starts the real server on a free loopback port, over a real database. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const ownDatabase = options.db ? null : await createTestDatabase()
  const db = options.db ?? ownDatabase
  if (!db) throw new TypeError('There is no database to test on.')
  const env = {
    ...readEnv({ OPENTRADE_HOME: tmpdir(), PAPER_URL: 'off' }),
    argon2: CHEAP_ARGON2,
    callsPerMinute: 0,
    ...options.env,
  }
  const { onLog } = options
  const log = createLog({ level: onLog ? 'trace' : 'silent', stream: { write: (line) => onLog?.(line) } })
  await prepareJobQueue({ url: db.roleUrls.owner, log })
  const opened = await openServices({
    env,
    log,
    db,
    rootKeys: options.rootKeys ?? createTestRootKeys(),
    ...(options.now && { now: options.now }),
  })
  const { services } = opened
  const worker = options.worker
    ? await startWorker({ services, jobs: options.worker === true ? allJobs : options.worker })
    : null
  const app = await createHttp({
    services,
    readiness: () => checkReadiness({ services, worker, stopping: false }),
    ...(options.webApp !== undefined && { webApp: options.webApp }),
    ...(options.timeouts && { timeouts: options.timeouts }),
    streamLimits: options.streamLimits,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const setupCode = (await createSetupCode({ services, listensAt: url }))?.text ?? null
  return {
    url,
    services,
    db,
    client: () => createTestClient(url, { setupCode }),
    setupCode,
    connections: () => promisify(app.server.getConnections.bind(app.server))(),
    async close() {
      await app.close()
      await worker?.stop()
      await opened.close()
      await ownDatabase?.drop()
    },
  }
}
