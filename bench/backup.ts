import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  combineRootKeys,
  type DataKeyRecord,
  openDataKey,
  openRootKeyFile,
  type RootKeyProvider,
} from '@opentrade/crypto'
import { type Database, openDatabase, startEmbeddedPostgres, uuidv7, verifyAuditChain } from '@opentrade/db'
import { backUpDatabase, backUpHome, restoreDatabase, restoreHome } from '@opentrade/db/backup'
import { createTestClient, type TestClient } from '../apps/server/src/testing/test-client.ts'
import { paperUrlOf } from '../e2e/own-paper.ts'
import { type Product, startProduct } from '../e2e/product.ts'
import { insertWallets, startBenchDatabase } from './database.ts'
import type { Figure } from './measure.ts'

const BACKUPS = Number(process.env.BENCH_BACKUPS ?? 10)
const EVERY_MS = Number(process.env.BENCH_BACKUP_EVERY_SECONDS ?? 10) * 1_000
const ROWS = Number(process.env.BENCH_ROWS ?? 500_000)
const WRITERS = 2
/** A writer deletes its oldest key above this. */
const KEYS_EACH = 15
/** A change of keys wants a sign-in that is younger than five minutes. */
const SIGN_IN_EVERY_MS = 240_000
const PAPER_TOKEN = 'admin-token-of-a-bench'

/** Backups of a running product, each restored and verified; and what a backup costs beside plain COPY. */
export async function benchBackup(): Promise<Figure[]> {
  return [await backUpUnderLoad(), ...(await measureSpeed())]
}

/** A key whose addition was acknowledged, with the times (of `performance.now`) that say where it must be. */
interface KnownKey {
  apiKeyId: string
  apiKey: string
  addedAt: number
  deletingAt: number
  deletedAt: number
}

interface Taken {
  path: string
  from: number
  to: number
}

