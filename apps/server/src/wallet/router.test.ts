import { uuidv7 } from '@opentrade/db'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { contextFor, pointExchange } from '../testing/exchange-fixtures.ts'
import {
  type LoopbackExchange,
  SPOT,
  spotAccount,
  startLoopbackExchange,
} from '../testing/loopback-exchange.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import { listWallets } from './list.ts'
import type { HistoryPoint, Wallet } from './types.ts'

let exchange: LoopbackExchange
let server: TestServer
let owner: TestClient
let ownerId: string
let stranger: TestClient
let walletId: string

beforeAll(async () => {
  exchange = await startLoopbackExchange()
  server = await startTestServer({ worker: true })
  await pointExchange(server.db, { exchangeId: 'paper', url: exchange.url })
  owner = server.client()
  ownerId = (await owner.signUp()).userId
  stranger = server.client()
  await stranger.signUp()
  const added = await owner.mutateData<{ walletId: string }>('apiKeys.add', {
    ...{ exchangeId: 'paper', credentials: { apiKey: 'key', secret: 'secret' } },
  })
  walletId = added.walletId
  await untilSynced()
})

afterAll(async () => {
  await server.close()
  await exchange.close()
})

const read = () => owner.queryData<Wallet>('wallets.get', { walletId })

async function untilSynced(): Promise<void> {
  const done = { syncStatus: 'idle', syncError: null }
  await vi.waitFor(async () => expect(await read()).toMatchObject(done), { timeout: 20_000 })
}

const PROCEDURES = [
  ['query', 'wallets.get'],
  ['mutate', 'wallets.sync'],
  ['query', 'wallets.history'],
] as const

describe('who may call', () => {
  test.each([
    ...PROCEDURES,
    ['query', 'wallets.list'],
    ['query', 'portfolio.summary'],
    ['mutate', 'paper.open'],
  ] as const)('nobody without a session: %s %s', async (kind, path) => {
    const answer = await server
      .client()
      [kind](path, path.startsWith('wallets.') ? { walletId, range: '24h' } : undefined)
    expect(answer).toMatchObject({ status: 401, error: { data: { reason: 'SIGN_IN_REQUIRED' } } })
  })

  test.each(PROCEDURES)("somebody else's wallet answers as an unknown one: %s %s", async (kind, path) => {
    const foreign = await stranger[kind](path, { walletId, range: '24h' })
    const unknown = await stranger[kind](path, { walletId: uuidv7(), range: '24h' })
    expect(foreign).toMatchObject({ status: 404, error: { data: { reason: 'NOT_FOUND' } } })
    expect(unknown.error).toEqual(foreign.error)
  })

  test("a stranger's own lists are empty", async () => {
    expect(await stranger.queryData('wallets.list')).toEqual([])
    expect(await stranger.queryData('wallets.history', { range: 'all' })).toEqual({ points: [] })
    expect(await stranger.queryData('portfolio.summary')).toEqual({
      ...{ totalUsdValue: '0', unpricedAssets: 0, change: null, asOf: null },
      ...{ allocation: [], wallets: [], attention: [] },
    })
  })
})

describe('bad input', () => {
  test.each(PROCEDURES)('of an id names the field: %s %s', async (kind, path) => {
    for (const bad of ['', 'x', '__proto__', `${walletId}'`, 'a'.repeat(100_000), 7, null, {}, []]) {
      const answer = await owner[kind](path, { walletId: bad, range: '24h' })
      // A query of 100 kB is refused as a whole, by its length.
      if (kind === 'query' && typeof bad === 'string' && bad.length > 10_000)
        expect(answer.status).toBeLessThan(500)
      else
        expect(answer).toMatchObject({
          status: 400,
          error: { data: { fields: { walletId: expect.any(String) } } },
        })
    }
  })

  test.each(['', '25h', '__proto__', 3, null])('of a range names the field: %j', async (range) => {
    const answer = await owner.query('wallets.history', { range })
    expect(answer).toMatchObject({ status: 400, error: { data: { fields: { range: expect.any(String) } } } })
  })
})

test('a new key syncs its wallet by itself, and the wallet reads the same alone and in the list', async () => {
  const wallet = await read()
  expect(wallet).toMatchObject({ exchangeId: 'paper', label: '', totalUsdValue: '50000', syncStatus: 'idle' })
  expect(await owner.queryData('wallets.list')).toEqual([wallet])
  const user = { userId: ownerId, role: 'user' } as const
  // The raw text of PostgreSQL and its parsed form are one value.
  expect(JSON.parse(JSON.stringify(await listWallets({ ctx: contextFor(server, user) })))).toEqual([wallet])
})

