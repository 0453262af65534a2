import { claimWalletSync } from '@opentrade/db'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { UserContext } from '../context.ts'
import { rememberPrices } from '../price/remember-prices.ts'
import { contextFor, pointExchange } from '../testing/exchange-fixtures.ts'
import {
  FUNDING,
  type LoopbackExchange,
  SPOT,
  spotAccount,
  startLoopbackExchange,
  TICKERS,
} from '../testing/loopback-exchange.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import { syncWallet } from './sync-wallet.ts'
import type { Wallet } from './types.ts'

let exchange: LoopbackExchange
let server: TestServer
let client: TestClient
let ctx: UserContext
let walletId: string

beforeAll(async () => {
  exchange = await startLoopbackExchange()
  server = await startTestServer()
  await pointExchange(server.db, { exchangeId: 'binance', url: exchange.url })
  await pointExchange(server.db, { exchangeId: 'paper', url: exchange.url })
})

afterAll(async () => {
  await server.close()
  await exchange.close()
})

beforeEach(async () => {
  exchange.reset()
  client = server.client()
  const user = await client.signUp()
  // Services of its own for each test: prices are remembered per process, and each test has its own.
  ctx = contextFor({ ...server, services: { ...server.services } }, user)
  // It has a spot account only: the fewest calls.
  walletId = await connect('paper')
})

async function connect(exchangeId: string): Promise<string> {
  const credentials = { apiKey: `${exchangeId}-${ctx.actor.userId}`, secret: 'secret' }
  const added = await client.mutateData<{ walletId: string }>('apiKeys.add', { exchangeId, credentials })
  return added.walletId
}

const sync = () => syncWallet({ ctx, input: { walletId } })
const read = () => client.queryData<Wallet>('wallets.get', { walletId })

async function snapshots() {
  const { rows } = await server.db.superuser.pool.query<{ total: string; complete: boolean }>(
    `SELECT trim_scale(total_usd_value)::text AS total, complete FROM wallet_snapshots
     WHERE wallet_id = $1 ORDER BY taken_at`,
    [walletId],
  )
  return rows
}

/** Where each row stands in its table: it moves with every write. */
async function placesOfBalances() {
  const { rows } = await server.db.superuser.pool.query(
    'SELECT asset, ctid::text, xmin::text FROM balances WHERE wallet_id = $1 ORDER BY asset',
    [walletId],
  )
  return rows
}

/** A door that an answer waits at. */
function gate() {
  let open = () => {}
  let reached = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const arrival = new Promise<void>((resolve) => {
    reached = resolve
  })
  return { open: () => open(), reached: () => reached(), opened, arrival }
}

describe('a sync that goes well', () => {
  test('stores what is held, what it is worth, by which price, and a complete snapshot', async () => {
    await sync()
    const wallet = await read()
    expect(wallet).toMatchObject({
      ...{ syncStatus: 'idle', syncStep: null, syncError: null, totalUsdValue: '50000', unpricedAssets: 0 },
    })
    expect(wallet.balances).toEqual([
      {
        ...{ accountType: 'spot', asset: 'BTC', free: '0.75', locked: '0.25', total: '1' },
        ...{ usdPrice: '50000', usdValue: '50000' },
        priceSource: 'paper BTC/USDT × USDT par (no USD market)',
        pricedAt: expect.stringMatching(/Z$/),
      },
    ])
    expect(await snapshots()).toEqual([{ total: '50000', complete: true }])
  })

  test('drops what is gone and adds what is new', async () => {
    await sync()
    exchange.answer(SPOT, () =>
      spotAccount({ ETH: { free: '2' }, USDT: { free: '10.5' }, BTC: { free: '0' } }),
    )
    await sync()
    const wallet = await read()
    expect(wallet.balances.map(({ asset, usdValue }) => [asset, usdValue])).toEqual([
      ['ETH', '5000'],
      ['USDT', '10.5'],
    ])
    expect(wallet.totalUsdValue).toBe('5010.5')
  })

  test('writes no balance row when nothing has changed', async () => {
    await sync()
    const before = await placesOfBalances()
    await sync()
    expect(await placesOfBalances()).toEqual(before)
    expect(await snapshots()).toHaveLength(2)
  })

  test('shows an asset without a price as unpriced, and counts it', async () => {
    exchange.answer(SPOT, () => spotAccount({ BTC: { free: '1' }, ODD: { free: '1000' } }))
    await sync()
    const wallet = await read()
    expect(wallet).toMatchObject({ totalUsdValue: '50000', unpricedAssets: 1 })
    expect(wallet.balances[1]).toMatchObject({ asset: 'ODD', total: '1000', usdValue: null, usdPrice: null })
  })

  test('plans the next one around the interval', async () => {
    await sync()
    const { nextSyncAt, lastUpdated } = await read()
    const seconds = (Date.parse(nextSyncAt ?? '') - Date.parse(lastUpdated ?? '')) / 1000
    expect(seconds).toBeGreaterThanOrEqual(270)
    expect(seconds).toBeLessThanOrEqual(330)
  })
})

