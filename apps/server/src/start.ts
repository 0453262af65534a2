import { randomToken } from '@opentrade/crypto'
import {
  type Database,
  inspectAccess,
  migrate,
  openDatabase,
  type RoleUrls,
  startEmbeddedPostgres,
} from '@opentrade/db'
import type { Logger } from 'pino'
import { allJobs } from './all-jobs.ts'
import { reportIssuerFaults } from './auth/report-issuer-faults.ts'
import { checkPaperRole } from './check-paper-role.ts'
import { checkSessions } from './check-sessions.ts'
import { watchClock } from './clock-watch.ts'
import type { Services } from './context.ts'
import type { Env } from './env.ts'
import { seedCatalogue, setPaperUrl } from './exchange/seed.ts'
import { createHttp } from './http.ts'
import { writeAddress } from './installation/address.ts'
import { createSetupCode } from './installation/setup-code.ts'
import { prepareJobQueue } from './job-queue.ts'
import { listen } from './listen.ts'
import type { LogFile } from './log-file.ts'
import { startOwnPaper } from './own-paper.ts'
import { checkReadiness } from './readiness.ts'
import { checkWrappedKeys, holdsWrappedKeys, openRootKeys } from './root-keys.ts'
import { openServices } from './services.ts'
import { StartError } from './start-error.ts'
import { readDeploymentId } from './vault/deployment-id.ts'
import { startWorker, type Worker } from './worker.ts'

interface Options {
  env: Env
  log: Logger
  /** What the log is written to. */
  logFile: Pick<LogFile, 'writable'>
  /** Hears what a person at the terminal should know. */
  tell: (line: string) => void
}

/** A running installation, or the part of it that this process's ROLE names. */
export interface Running {
  /** Null: this process serves no requests. */
  address: string | null
  /** Finishes requests and jobs, then ends everything that was started, in turn. */
  stop: () => Promise<void>
}

/** What was started, to be ended in the reverse order. */
type Closers = { part: string; close: () => Promise<unknown> }[]

/**
 * Starts everything that ROLE asks for. What fails leaves nothing running.
 * @throws errors of which `sentenceOf` makes a sentence
 */
export async function start(options: Options): Promise<Running> {
  const closers: Closers = []
  try {
    return await startAll({ ...options, closers })
  } catch (error) {
    await closeAll(closers, options.log)
    throw error
  }
}

async function startAll({
  env,
  log,
  logFile,
  tell,
  closers,
}: Options & { closers: Closers }): Promise<Running> {
  const clock = watchClock({ log })
  closers.push({ part: 'clock', close: async () => clock.close() })
  const db = await openMigratedDatabase({ env, log, logFile, tell, closers })
  const { rootKeys, database, urls } = db
  await seedCatalogue(database.pool)
  // It takes as long to start as all the rest, so both start at once; jobs and requests wait for it below.
  const preparing = preparePaper({ env, log, db: database, databaseUrl: urls.paper, closers })
  const [opened] = await Promise.all([openServices({ env, log, logFile, db: database, rootKeys }), preparing])
  closers.push({ part: 'services', close: opened.close })
  const { services } = opened
  const state: { worker: Worker | null; stopping: boolean } = { worker: null, stopping: false }
  closers.push({ part: 'worker', close: async () => state.worker?.stop() })
  const readiness = () => checkReadiness({ services, ...state })
  const app = await createHttp({ services, readiness })
  closers.push({ part: 'http', close: () => app.close() })
  const address = await listen({ app, env })
  // Before the first job runs: it may be one that sends a link.
  if (env.role !== 'worker') {
    await noteAddress({ services, address })
    void reportIssuerFaults({ services, tell })
    await offerSetupCode({ services, tell, closers, listensAt: app.listeningOrigin })
  }
  if (env.role !== 'api') state.worker = await startWorker({ services, jobs: allJobs })
  return {
    address,
    async stop() {
      state.stopping = true
      await closeAll(closers, log)
    },
  }
}

/** For the links of this process, and for processes that serve nobody. */
async function noteAddress(o: { services: Services; address: string }): Promise<void> {
  const { env, db } = o.services
  env.address = o.address
  await writeAddress(db.pool, o)
}

/** For whoever makes the first account from another computer. */
async function offerSetupCode(o: {
  services: Services
  tell: Options['tell']
  closers: Closers
  listensAt: string
}): Promise<void> {
  const code = await createSetupCode(o)
  if (!code) return
  o.closers.push({ part: 'setup code', close: code.withdraw })
  o.tell(
    `The first account becomes the administrator. From another computer, it needs this setup code: ${code.text}`,
  )
}

