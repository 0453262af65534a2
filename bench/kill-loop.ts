import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { sign } from '../apps/paper/src/signature.ts'
import { createTestClient, type TestClient } from '../apps/server/src/testing/test-client.ts'
import { paperPids, paperUrlOf } from '../e2e/own-paper.ts'
import { poll } from '../e2e/poll.ts'
import { createHome, type Product, postgresPid, startProduct } from '../e2e/product.ts'
import { openDatabase, verifyAuditChain } from '../packages/db/src/index.ts'
import { type Figure, median } from './measure.ts'

const KILLS = Number(process.env.BENCH_KILLS ?? 200)
/** Keys at most: each is synced again and again for as long as the bench runs. */
const MAX_KEYS = 150
const READY_LIMIT_SECONDS = 5
/** Load between the last recovery and the next kill, at most. */
const LONGEST_CALM_MS = 2_000
/** For what has to end by itself when the kills are over: leases lapse, the queue is worked off. */
const SETTLES_WITHIN_MS = 240_000

type Kill = 'server' | 'server and database' | 'database' | 'one backend' | 'connections'
const KILL_KINDS: Kill[] = ['server', 'connections', 'database', 'one backend', 'server and database']

interface Account {
  apiKey: string
  secret: string
}

/** What happened, counted as it happened. */
interface Tally {
  kills: Record<Kill, number>
  /** Ends of the server that nobody had asked for. */
  endedByItself: number
  /** Ids of keys whose addition was acknowledged. */
  keys: Set<string>
  statuses: Map<string, number>
  orders: number
  rotations: number
  /** Seconds from a kill of the server to the line that says it is ready, its start included. */
  restarts: number[]
  /** Seconds from a kill of the database until the server is ready again. */
  recoveries: number[]
}

interface Stage {
  home: string
  url: string
  paperUrl: string
  adminToken: string
  env: Record<string, string>
  product: Product
  /** The process that is being killed on purpose. */
  expectedEnd: Product | null
  tally: Tally
  running: boolean
}

/** Kills of the server and of its database under load, and what is left of everything afterwards. */
export async function benchKillLoop(): Promise<Figure[]> {
  const { home, remove } = createHome()
  const stage = await openStage(home)
  try {
    const admin = createTestClient(stage.url)
    const { email } = await admin.signUp()
    const accounts: Account[] = []
    const load = [
      keepAdding({ stage, client: admin, email, accounts }),
      keepSyncing({ stage, client: admin }),
      keepOrdering({ stage, accounts }),
      keepRotating({ stage, client: admin }),
    ]
    await killInTurn(stage)
    stage.running = false
    await Promise.all(load)
    return await judge(stage)
  } finally {
    stage.running = false
    await stage.product.stop()
    remove()
  }
}

async function openStage(home: string): Promise<Stage> {
  const adminToken = randomBytes(24).toString('hex')
  const settings = { PAPER_ADMIN_TOKEN: adminToken, SYNC_INTERVAL_SECONDS: '20', CALLS_PER_MINUTE: '0' }
  const product = await startProduct({ home, env: settings })
  const paperUrl = await paperUrlOf(product)
  // Whoever calls goes on calling the same addresses after each kill.
  const env = { ...settings, PORT: new URL(product.url).port, PAPER_PORT: new URL(paperUrl).port }
  const stage: Stage = {
    ...{ home, env, product, adminToken, url: product.url, paperUrl },
    ...{ expectedEnd: null, running: true },
    tally: {
      kills: { server: 0, 'server and database': 0, database: 0, 'one backend': 0, connections: 0 },
      ...{ endedByItself: 0, orders: 0, rotations: 0, restarts: [], recoveries: [] },
      keys: new Set(),
      statuses: new Map(),
    },
  }
  watchEnd(stage, product)
  return stage
}

function watchEnd(stage: Stage, product: Product): void {
  product.process.once('exit', () => {
    if (stage.running && stage.expectedEnd !== product) stage.tally.endedByItself += 1
  })
}

/** Counts how a call was answered. A connection that was cut is no answer. */
async function counted<Output>(
  stage: Stage,
  call: () => ReturnType<TestClient['query']>,
): Promise<{ status: number; data: Output | undefined; reason: string | undefined } | null> {
  const answer = await call().catch(() => null)
  if (!answer) return null
  const { statuses } = stage.tally
  // What no procedure has answered has no data.
  const reason = answer.error && (answer.error.data?.reason ?? JSON.stringify(answer.error))
  const name = reason === undefined ? String(answer.status) : `${answer.status} ${reason}`
  statuses.set(name, (statuses.get(name) ?? 0) + 1)
  // Whoever asks knows what the procedure gives back.
  return { status: answer.status, data: answer.data as Output | undefined, reason }
}