describe('a bad answer', () => {
  test.each([
    ['a page of HTML', { body: '<html><body>Welcome</body></html>' }],
    ['nothing', { body: '' }],
    ['cut JSON', { body: '{"balances":[{"asset":"BTC","fr' }],
    ['an empty object', { body: {} }],
    ['null', { body: null }],
    ['a server error', { status: 500, body: { code: -1000, msg: 'An unknown error occured.' } }],
    ['a refused key', { status: 401, body: { code: -2015, msg: 'Invalid API-key, IP, or permissions.' } }],
  ])('of %s leaves the balances, the worth and their time as they were', async (_, answer) => {
    await sync()
    const good = await read()
    exchange.answer(SPOT, () => answer)
    await sync()
    const wallet = await read()
    expect(wallet).toMatchObject({ syncStatus: 'failed', syncStep: null })
    expect(wallet.syncError?.message).toMatch(/^[A-Z].*\.$/)
    expect(wallet.balances).toEqual(good.balances)
    expect(wallet).toMatchObject({ totalUsdValue: good.totalUsdValue, lastUpdated: good.lastUpdated })
    expect(await snapshots()).toHaveLength(1)
  })

  test('is tried again soon, then ever more seldom, and forgotten after a good one', async () => {
    exchange.answer(SPOT, () => ({ status: 502, body: 'Bad gateway' }))
    const waits: number[] = []
    for (let round = 0; round < 3; round++) {
      const before = Date.now()
      await sync()
      const { syncError, nextSyncAt } = await read()
      expect(syncError?.retryAt).toBe(nextSyncAt)
      waits.push((Date.parse(nextSyncAt ?? '') - before) / 1000)
    }
    const [first = 0, second = 0, third = 0] = waits
    expect(first).toBeGreaterThan(26)
    expect(first).toBeLessThan(40)
    expect(second).toBeGreaterThan(first * 1.5)
    expect(third).toBeGreaterThan(second * 1.5)
    exchange.answer(SPOT, () => spotAccount({ BTC: { free: '1' } }))
    await sync()
    expect(await read()).toMatchObject({ syncStatus: 'idle', syncError: null, totalUsdValue: '50000' })
  })

  test('of one account type keeps that type as it was, and marks the snapshot partial', async () => {
    walletId = await connect('binance')
    exchange.answer(FUNDING, () => ({
      body: [{ asset: 'ETH', free: '4', locked: '0', freeze: '0', withdrawing: '0' }],
    }))
    await sync()
    const before = await read()
    expect(before.totalUsdValue).toBe('60000')
    exchange.answer(FUNDING, () => ({ body: '<html>' }))
    exchange.answer(SPOT, () => spotAccount({ BTC: { free: '2' } }))
    await sync()
    const wallet = await read()
    const row = (one: Wallet, accountType: string) =>
      one.balances.find((each) => each.accountType === accountType)
    expect(row(wallet, 'funding')).toEqual(row(before, 'funding'))
    expect(row(wallet, 'spot')).toMatchObject({ total: '2', usdValue: '100000' })
    expect(wallet).toMatchObject({ totalUsdValue: '110000', syncError: { code: 'PARTIAL' } })
    expect(wallet.syncError?.message).toContain('funding')
    expect(await snapshots()).toEqual([
      { total: '60000', complete: true },
      { total: '110000', complete: false },
    ])
  })
})

