import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { AddedApiKey } from '../api-key/schemas.ts'
import type { PortfolioSummary } from '../portfolio/types.ts'
import { type PaperProcess, startPaperProcess } from '../testing/paper-process.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import type { Wallet } from '../wallet/types.ts'

let paper: PaperProcess
let server: TestServer
let client: TestClient

beforeAll(async () => {
  paper = await startPaperProcess()
  server = await startTestServer({ db: paper.db, env: paper.env, worker: true })
})

afterAll(async () => {
  await server.close()
  await paper.close()
})

beforeEach(async () => {
  client = server.client()
  await client.signUp()
})

afterEach(async () => {
  await paper.admin('/paper/faults', { method: 'DELETE' })
})

const open = () => client.mutateData<AddedApiKey>('paper.open')
const wallets = () => client.queryData<Wallet[]>('wallets.list')

async function untilSynced(): Promise<Wallet> {
  const synced = { syncStatus: 'idle', syncError: null, lastUpdated: expect.any(String) }
  await expect.poll(async () => (await wallets())[0]).toMatchObject(synced)
  const [wallet] = await wallets()
  if (!wallet) throw new Error('There is no wallet.')
  return wallet
}

test('one click gives a connected account whose every balance is valued, in a traceable way', async () => {
  const { apiKey, walletId } = await open()
  expect(apiKey).toMatchObject({
    exchangeId: 'paper',
    isValid: true,
    permissions: { read: 'yes', withdraw: 'no' },
  })
  const wallet = await untilSynced()
  // An account begins with one asset that no market trades, to show what that looks like.
  expect(wallet).toMatchObject({ walletId, exchangeId: 'paper', unpricedAssets: 1 })
  expect(wallet.balances.some((balance) => balance.locked !== '0')).toBe(true)
  const priced = wallet.balances.filter((balance) => balance.usdPrice !== null)
  expect(priced.length).toBeGreaterThan(5)
  for (const { asset, priceSource } of priced) {
    const source =
      asset === 'USDT' ? 'USDT par (no USD market)' : `paper ${asset}/USDT × USDT par (no USD market)`
    expect(priceSource).toBe(source)
  }
  const summary = await client.queryData<PortfolioSummary>('portfolio.summary')
  expect(summary).toMatchObject({
    totalUsdValue: wallet.totalUsdValue,
    change: null,
    attention: [{ kind: 'UNPRICED' }],
  })
  const shares = summary.allocation.reduce((sum, row) => sum + Number(row.share), 0)
  expect(shares).toBeCloseTo(1, 9)
  const prices = await server.db.superuser.pool.query('SELECT asset FROM asset_prices')
  expect(prices.rows).toEqual([])
})

test('rates of play money convert play money alone, and are marked as simulated', async () => {
  await open()
  await untilSynced()
  const rates = () =>
    client.queryData<{ currency: string; source: string; simulated: boolean }[]>('settings.rates')
  const priced = await rates()
  expect(priced.map(({ currency }) => currency)).toEqual(['USD', 'EUR', 'BTC', 'ETH'])
  for (const { currency, source, simulated } of priced.slice(1)) {
    expect({ source, simulated }).toEqual({
      ...{ source: `paper ${currency}/USDT × USDT par (no USD market)`, simulated: true },
    })
  }
  const { user } = await client.queryData<{ user: { userId: string } }>('auth.me')
  const real = { userId: user.userId, exchangeId: 'kraken', label: '' }
  await server.db.superuser.prisma.wallet.create({ data: real })
  expect((await rates()).map(({ currency }) => currency)).toEqual(['USD'])
})

test('a second click answers with the same account', async () => {
  const first = await open()
  const second = await open()
  expect(second.walletId).toBe(first.walletId)
  expect(second.apiKey.apiKeyId).toBe(first.apiKey.apiKeyId)
})

test('two clicks at once make one wallet and one key', async () => {
  const [one, other] = await Promise.all([open(), open()])
  expect(one.apiKey.apiKeyId).toBe(other.apiKey.apiKeyId)
  expect(await wallets()).toHaveLength(1)
  expect(await client.queryData('apiKeys.list')).toHaveLength(1)
})

test('a key that was refused is replaced: the account, its wallet and its history go on', async () => {
  const first = await open()
  await untilSynced()
  await server.db.superuser.pool.query('UPDATE user_api_keys SET is_valid = false WHERE api_key_id = $1', [
    first.apiKey.apiKeyId,
  ])
  const second = await open()
  expect(second.walletId).toBe(first.walletId)
  expect(second.apiKey).toMatchObject({ apiKeyId: first.apiKey.apiKeyId, isValid: true })
})

test.each([
  { kind: 'html' },
  { kind: 'emptyBody' },
  { kind: 'cutJson' },
  { kind: 'serverError' },
  { kind: 'maintenance' },
  { kind: 'tooManyRequests', retryAfter: 1 },
  { kind: 'redirect' },
  { kind: 'droppedReply' },
])('a $kind while syncing leaves the balances as they were, and a good answer mends it', async (fault) => {
  const { walletId } = await open()
  const good = await untilSynced()
  await paper.admin('/paper/faults', { method: 'PUT', body: { ...fault, pathPrefix: '/api/v3/account' } })
  await client.mutateData('wallets.sync', { walletId })
  await expect
    .poll(async () => (await wallets())[0])
    .toMatchObject({ syncStatus: 'failed', syncError: expect.anything() })
  const [failed] = await wallets()
  expect(failed).toMatchObject({ totalUsdValue: good.totalUsdValue, lastUpdated: good.lastUpdated })
  expect(failed?.balances).toEqual(good.balances)
  await paper.admin('/paper/faults', { method: 'DELETE' })
  await client.mutateData('wallets.sync', { walletId })
  expect((await untilSynced()).lastUpdated).not.toBe(good.lastUpdated)
})

test('a paper exchange that is off, or does not answer, is said to be so, and nothing is left behind', async () => {
  const { paperUrl, paperAdminToken } = server.services.env
  try {
    server.services.env.paperUrl = null
    expect(await client.mutate('paper.open')).toMatchObject({
      ...{ status: 422, error: { data: { reason: 'PAPER_OFF' } } },
    })
    server.services.env.paperUrl = 'http://127.0.0.1:9'
    expect(await client.mutate('paper.open')).toMatchObject({
      ...{ status: 503, error: { data: { reason: 'PAPER_UNAVAILABLE' } } },
    })
    server.services.env.paperUrl = paperUrl
    server.services.env.paperAdminToken = 'wrong'
    expect(await client.mutate('paper.open')).toMatchObject({
      ...{ status: 503, error: { data: { reason: 'PAPER_UNAVAILABLE' } } },
    })
  } finally {
    Object.assign(server.services.env, { paperUrl, paperAdminToken })
  }
  expect(await wallets()).toEqual([])
})