async function backUpUnderLoad(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'opentrade-bench-'))
  const product = await startProduct({ env: { PAPER_ADMIN_TOKEN: PAPER_TOKEN, CALLS_PER_MINUTE: '0' } })
  try {
    const load = await startLoad({ product, paperUrl: await paperUrlOf(product) })
    const taken = await takeBackups({ home: product.home, folder })
    const { keys, syncs } = await load.stop()
    copyFileSync(join(product.home, 'root-key.json'), join(folder, 'root-key.json'))
    let whole = 0
    for (const backup of taken) {
      const faults = await restoreAndLook({ backup, keys, folder })
      if (faults.length === 0) whole += 1
      else console.log(`${backup.path}: ${faults.join('; ')}`)
    }
    console.log(`${keys.length} keys were added and ${syncs} syncs asked for meanwhile`)
    return {
      name: `backups of a running product (${keys.length} keys added meanwhile), restored and verified`,
      ...{ unit: 'archives', ours: whole, floor: taken.length, ratio: whole / taken.length },
      ...{ atMost: false, target: 1 },
    }
  } finally {
    await product.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function takeBackups(o: { home: string; folder: string }): Promise<Taken[]> {
  const taken: Taken[] = []
  for (let index = 0; index < BACKUPS; index += 1) {
    await pause(EVERY_MS)
    const path = join(o.folder, `${index}.tar.gz`)
    const from = performance.now()
    await backUpHome({ home: o.home, path })
    taken.push({ path, from, to: performance.now() })
  }
  return taken
}

/** People who add keys, sync their wallets and delete old keys, one after the other, until they are stopped. */
async function startLoad(o: { product: Product; paperUrl: string }) {
  const keys: KnownKey[] = []
  let syncs = 0
  let stopped = false

  async function write(client: TestClient, email: string): Promise<void> {
    const own: KnownKey[] = []
    let signedInAt = performance.now()
    while (!stopped) {
      if (performance.now() - signedInAt > SIGN_IN_EVERY_MS) {
        await client.signIn({ email })
        signedInAt = performance.now()
      }
      const added = await addKey({ client, paperUrl: o.paperUrl })
      own.push(added.key)
      keys.push(added.key)
      await client.mutate('wallets.sync', { walletId: added.walletId })
      syncs += 1
      const oldest = own.length > KEYS_EACH ? own.shift() : undefined
      if (oldest) await deleteKey(client, oldest)
    }
  }

  const writers: Promise<void>[] = []
  for (let index = 0; index < WRITERS; index += 1) {
    const client = createTestClient(o.product.url)
    const email = `writer-${index}@bench.example`
    await client.signUp({ email })
    writers.push(write(client, email))
  }
  // A writer that fails ends the bench when it is stopped, not before.
  for (const writer of writers) writer.catch(() => undefined)
  return {
    async stop() {
      stopped = true
      await Promise.all(writers)
      return { keys, syncs }
    },
  }
}

async function addKey(o: {
  client: TestClient
  paperUrl: string
}): Promise<{ key: KnownKey; walletId: string }> {
  const answer = await fetch(new URL('/paper/accounts', o.paperUrl), {
    method: 'POST',
    headers: { authorization: `Bearer ${PAPER_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reference: uuidv7() }),
  })
  if (!answer.ok) throw new Error(`The paper exchange answered ${answer.status}: ${await answer.text()}`)
  // Of our own exchange.
  const { apiKey, secret } = (await answer.json()) as { apiKey: string; secret: string }
  const added = await o.client.mutateData<{ apiKey: { apiKeyId: string }; walletId: string }>('apiKeys.add', {
    ...{ exchangeId: 'paper', nickname: uuidv7(), walletLabel: uuidv7() },
    credentials: { apiKey, secret },
  })
  const never = Number.POSITIVE_INFINITY
  const addedAt = performance.now()
  const { apiKeyId } = added.apiKey
  return { walletId: added.walletId, key: { apiKeyId, apiKey, addedAt, deletingAt: never, deletedAt: never } }
}

async function deleteKey(client: TestClient, key: KnownKey): Promise<void> {
  key.deletingAt = performance.now()
  await client.mutateData('apiKeys.delete', { apiKeyId: key.apiKeyId })
  key.deletedAt = performance.now()
}

/** Restores one backup into a home of its own and says what is wrong there. */
async function restoreAndLook(o: { backup: Taken; keys: KnownKey[]; folder: string }): Promise<string[]> {
  const { backup } = o
  const home = `${backup.path}.home`
  await restoreHome({ home, path: backup.path, replace: false, durable: false })
  const server = await startEmbeddedPostgres({ home, durable: false })
  const database = openDatabase({ url: server.url, poolSize: 2 })
  const rootKeys = combineRootKeys({
    current: await openRootKeyFile({ path: join(o.folder, 'root-key.json'), create: false }),
    others: [],
  })
  try {
    const opened = await openKeys({ database, rootKeys })
    const missing = o.keys.filter(
      (key) =>
        key.addedAt < backup.from && key.deletingAt > backup.to && opened.get(key.apiKeyId) !== key.apiKey,
    )
    const undead = o.keys.filter((key) => key.deletedAt < backup.from && opened.has(key.apiKeyId))
    return [
      ...missing.map(({ apiKeyId }) => `${apiKeyId} is missing or does not open`),
      ...undead.map(({ apiKeyId }) => `${apiKeyId} was deleted before`),
      ...(await findBroken(database)),
    ]
  } finally {
    rootKeys.close()
    await database.close()
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

interface StoredKey {
  place: { userId: string; rowId: string; exchangeId: string; secretVersion: number }
  dataKeyId: string
  sealed: Buffer
}

/** Opens every stored key and returns its public half by its id. */
async function openKeys(o: { database: Database; rootKeys: RootKeyProvider }): Promise<Map<string, string>> {
  const { pool } = o.database
  const { rows: deployments } = await pool.query<{ id: string }>('SELECT deployment_id AS id FROM deployment')
  const deploymentId = deployments[0]?.id ?? ''
  const { rows } = await pool.query<DataKeyRecord & StoredKey>(
    `SELECT json_build_object('userId', k.user_id, 'rowId', k.api_key_id, 'exchangeId', k.exchange_id,
       'secretVersion', k.secret_version) AS place, k.data_key_id AS "dataKeyId", d.provider,
       d.root_key_id AS "rootKeyId", d.wrapped_key AS "wrappedKey", d.commitment, k.api_key_encrypted AS sealed
     FROM user_api_keys k JOIN data_keys d USING (user_id, data_key_id)`,
  )
  const opened = new Map<string, string>()
  for (const { place, dataKeyId, sealed, ...record } of rows) {
    const { userId } = place
    const key = await openDataKey({ provider: o.rootKeys, deploymentId, userId, dataKeyId, record })
    const plain = key.open(sealed, {
      ...place,
      deploymentId,
      table: 'user_api_keys',
      field: 'api_key_encrypted',
    })
    opened.set(place.rowId, Buffer.from(plain).toString())
  }
  return opened
}

/** Audit chains that are broken, and wallets whose total is not the sum of their balances. */
async function findBroken({ pool }: Database): Promise<string[]> {
  const broken: string[] = []
  const { rows: users } = await pool.query<{ userId: string }>('SELECT user_id AS "userId" FROM users')
  for (const { userId } of users) {
    if ((await verifyAuditChain(pool, { userId })).broken) broken.push(`the log of ${userId} is broken`)
  }
  const { rows: wallets } = await pool.query<{ id: string }>(
    `SELECT wallet_id AS id FROM wallets w WHERE last_updated IS NOT NULL AND total_usd_value <>
       (SELECT coalesce(sum(usd_value), 0) FROM balances b WHERE b.user_id = w.user_id AND b.wallet_id = w.wallet_id)`,
  )
  return [...broken, ...wallets.map(({ id }) => `the total of ${id} is not the sum of its balances`)]
}

/** Rows per second of a backup and a restore, against PostgreSQL's own COPY to and from a file. */
async function measureSpeed(): Promise<Figure[]> {
  const bench = await startBenchDatabase()
  const path = join(bench.home, 'bench.tar.gz')
  const plain = join(bench.home, 'postgres', 'bench.copy')
  try {
    const { pool } = bench.database
    const userId = uuidv7()
    await pool.query('INSERT INTO users (user_id, email) VALUES ($1, $2)', [userId, 'bench@bench.example'])
    await pool.query(
      `INSERT INTO exchanges (exchange_id, exchange_name, ccxt_id, required_credentials)
       VALUES ('paper', 'Paper', 'binance', '[]') ON CONFLICT DO NOTHING`,
    )
    await insertWallets(bench.database, { userId, wallets: 10, balances: ROWS })
    const copyOut = await seconds(() => pool.query(`COPY balances TO '${plain}'`))
    const backup = await seconds(() => backUpDatabase({ url: bench.url, path }))
    const { size } = backup.result
    console.log(
      `${ROWS} rows: ${(size / 1e6).toFixed(1)} MB, ${((backup.seconds / size) * 1e8).toFixed(1)} s per 100 MB`,
    )

    await pool.query('CREATE DATABASE restored OWNER opentrade_owner')
    const ownerUrl = new URL(bench.env.DATABASE_OWNER_URL ?? '')
    ownerUrl.pathname = '/restored'
    const restore = await seconds(() => restoreDatabase({ ownerUrl: ownerUrl.href, path }))
    await pool.query('DELETE FROM balances')
    const copyIn = await seconds(() => pool.query(`COPY balances FROM '${plain}'`))
    return [
      rate({ name: 'a backup', ours: backup.seconds, floor: copyOut.seconds, target: 0.1 }),
      rate({
        name: 'a restore, with its checks and migrations',
        ours: restore.seconds,
        floor: copyIn.seconds,
        target: 0.3,
      }),
    ]
  } finally {
    await bench.stop()
  }
}

function rate(o: { name: string; ours: number; floor: number; target: number }): Figure {
  return {
    name: `${o.name} against plain COPY`,
    ...{ unit: 'rows/s', ours: ROWS / o.ours, floor: ROWS / o.floor, ratio: o.floor / o.ours },
    ...{ atMost: false, target: o.target },
  }
}

async function seconds<T>(run: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const startedAt = performance.now()
  const result = await run()
  return { seconds: (performance.now() - startedAt) / 1_000, result }
}
