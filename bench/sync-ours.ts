// Our side of the sync bench: the worker over its queue, from the first job to the last wallet that is up to date.
import { join } from 'node:path'
import { combineRootKeys, openRootKeyFile } from '@opentrade/crypto'
import { openDatabase, uuidv7 } from '@opentrade/db'
import pg from 'pg'
import type { UserContext } from '../apps/server/src/context.ts'
import { readEnv } from '../apps/server/src/env.ts'
import { seedCatalogue, setPaperUrl } from '../apps/server/src/exchange/seed.ts'
import { prepareJobQueue } from '../apps/server/src/job-queue.ts'
import { createLog } from '../apps/server/src/log.ts'
import { openPaper } from '../apps/server/src/paper/open.ts'
import { openServices } from '../apps/server/src/services.ts'
import { requestSync } from '../apps/server/src/wallet/request-sync.ts'
import { syncWalletJob } from '../apps/server/src/wallet/sync-wallet.job.ts'
import { startWorker } from '../apps/server/src/worker.ts'
import type { SyncRound } from './sync.ts'

const env = readEnv()
const db = openDatabase({
  url: env.databaseUrl ?? '',
  schedulerUrl: env.databaseRoleUrls.scheduler ?? '',
  poolSize: env.databasePoolSize,
})
const superuser = new pg.Client({ connectionString: process.env.BENCH_SUPERUSER_URL })
await superuser.connect()
const log = createLog({ level: 'silent', stream: { write: () => undefined } })
const rootKeys = combineRootKeys({
  current: await openRootKeyFile({ path: join(env.home, 'root-key.json'), create: true }),
  others: [],
})
await prepareJobQueue({ url: env.databaseRoleUrls.owner ?? '', log })
const { services } = await openServices({ env, log, db, rootKeys })
await seedCatalogue(db.pool)
await setPaperUrl(db.pool, { url: env.paperUrl })

const wallets: { ctx: UserContext; walletId: string }[] = []

process.on('message', ({ users }: { users: number }) => {
  runRound(users).then((round) => process.send?.(round))
})

async function runRound(users: number): Promise<SyncRound> {
  while (wallets.length < users) wallets.push(await connect())
  // Who has just connected is queued already; the others join in.
  for (const { ctx, walletId } of wallets) await requestSync({ ctx, input: { walletId } })
  const since = new Date()
  const startedAt = process.hrtime.bigint()
  const worker = await startWorker({ services, jobs: [syncWalletJob] })
  await allSynced(since)
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9
  await worker.stop()
  globalThis.gc?.()
  return { seconds, heapBytes: process.memoryUsage().heapUsed }
}

async function connect(): Promise<{ ctx: UserContext; walletId: string }> {
  const userId = uuidv7()
  await db.withUserSql(userId, (client) =>
    client.query('INSERT INTO users (user_id, email) VALUES ($1, $2)', [userId, `${userId}@bench.example`]),
  )
  const ctx: UserContext = {
    services,
    actor: { userId, role: 'user', name: 'bench', sessionId: null, ip: null },
  }
  const { walletId } = await openPaper({ ctx })
  return { ctx, walletId }
}

/** Counts what is done, behind the policies: to the server's role, without a user, there are no wallets at all. */
async function allSynced(since: Date): Promise<void> {
  for (;;) {
    const { rows } = await superuser.query<{ done: number }>(
      'SELECT count(*)::int AS done FROM wallets WHERE last_updated >= $1',
      [since],
    )
    if (rows[0]?.done === wallets.length) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