test('a sync that is asked for many times while it is under way runs once', async () => {
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  exchange.answer(SPOT, async () => {
    await held
    return spotAccount({ BTC: { free: '1' } })
  })
  exchange.calls.length = 0
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => owner.mutateData<{ joined: boolean }>('wallets.sync', { walletId })),
  )
  letGo()
  await untilSynced()
  expect(answers.filter((answer) => !answer.joined)).toHaveLength(1)
  expect(exchange.calls.filter((path) => path === SPOT)).toHaveLength(1)
})

test('a wallet that is due is synced without being asked for', async () => {
  const before = (await read()).lastUpdated
  await server.db.superuser.pool.query('UPDATE wallets SET next_sync_at = now() WHERE wallet_id = $1', [
    walletId,
  ])
  await expect.poll(async () => (await read()).lastUpdated).not.toBe(before)
  await untilSynced()
})

test('a run that was killed is done again once its lease has lapsed, and nothing is double', async () => {
  const { lastUpdated } = await read()
  await server.db.superuser.pool.query(
    `UPDATE wallets SET sync_status = 'running', sync_step = 'reading balances', sync_started_at = now() - interval '1 minute',
       next_sync_at = now() - interval '1 second' WHERE wallet_id = $1`,
    [walletId],
  )
  expect(await owner.mutateData('wallets.sync', { walletId })).toEqual({ walletId, joined: false })
  await untilSynced()
  const wallet = await read()
  expect(wallet.lastUpdated).not.toBe(lastUpdated)
  expect(wallet.balances).toHaveLength(1)
})

test('changes are told over an event stream, with ids, to the person who is signed in', async () => {
  const refused = await server
    .client()
    .fetch('/trpc/wallets.onSync', { headers: { accept: 'text/event-stream' } })
  expect(await refused.text()).toContain('SIGN_IN_REQUIRED')
  const stop = new AbortController()
  const response = await owner.fetch('/trpc/wallets.onSync', {
    ...{ headers: { accept: 'text/event-stream' }, signal: stop.signal },
  })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let heard = ''
  while (!heard.includes('event: connected')) heard += (await reader?.read())?.value ?? ''
  await owner.mutateData('wallets.sync', { walletId })
  while (!/id: \d{4}-/.test(heard)) heard += (await reader?.read())?.value ?? ''
  expect(heard).toContain(`data: {"walletId":"${walletId}"}`)
  stop.abort()
  await untilSynced()
})

test('history and summary follow the syncs', async () => {
  exchange.answer(SPOT, () => spotAccount({ BTC: { free: '2' }, ODD: { free: '5' } }))
  await server.db.superuser.pool.query(
    `UPDATE wallet_snapshots SET taken_at = taken_at - interval '25 hours', total_usd_value = 80000
     WHERE taken_at = (SELECT min(taken_at) FROM wallet_snapshots WHERE wallet_id = $1) AND wallet_id = $1`,
    [walletId],
  )
  await server.db.superuser.pool.query(
    `UPDATE wallets SET created_at = created_at - interval '26 hours' WHERE wallet_id = $1`,
    [walletId],
  )
  await owner.mutateData('wallets.sync', { walletId })
  await untilSynced()
  const ranges = ['24h', '7d', '30d', '90d', '1y', 'all']
  for (const range of ranges) {
    const { points } = await owner.queryData<{ points: HistoryPoint[] }>('wallets.history', {
      walletId,
      range,
    })
    expect(points.at(0)?.totalUsdValue).toBe('80000')
    expect(points.at(-1)).toMatchObject({ totalUsdValue: '100000', complete: true })
  }
  const summary = await owner.queryData('portfolio.summary')
  expect(summary).toMatchObject({
    ...{ totalUsdValue: '100000', unpricedAssets: 1 },
    change: { usdValue: '20000', percent: '25' },
    allocation: [
      { asset: 'BTC', total: '2', usdValue: '100000', share: '1', wallets: 1 },
      { asset: 'ODD', total: '5', usdValue: null, share: null, wallets: 1 },
    ],
    wallets: [{ walletId, totalUsdValue: '100000' }],
    attention: [{ kind: 'UNPRICED', walletId }],
  })
})

test('a wallet without a key refuses to sync and says why', async () => {
  const [key] = await owner.queryData<{ apiKeyId: string }[]>('apiKeys.list')
  await owner.mutateData('apiKeys.delete', { apiKeyId: key?.apiKeyId })
  const answer = await owner.mutate('wallets.sync', { walletId })
  expect(answer).toMatchObject({ status: 409, error: { data: { reason: 'NO_KEY' } } })
  expect((await read()).balances).not.toEqual([])
})