describe('prices that cannot be read', () => {
  test('do not stop the balances, and the last prices are carried forward with their time', async () => {
    await sync()
    const before = await read()
    exchange.answer(TICKERS, () => ({ status: 503, body: 'Maintenance' }))
    exchange.answer(SPOT, () => spotAccount({ BTC: { free: '2' } }))
    // As after a start of the process: nothing is remembered.
    await syncWallet({ ctx: { ...ctx, services: { ...ctx.services } }, input: { walletId } })
    const wallet = await read()
    expect(wallet).toMatchObject({ syncStatus: 'idle', syncError: null, totalUsdValue: '100000' })
    expect(wallet.balances[0]).toMatchObject({ total: '2', pricedAt: before.balances[0]?.pricedAt })
  })

  test('leave what never had a price unpriced, and the snapshot partial', async () => {
    exchange.answer(TICKERS, () => ({ body: 'no JSON' }))
    exchange.answer(SPOT, () => spotAccount({ RARE: { free: '1' } }))
    await sync()
    expect(await read()).toMatchObject({ totalUsdValue: '0', unpricedAssets: 1, syncStatus: 'idle' })
    expect(await snapshots()).toEqual([{ total: '0', complete: false }])
  })

  test('are asked for once by many wallets at the same exchange', async () => {
    exchange.calls.length = 0
    await Promise.all([sync(), sync(), sync()])
    await sync()
    expect(exchange.calls.filter((path) => path === TICKERS)).toHaveLength(1)
  })
})

describe('two at once', () => {
  test('never read the same wallet: the second returns and the first finishes', async () => {
    const door = gate()
    exchange.answer(SPOT, async () => {
      door.reached()
      await door.opened
      return spotAccount({ BTC: { free: '1' } })
    })
    const first = sync()
    await door.arrival
    exchange.calls.length = 0
    await sync()
    expect(exchange.calls).not.toContain(SPOT)
    expect((await read()).syncStatus).toBe('running')
    door.open()
    await first
    expect(await read()).toMatchObject({ syncStatus: 'idle', totalUsdValue: '50000' })
    expect(await snapshots()).toHaveLength(1)
  })

  test('a run that lost its wallet to another writes nothing, late as it is', async () => {
    const door = gate()
    exchange.answer(SPOT, async () => {
      door.reached()
      await door.opened
      return spotAccount({ BTC: { free: '666' } })
    })
    const late = sync()
    await door.arrival
    // What a run looks like whose process stopped answering: its lease has lapsed, and another one takes over.
    await server.db.superuser.pool.query(
      `UPDATE wallets SET next_sync_at = now() - interval '1 second' WHERE wallet_id = $1`,
      [walletId],
    )
    const { userId } = ctx.actor
    const other = await claimWalletSync(server.db.forUser(userId), { userId, walletId, leaseSeconds: 60 })
    door.open()
    await late
    expect(await read()).toMatchObject({ syncStatus: 'running', balances: [], lastUpdated: null })
    expect(await snapshots()).toEqual([])
    expect(other).not.toBeNull()
  })

  test('the step shows while an answer is waited for', async () => {
    const door = gate()
    exchange.answer(SPOT, async () => {
      await door.opened
      return spotAccount({ BTC: { free: '1' } })
    })
    const running = sync()
    await expect.poll(async () => (await read()).syncStep).toBe('reading balances')
    door.open()
    await running
    expect(await read()).toMatchObject({ syncStep: null, syncStatus: 'idle' })
  })
})

