import { openDatabase, verifyAuditChain } from '@opentrade/db'
import pg from 'pg'
import { describe, type ExpectStatic, test } from 'vitest'
import { type PaperProcess, startPaperProcess } from '../apps/server/src/testing/paper-process.ts'
import { createTestClient } from '../apps/server/src/testing/test-client.ts'
import { freezePaper, paperPids } from './own-paper.ts'
import { isUpToDate, openPaperWallet, type PaperWallet, type Wallet, walletThat } from './paper-wallet.ts'
import { poll } from './poll.ts'
import { createHome, type Product, postgresPid, startProduct } from './product.ts'

/** A run that was cut keeps its wallet for 20 s, and what is due is looked for every 5 s. */
const RECOVERS_WITHIN_MS = 90_000
const TEST_WITHIN_MS = 300_000
/** What the account holds from the moment on in which the sync is cut. */
const NEW_BTC = '0.4321'

// They mostly wait for leases to lapse, so they do that together.
describe.concurrent(
  'a kill -9 in the middle of a sync',
  () => {
    test('of the server: after a start the wallet recovers by itself', async ({ expect, onTestFinished }) => {
      const paper = await startPaperProcess()
      onTestFinished(paper.close)
      const { home, remove } = createHome()
      onTestFinished(remove)
      const first = await startProduct({ home, env: externalPaper(paper) })
      onTestFinished(first.stop)
      const before = await openPaperWallet(first.url)
      await changeHoldings(paper.db.roleUrls.paper)
      await holdSync({ paper, ...before })

      await first.kill()

      const second = await startProduct({ home, env: externalPaper(paper) })
      onTestFinished(second.stop)
      await expectRecovered({ expect, product: second, before })
    })

    test('of the server and its database: after a start the wallet recovers by itself', async ({
      expect,
      onTestFinished,
    }) => {
      const paper = await startPaperProcess()
      onTestFinished(paper.close)
      const { home, remove } = createHome()
      onTestFinished(remove)
      const first = await startProduct({ home, env: externalPaper(paper) })
      onTestFinished(first.stop)
      const before = await openPaperWallet(first.url)
      await changeHoldings(paper.db.roleUrls.paper)
      await holdSync({ paper, ...before })

      killPostgres(first)
      await first.kill()

      const second = await startProduct({ home, env: externalPaper(paper) })
      onTestFinished(second.stop)
      await expectRecovered({ expect, product: second, before })
    })

    test('of the database: it comes back and the wallet recovers by itself', async ({
      expect,
      onTestFinished,
    }) => {
      const product = await startProduct()
      onTestFinished(product.stop)
      const before = await openPaperWallet(product.url)
      await changeHoldings(product.databaseUrl())
      const paper = freezePaper(product)
      onTestFinished(paper.goOn)
      await startSync(before)

      const killed = killPostgres(product)
      await poll({
        what: 'a new PostgreSQL',
        withinMs: 20_000,
        look: () => (postgresPid(product.home) === killed ? null : readSnapshots(product, before)),
      })
      paper.goOn()

      await expectRecovered({ expect, product, before })
      await poll({
        what: 'readiness',
        withinMs: 60_000,
        async look() {
          const answer = await fetch(new URL('/readyz', product.url))
          if (!answer.ok) throw new Error(await answer.text())
          return true
        },
      })
    })

    test('of the paper exchange: it is started again, and the wallet says so and recovers', async ({
      expect,
      onTestFinished,
    }) => {
      const product = await startProduct()
      onTestFinished(product.stop)
      const before = await openPaperWallet(product.url)
      await changeHoldings(product.databaseUrl())
      const paper = freezePaper(product)
      await startSync(before)

      for (const pid of paper.pids) process.kill(pid, 'SIGKILL')

      const failed = await walletThat({
        ...before,
        what: 'an error',
        holds: (wallet) => wallet.syncStatus === 'failed',
      })
      expect(failed.syncError).toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/\w+.*\./),
      })
      expect(failed.balances).toEqual(before.synced.balances)
      expect(failed.totalUsdValue).toBe(before.synced.totalUsdValue)
      await poll({
        what: 'a new paper exchange',
        withinMs: 20_000,
        look: () => paperPids(product).find((pid) => !paper.pids.includes(pid)) ?? null,
      })
      // It would be tried again by itself soon; a person need not wait for that.
      expect(Date.parse(failed.nextSyncAt ?? '')).toBeLessThan(Date.now() + 40_000)
      await syncUntilDone(before)
      await expectRecovered({ expect, product, before })
    })
  },
  TEST_WITHIN_MS,
)

function externalPaper(paper: PaperProcess): Record<string, string> {
  return { PAPER_URL: paper.env.paperUrl, PAPER_ADMIN_TOKEN: paper.env.paperAdminToken }
}

/** Changes what the one paper account holds, as a trade on the exchange would. */
async function changeHoldings(databaseUrl: string): Promise<void> {
  await withSql(databaseUrl, (sql) =>
    sql.query(`UPDATE paper.balances SET free = $1 WHERE asset = 'BTC' AND account_type = 'spot'`, [NEW_BTC]),
  )
}