/** The order is the promise: a wrong root key is found before anything is written. */
async function openMigratedDatabase(o: Options & { closers: Closers }) {
  const { env, log, closers } = o
  const given = databaseUrls(env)
  if (given) await checkSessions({ env, urls: given })
  const urls = given ?? (await startOwnDatabase(o))
  const rootKeys = await migrateAsOwner({ ...o, urls })
  const database = openDatabase({
    url: urls.app,
    schedulerUrl: urls.scheduler,
    poolSize: env.databasePoolSize,
    applicationName: `opentrade ${env.role}`,
    onConnectionError: (error) => log.warn({ err: error }, 'A database connection broke'),
  })
  closers.push({ part: 'database pool', close: () => database.close() })
  await checkAccess({ env, log, database })
  return { database, rootKeys, urls }
}

function databaseUrls({ databaseUrl, databaseRoleUrls: given }: Env): RoleUrls | null {
  if (databaseUrl === null) return null
  return {
    app: databaseUrl,
    owner: given.owner ?? databaseUrl,
    scheduler: given.scheduler ?? databaseUrl,
    paper: given.paper ?? databaseUrl,
  }
}

async function startOwnDatabase(o: Pick<Options, 'env' | 'log'> & { closers: Closers }): Promise<RoleUrls> {
  const log = o.log.child({ part: 'database' })
  const own = await startEmbeddedPostgres({ home: o.env.home, log: (line) => log.info(line) })
  o.closers.push({ part: 'database', close: own.stop })
  return own.roleUrls
}

/** Everything that needs the owner of the tables, who is gone from this process afterwards. */
async function migrateAsOwner(o: Options & { closers: Closers; urls: RoleUrls }) {
  const { env, log, tell, urls, closers } = o
  const url = urls.owner
  const owner = openDatabase({
    ...{ url, seesAcrossUsers: true, poolSize: 2 },
    applicationName: 'opentrade start',
  })
  try {
    const wrapped = await holdsWrappedKeys(owner)
    const rootKeys = await openRootKeys({ env, db: owner })
    closers.push({ part: 'root keys', close: async () => rootKeys.close() })
    const { createdFile } = rootKeys
    if (wrapped) {
      await checkWrappedKeys({ db: owner, rootKeys, deploymentId: await readDeploymentId(owner.pool) })
    }
    if (createdFile) {
      tell(
        `A new root key is in ${createdFile}. Keep a copy in a safe place: whoever loses it loses the stored exchange keys.`,
      )
    }
    const { applied } = await migrate({ url })
    if (applied.length > 0) log.info({ applied }, 'The database was migrated')
    await prepareJobQueue({ url, log })
    return rootKeys
  } finally {
    await owner.close()
  }
}

async function checkAccess(o: { env: Env; log: Logger; database: Database }): Promise<void> {
  const { warnings, schedulerSees } = await inspectAccess(o.database)
  for (const warning of warnings) o.log.warn(warning)
  if (schedulerSees || o.env.role === 'api') return
  throw new StartError(
    'The role in DATABASE_URL sees nothing across users, so no job would ever be due. Name the role opentrade_scheduler in DATABASE_SCHEDULER_URL, or run this process with ROLE=api.',
  )
}

async function preparePaper(o: {
  env: Env
  log: Logger
  db: Database
  databaseUrl: string
  closers: Closers
}): Promise<void> {
  const { env, db } = o
  if (env.paper === 'off') {
    // Another process may run it for all of us: only one that was told so, or does everything, switches it off.
    if (env.role === 'all') await setPaperUrl(db.pool, { url: null })
    return
  }
  if (env.paper === 'external') {
    return setPaperUrl(db.pool, { url: env.paperUrl })
  }
  await checkPaperRole(o.databaseUrl)
  const adminToken = env.paperAdminToken ?? randomToken()
  env.paperAdminToken = adminToken
  const own = startOwnPaper({
    databaseUrl: o.databaseUrl,
    adminToken,
    settings: env.paperSettings,
    log: o.log.child({ part: 'paper' }),
    async onReady(url) {
      env.paperUrl = url
      await setPaperUrl(db.pool, { url })
    },
  })
  o.closers.push({ part: 'paper exchange', close: own.stop })
  await own.ready
}

/** Ends what was started last first. One that fails does not keep the others. */
async function closeAll(closers: Closers, log: Logger): Promise<void> {
  for (const { part, close } of closers.splice(0).reverse()) {
    const startedAt = performance.now()
    try {
      await close()
      log.info({ part, ms: Math.round(performance.now() - startedAt) }, 'Ended')
    } catch (error) {
      log.error({ err: error, part }, 'A part could not be ended cleanly')
    }
  }
}