test('a worker that is being stopped writes nothing, and the wallet is due again', async () => {
  const stop = new AbortController()
  exchange.answer(SPOT, () => {
    stop.abort()
    return spotAccount({ BTC: { free: '1' } })
  })
  await syncWallet({ ctx, input: { walletId }, signal: stop.signal })
  const wallet = await read()
  expect(wallet).toMatchObject({ lastUpdated: null, balances: [], syncError: { code: 'INTERRUPTED' } })
  expect(wallet.nextSyncAt).not.toBeNull()
})

test('an asset that the database cannot hold is left out by name, and the rest is kept', async () => {
  exchange.answer(SPOT, () => spotAccount({ BTC: { free: '1' }, ['SPAM'.repeat(17)]: { free: '1' } }))
  await sync()
  const wallet = await read()
  expect(wallet.syncError).toMatchObject({
    code: 'NOT_STORABLE',
    message: expect.stringContaining('SPAM'),
  })
  expect(wallet.balances.map((row) => row.asset)).toEqual(['BTC'])
  expect(wallet.syncError).toMatchObject({
    code: 'NOT_STORABLE',
    message: expect.stringContaining('SPAM'),
  })
  expect(await snapshots()).toEqual([{ total: '50000', complete: true }])
})

/** An answer about the spot account as text: what JSON.stringify would never write. */
const rawSpot = (rows: string) => () => ({ body: JSON.parse(`{"balances":[${rows}]}`) as unknown })
const USDT_ROW = '{"asset":"USDT","free":"250","locked":"0"}'

describe('an asset of which the exchange states no amount', () => {
  const balancesOf = (wallet: Wallet) => wallet.balances.map((row) => [row.asset, row.total])

  test.each(['null', '""', 'true', '{}', '"0x10"', '"-5"'])(
    'but %s keeps its balance and its price, is told by name, and the others are read',
    async (none) => {
      exchange.answer(SPOT, () => spotAccount({ BTC: { free: '1.5' }, USDT: { free: '100' } }))
      await sync()
      const before = await read()
      exchange.answer(SPOT, rawSpot(`{"asset":"BTC","free":${none},"locked":"0"},${USDT_ROW}`))
      await sync()
      const wallet = await read()
      expect(wallet).toMatchObject({ syncStatus: 'idle', syncError: { code: 'PARTIAL' } })
      expect(wallet.syncError?.message).toContain('did not state a valid amount for BTC (spot)')
      expect(wallet.balances.find((row) => row.asset === 'BTC')).toEqual(
        before.balances.find((row) => row.asset === 'BTC'),
      )
      expect(balancesOf(wallet)).toEqual([
        ['BTC', '1.5'],
        ['USDT', '250'],
      ])
      expect((await snapshots()).map(({ complete }) => complete)).toEqual([true, false])
      exchange.answer(SPOT, () => spotAccount({ BTC: { free: '2' } }))
      await sync()
      expect(await read()).toMatchObject({ syncError: null, balances: [{ asset: 'BTC', total: '2' }] })
    },
  )

  test('is told if it was never held before, and nothing is made up for it', async () => {
    exchange.answer(SPOT, rawSpot(`{"asset":"BTC","free":null,"locked":"0"},${USDT_ROW}`))
    await sync()
    const wallet = await read()
    expect(wallet.syncError?.message).toContain('BTC')
    expect(balancesOf(wallet)).toEqual([['USDT', '250']])
  })
})