/** Signs in again whenever the last sign-in is too old for what matters most. */
async function keepAdding(o: {
  stage: Stage
  client: TestClient
  email: string
  accounts: Account[]
}): Promise<void> {
  const { stage, client, email, accounts } = o
  while (stage.running) {
    await pause(150)
    if (stage.tally.keys.size >= MAX_KEYS) continue
    const account = await openAccount(stage)
    if (!account) continue
    const name = randomUUID()
    const input = { exchangeId: 'paper', credentials: account, nickname: name, walletLabel: name }
    const answer = await counted<{ apiKey: { apiKeyId: string } }>(stage, () =>
      client.mutate('apiKeys.add', input),
    )
    if (answer?.data) {
      stage.tally.keys.add(answer.data.apiKey.apiKeyId)
      accounts.push(account)
    }
    if (answer?.status === 401 || answer?.reason === 'STEP_UP_REQUIRED') {
      await counted(stage, () =>
        client.mutate('auth.login', { email, password: 'maple orbit lantern 42', keepSignedIn: true }),
      )
    }
  }
}

async function openAccount(stage: Stage): Promise<Account | null> {
  try {
    const response = await fetch(new URL('/paper/accounts', stage.paperUrl), {
      method: 'POST',
      headers: { authorization: `Bearer ${stage.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reference: randomUUID() }),
    })
    countPaper(stage, response.status)
    if (!response.ok) return null
    const { apiKey, secret } = (await response.json()) as Account
    return { apiKey, secret }
  } catch {
    return null
  }
}

function countPaper(stage: Stage, status: number): void {
  const { statuses } = stage.tally
  const name = `${status} of the paper exchange`
  statuses.set(name, (statuses.get(name) ?? 0) + 1)
}

async function keepSyncing({ stage, client }: { stage: Stage; client: TestClient }): Promise<void> {
  while (stage.running) {
    await pause(100)
    const listed = await counted<{ walletId: string }[]>(stage, () => client.query('wallets.list'))
    const wallets = listed?.data ?? []
    const wallet = wallets[Math.floor(Math.random() * wallets.length)]
    if (wallet) await counted(stage, () => client.mutate('wallets.sync', { walletId: wallet.walletId }))
  }
}

async function keepOrdering({ stage, accounts }: { stage: Stage; accounts: Account[] }): Promise<void> {
  while (stage.running) {
    await pause(100)
    const account = accounts[Math.floor(Math.random() * accounts.length)]
    if (!account) continue
    const query = new URLSearchParams({
      ...{ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quoteOrderQty: '20' },
      timestamp: String(Date.now()),
    }).toString()
    const path = `/api/v3/order?${query}&signature=${sign(query, account.secret)}`
    const response = await fetch(new URL(path, stage.paperUrl), {
      method: 'POST',
      headers: { 'X-MBX-APIKEY': account.apiKey },
    }).catch(() => null)
    if (!response) continue
    countPaper(stage, response.status)
    if (response.ok) stage.tally.orders += 1
    await response.arrayBuffer().catch(() => undefined)
  }
}

async function keepRotating({ stage, client }: { stage: Stage; client: TestClient }): Promise<void> {
  let turn = 0
  while (stage.running) {
    await pause(3_000)
    turn += 1
    const procedure = turn % 2 === 0 ? 'admin.keys.rotateData' : 'admin.keys.rotateRoot'
    const answer = await counted(stage, () => client.mutate(procedure, {}))
    if (answer?.status === 200) stage.tally.rotations += 1
  }
}

async function killInTurn(stage: Stage): Promise<void> {
  for (let kill = 0; kill < KILLS; kill += 1) {
    await pause(Math.random() * LONGEST_CALM_MS)
    const kind = KILL_KINDS[kill % KILL_KINDS.length] ?? 'server'
    if (hasEnded(stage.product)) await restart(stage)
    const seconds = await killOnce(stage, kind)
    stage.tally.kills[kind] += 1
    console.log(`kill ${kill + 1} (${kind}): ready again after ${seconds.toFixed(1)} s`)
  }
}

/** @returns seconds until the server was ready again */
async function killOnce(stage: Stage, kind: Kill): Promise<number> {
  const startedAt = performance.now()
  const passed = () => (performance.now() - startedAt) / 1_000
  if (kind === 'server' || kind === 'server and database') {
    stage.expectedEnd = stage.product
    const postmaster = kind === 'server' ? null : postgresPid(stage.home)
    const others = kind === 'server' ? [] : paperPids(stage.product)
    const killed = stage.product.kill()
    for (const pid of [postmaster, ...others]) if (pid !== null) killProcess(pid)
    await killed
    await restart(stage)
    stage.tally.restarts.push(passed())
    return passed()
  }
  if (kind === 'database') await killDatabase(stage)
  else await breakConnections(stage, kind)
  await poll({ what: 'readiness', withinMs: 120_000, look: () => isReady(stage) })
  stage.tally.recoveries.push(passed())
  return passed()
}

async function restart(stage: Stage): Promise<void> {
  stage.product = await startProduct({ home: stage.home, env: stage.env })
  watchEnd(stage, stage.product)
}

function hasEnded({ process: child }: Product): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function isReady(stage: Stage): Promise<true | null> {
  if (hasEnded(stage.product)) await restart(stage)
  const response = await fetch(new URL('/readyz', stage.url), { signal: AbortSignal.timeout(5_000) })
  return response.ok || null
}

function killProcess(pid: number | null): void {
  try {
    if (pid !== null) process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** Returns when another server of the database has been started. */
async function killDatabase(stage: Stage): Promise<void> {
  const killed = postgresPid(stage.home)
  killProcess(killed)
  await poll({
    what: 'a new PostgreSQL',
    withinMs: 120_000,
    look: () => {
      const pid = postgresPid(stage.home)
      return (pid !== null && pid > 0 && pid !== killed) || hasEnded(stage.product) || null
    },
  })
}

/** SIGKILL of one backend, which makes PostgreSQL end all others and recover; or an end of half of them. */
async function breakConnections(stage: Stage, kind: 'one backend' | 'connections'): Promise<void> {
  await withSql(stage, async (sql) => {
    const others = `FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`
    if (kind === 'connections')
      return void (await sql.query(`SELECT pg_terminate_backend(pid) ${others} AND random() < 0.5`))
    const { rows } = await sql.query<{ pid: number }>(`SELECT pid ${others} ORDER BY random() LIMIT 1`)
    killProcess(rows[0]?.pid ?? null)
  })
}

async function withSql<Result>(stage: Stage, run: (sql: pg.Client) => Promise<Result>): Promise<Result> {
  const sql = new pg.Client({ connectionString: stage.product.databaseUrl() })
  sql.on('error', () => undefined)
  try {
    await sql.connect()
    return await run(sql)
  } finally {
    await sql.end().catch(() => undefined)
  }
}

async function judge(stage: Stage): Promise<Figure[]> {
  const { tally } = stage
  const notSynced = await waitForWallets(stage)
  const { lost, chains, broken, dead } = await readAfterwards(stage)
  const faults = [...tally.statuses].reduce(
    (sum, [name, count]) => sum + (/^500\b/.test(name) ? count : 0),
    0,
  )
  console.log(
    JSON.stringify({
      ...{ kills: tally.kills, keys: tally.keys.size, orders: tally.orders, rotations: tally.rotations },
      statuses: Object.fromEntries([...tally.statuses].sort()),
    }),
  )
  const none = (name: string, ours: number): Figure => ({
    ...{ name, unit: 'counted', ours, floor: 0, ratio: ours, target: 0, atMost: true },
  })
  const within = (name: string, seconds: number[], share: number): Figure => {
    const ours = quantile(seconds, share)
    const floor = READY_LIMIT_SECONDS
    return { name, unit: 's', ours, floor, ratio: ours / floor, target: 1, atMost: true }
  }
  return [
    none(`the server ended by itself, in ${KILLS} kills`, tally.endedByItself),
    none(`acknowledged keys lost, of ${tally.keys.size}`, lost),
    none(`audit chains broken, of ${chains}`, broken),
    none('wallets not synced at the end', notSynced),
    none('answers 500', faults),
    none('dead jobs kept', dead),
    within('a start after a kill of the server, to ready, median', tally.restarts, 0.5),
    within('a start after a kill of the server, to ready, 95th percentile', tally.restarts, 0.95),
    within('a kill of the database, to ready, 95th percentile', tally.recoveries, 0.95),
  ]
}

function quantile(values: number[], share: number): number {
  if (share === 0.5) return median(values)
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** Waits until every wallet was read since the last kill, and returns how many were not. */
async function waitForWallets(stage: Stage): Promise<number> {
  await poll({ what: 'readiness', withinMs: 120_000, look: () => isReady(stage) })
  const since = new Date()
  let missing = Number.POSITIVE_INFINITY
  await poll({
    what: 'a sync of every wallet',
    withinMs: SETTLES_WITHIN_MS,
    async look() {
      missing = await withSql(stage, async (sql) => {
        const { rows } = await sql.query<{ missing: number }>(
          `SELECT count(*)::int AS missing FROM wallets
           WHERE last_updated IS NULL OR last_updated < $1 OR sync_error IS NOT NULL`,
          [since],
        )
        return rows[0]?.missing ?? 0
      })
      return missing === 0 || null
    },
  }).catch(() => undefined)
  return missing
}

async function readAfterwards(stage: Stage) {
  const database = openDatabase({ url: stage.product.databaseUrl(), poolSize: 2 })
  try {
    const keys = await database.pool.query<{ id: string }>('SELECT api_key_id AS id FROM user_api_keys')
    const stored = new Set(keys.rows.map((row) => row.id))
    const lost = [...stage.tally.keys].filter((id) => !stored.has(id)).length
    const users = await database.pool.query<{ userId: string }>('SELECT user_id AS "userId" FROM users')
    let broken = 0
    for (const { userId } of users.rows) {
      const audit = await verifyAuditChain(database.pool, { userId })
      if (audit.broken !== null || audit.verified === 0) broken += 1
    }
    const dead = await database.pool.query<{ dead: number }>(
      `SELECT count(*)::int AS dead FROM graphile_worker.jobs
       WHERE attempts >= max_attempts AND locked_at IS NULL AND updated_at < now() - interval '1 minute'`,
    )
    return { lost, chains: users.rows.length, broken, dead: dead.rows[0]?.dead ?? 0 }
  } finally {
    await database.close()
  }
}