/** Asks for a sync and returns when the exchange has taken a request of it that it will not answer for long. */
async function holdSync(o: PaperWallet & { paper: PaperProcess }): Promise<void> {
  const fault = { kind: 'latency', ms: 30_000, pathPrefix: '/api/v3/account', count: 1 }
  await o.paper.admin('/paper/faults', { method: 'PUT', body: { faults: [fault] } })
  await startSync(o)
  await poll({
    what: 'a held request',
    withinMs: 10_000,
    async look() {
      // One that has befallen as many requests as it should stands no longer.
      const answer = await o.paper.admin('/paper/faults', { method: 'GET' })
      return JSON.stringify(answer) === '{"faults":[]}' || null
    },
  })
}

async function startSync({ client, walletId }: PaperWallet): Promise<void> {
  await client.mutateData('wallets.sync', { walletId })
  await walletThat({
    ...{ client, walletId, what: 'a sync that waits for the exchange' },
    holds: (wallet) => wallet.syncStep === 'reading balances',
  })
}

/** Presses the button until the exchange, which may just be starting, answers. */
async function syncUntilDone({ client, walletId, synced }: PaperWallet): Promise<void> {
  await poll({
    what: 'a sync that goes well',
    withinMs: 20_000,
    async look() {
      const wallet = await client.queryData<Wallet>('wallets.get', { walletId })
      if (wallet.syncStatus === 'failed') await client.mutateData('wallets.sync', { walletId })
      return isUpToDate(wallet) && wallet.lastUpdated !== synced.lastUpdated ? wallet : null
    },
  })
}

function killPostgres(product: Product): number {
  const pid = postgresPid(product.home)
  if (pid === null) throw new Error('There is no PostgreSQL.')
  process.kill(pid, 'SIGKILL')
  return pid
}

/**
 * The wallet holds what the exchange holds, its total is the sum of its balances, one snapshot was taken for each
 * of the two syncs, no job is left over, and the audit log is whole.
 */
async function expectRecovered(o: {
  expect: ExpectStatic
  product: Product
  before: PaperWallet
}): Promise<void> {
  const { expect, product, before } = o
  const { walletId, userId, synced } = before
  const client = createTestClient(product.url)
  for (const [name, value] of before.client.cookies) client.cookies.set(name, value)
  const wallet = await walletThat({
    ...{ client, walletId, what: 'new balances', withinMs: RECOVERS_WITHIN_MS },
    holds: (candidate) => isUpToDate(candidate) && candidate.lastUpdated !== synced.lastUpdated,
  })
  expect(amountsOf(wallet)).toEqual(
    amountsOf(synced).map((row) => (row.startsWith('spot BTC ') ? `spot BTC ${NEW_BTC} 0 ${NEW_BTC}` : row)),
  )
  const snapshots = await readSnapshots(product, before)
  expect(snapshots).toHaveLength(2)
  expect(snapshots?.at(-1)).toMatchObject({ complete: true, isTotalOfWallet: true })
  await withSql(product.databaseUrl(), async (sql) => {
    const { rows } = await sql.query(
      `SELECT total_usd_value = (SELECT sum(usd_value) FROM balances) AS "addsUp",
         (SELECT count(*)::int FROM wallets) AS wallets,
         (SELECT count(*)::int FROM user_api_keys) AS keys
       FROM wallets`,
    )
    expect(rows).toEqual([{ addsUp: true, wallets: 1, keys: 1 }])
  })
  const database = openDatabase({ url: product.databaseUrl(), poolSize: 2 })
  try {
    const audit = await verifyAuditChain(database.pool, { userId })
    expect(audit.broken).toBeNull()
    expect(audit.verified).toBeGreaterThanOrEqual(4)
  } finally {
    await database.close()
  }
}

function amountsOf({ balances }: Wallet): string[] {
  return balances
    .map(
      ({ accountType, asset, free, locked, total }) => `${accountType} ${asset} ${free} ${locked} ${total}`,
    )
    .sort()
}

async function readSnapshots(product: Product, { walletId }: PaperWallet) {
  return withSql(product.databaseUrl(), async (sql) => {
    const { rows } = await sql.query<{ complete: boolean; isTotalOfWallet: boolean }>(
      `SELECT s.complete, s.total_usd_value = w.total_usd_value AS "isTotalOfWallet"
       FROM wallet_snapshots s JOIN wallets w USING (user_id, wallet_id)
       WHERE wallet_id = $1 ORDER BY taken_at`,
      [walletId],
    )
    return rows
  })
}

async function withSql<Result>(url: string, run: (sql: pg.Client) => Promise<Result>): Promise<Result> {
  const sql = new pg.Client({ connectionString: url })
  // The database may be killed while this is connected.
  sql.on('error', () => undefined)
  try {
    await sql.connect()
    return await run(sql)
  } finally {
    await sql.end().catch(() => undefined)
  }
}