test.each([
  ['zero in its name', '{"asset":"A\\u0000B","free":"1","locked":"0"}', 'A<U+0000>B'],
  ['half of a surrogate pair for a name', '{"asset":"\\ud800","free":"1","locked":"0"}', '<U+D800>'],
  ['more than 60 digits', '{"asset":"SCAM","free":1e400,"locked":"0"}', 'SCAM'],
  [
    'neither a name nor an amount to be stored',
    '{"asset":"A\\u0000B","free":1e400,"locked":"0"}',
    'A<U+0000>B',
  ],
])('an asset with %s is left out by a printable name, and the rest is kept', async (_, row, name) => {
  exchange.answer(SPOT, () => ({ body: `{"balances":[${row},${USDT_ROW}]}` }))
  await sync()
  const wallet = await read()
  expect(wallet).toMatchObject({ syncStatus: 'idle', syncError: { code: 'NOT_STORABLE' } })
  expect(wallet.syncError?.message).toContain(name)
  expect(wallet.balances).toMatchObject([{ asset: 'USDT', total: '250' }])
  expect((await snapshots()).map(({ complete }) => complete)).toEqual([true])
})

test('an unreadable asset whose name cannot be stored is told by a printable one', async () => {
  exchange.answer(SPOT, () => ({
    body: `{"balances":[{"asset":"\\ud800","free":null,"locked":"0"},${USDT_ROW}]}`,
  }))
  await sync()
  const wallet = await read()
  expect(wallet).toMatchObject({ syncStatus: 'idle', syncError: { code: 'PARTIAL' } })
  expect(wallet.syncError?.message).toContain('<U+D800> (spot)')
})

test.each(['__proto__', 'constructor', 'toString', 'NULL'])('an asset called %s is one', async (asset) => {
  exchange.answer(SPOT, () => ({ body: `{"balances":[{"asset":"${asset}","free":"1","locked":"0"}]}` }))
  await sync()
  expect(await read()).toMatchObject({ syncError: null, balances: [{ asset, total: '1', usdValue: null }] })
})

test('two coins that an exchange knows by one code are both kept', async () => {
  await pointExchange(server.db, { exchangeId: 'kraken', url: exchange.url })
  const listed = { aclass: 'currency', decimals: 10, display_decimals: 5, status: 'enabled' }
  exchange.answer('/0/public/Assets', () => ({
    body: { error: [], result: { REPV2: { ...listed, altname: 'REPV2' } } },
  }))
  for (const path of ['/0/public/AssetPairs', '/0/public/Ticker'])
    exchange.answer(path, () => ({ body: { error: [], result: {} } }))
  exchange.answer('/0/public/Time', () => ({ body: { error: [], result: { unixtime: Date.now() / 1000 } } }))
  exchange.answer('/0/private/BalanceEx', () => ({
    body: {
      error: [],
      result: { REPV2: { balance: '5', hold_trade: '0' }, XREP: { balance: '3', hold_trade: '1' } },
    },
  }))
  const credentials = { apiKey: `kraken-${ctx.actor.userId}`, secret: 'c2VjcmV0' }
  walletId = (
    await client.mutateData<{ walletId: string }>('apiKeys.add', { exchangeId: 'kraken', credentials })
  ).walletId
  await sync()
  expect((await read()).balances.map(({ asset, free, locked }) => [asset, free, locked]).sort()).toEqual([
    ['REP', '5', '0'],
    ['XREP', '2', '1'],
  ])
})
test('a market with a name that cannot be stored does not keep the prices of others from being remembered', async () => {
  const at = new Date().toISOString()
  const ticker = (base: string, price: string) => ({ symbol: `${base}/USDT`, base, quote: 'USDT', price, at })
  await rememberPrices({
    ...{ services: ctx.services, exchangeId: 'binance', all: true },
    tickers: [ticker('A\u0000B', '1'), ticker('X'.repeat(65), '1'), ticker('ODD', '2')],
  })
  const { rows } = await server.db.superuser.pool.query('SELECT asset FROM asset_prices ORDER BY asset')
  expect(rows).toEqual([{ asset: 'ODD' }])
  await server.db.superuser.pool.query('DELETE FROM asset_prices')
})
