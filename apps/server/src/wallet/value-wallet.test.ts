import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { UserContext } from '../context.ts'
import type { PortfolioSummary } from '../portfolio/types.ts'
import { contextFor, pointExchange } from '../testing/exchange-fixtures.ts'
import {
  type LoopbackExchange,
  MARKET_LIST,
  marketList,
  SPOT,
  spotAccount,
  startLoopbackExchange,
  TICKERS,
  tickers,
} from '../testing/loopback-exchange.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import { syncWallet } from './sync-wallet.ts'
import type { Wallet } from './types.ts'

/** Two real exchanges that speak one language, so that one loopback server plays either. */
const VENUES = ['binance', 'binanceus'] as const
type Venue = (typeof VENUES)[number]

const open = 'TRADING'
/** What either lists; a test says which of it has a price. */
const LISTED = {
  BTC: { USDT: open, USDC: open, EUR: open },
  USDC: { USDT: open },
  FDUSD: { USDC: open },
  EUR: { USDT: open },
  SOL: { USDT: open },
  NEIRO: { USDT: open },
  DEAD: { USDT: open },
  BID: { USDT: open },
  OLD: { USDT: 'BREAK' },
} as const

const PAR = 'USDT par (no USD market)'

let exchanges: Record<Venue, LoopbackExchange>
let server: TestServer
let client: TestClient
let ctx: UserContext
let wallets: Map<Venue, string>

beforeAll(async () => {
  exchanges = { binance: await startLoopbackExchange(), binanceus: await startLoopbackExchange() }
  server = await startTestServer()
  for (const exchangeId of VENUES) {
    await pointExchange(server.db, { exchangeId, url: exchanges[exchangeId].url })
  }
})

afterAll(async () => {
  await server.close()
  for (const venue of VENUES) await exchanges[venue].close()
})

beforeEach(async () => {
  await server.db.superuser.pool.query('DELETE FROM asset_prices')
  for (const venue of VENUES) {
    exchanges[venue].reset()
    exchanges[venue].answer(MARKET_LIST, () => marketList(LISTED))
  }
  client = server.client()
  ctx = contextFor(server, await client.signUp())
  wallets = new Map()
})

/** Connects the venue at first, then syncs it as a process does that asks for prices anew. */
async function sync(venue: Venue): Promise<Wallet> {
  const known = wallets.get(venue)
  const credentials = { apiKey: `${venue}-${ctx.actor.userId}`, secret: 'secret' }
  const walletId =
    known ??
    (await client.mutateData<{ walletId: string }>('apiKeys.add', { exchangeId: venue, credentials }))
      .walletId
  wallets.set(venue, walletId)
  await syncWallet({ ctx: { ...ctx, services: { ...ctx.services } }, input: { walletId } })
  return client.queryData<Wallet>('wallets.get', { walletId })
}

function quotes(venue: Venue, prices: Record<string, string>): void {
  exchanges[venue].answer(TICKERS, () => tickers(prices))
}

function holds(venue: Venue, held: Record<string, string>): void {
  const balances = Object.entries(held).map(([asset, free]) => [asset, { free }])
  exchanges[venue].answer(SPOT, () => spotAccount(Object.fromEntries(balances)))
}

function pricesOf(wallet: Wallet) {
  return Object.fromEntries(wallet.balances.map(({ asset, usdPrice }) => [asset, usdPrice]))
}

function sourcesOf(wallet: Wallet) {
  return Object.fromEntries(wallet.balances.map(({ asset, priceSource }) => [asset, priceSource]))
}

/** What another exchange said a while ago. */
async function remembered(market: string, price: string, o: { exchangeId?: string; minutes?: number } = {}) {
  const { exchangeId = 'kraken', minutes = 1 } = o
  const [asset, quote] = market.split('/')
  await server.db.superuser.pool.query(
    `INSERT INTO asset_prices VALUES ($1, $2, $3, $4, now() - $5 * interval '1 minute')`,
    [asset, quote, exchangeId, price, minutes],
  )
}

const attention = async () => (await client.queryData<PortfolioSummary>('portfolio.summary')).attention

describe('without a market in USD anywhere', () => {
  test('one stablecoin counts as one dollar, and another that slips moves itself alone, sync after sync', async () => {
    holds('binance', { BTC: '1', USDT: '10000', USDC: '10000' })
    quotes('binance', { BTCUSDT: '50000', USDCUSDT: '1' })
    expect(await sync('binance')).toMatchObject({ totalUsdValue: '70000' })
    quotes('binance', { BTCUSDT: '50000', USDCUSDT: '0.88' })
    const slipped = await sync('binance')
    expect(pricesOf(slipped)).toEqual({ BTC: '50000', USDT: '1', USDC: '0.88' })
    expect(sourcesOf(slipped)).toEqual({
      ...{ BTC: `binance BTC/USDT × ${PAR}`, USDT: PAR, USDC: `binance USDC/USDT × ${PAR}` },
    })
    expect(slipped.totalUsdValue).toBe('68800')
    quotes('binance', { BTCUSDT: '60000', USDCUSDT: '0.88' })
    expect(await sync('binance')).toMatchObject({ totalUsdValue: '78800' })
    expect(await sync('binance')).toMatchObject({ totalUsdValue: '78800' })
  })

  test.each([
    ['one way round', VENUES],
    ['the other way round', VENUES.toReversed()],
  ])('two exchanges that remember for each other agree, synced %s', async (_, order) => {
    holds('binance', { BTC: '1', USDT: '10000', USDC: '10000' })
    holds('binanceus', { BTC: '1', USDC: '10000' })
    for (const slip of ['1', '0.88']) {
      quotes('binance', { BTCUSDT: '50000', USDCUSDT: slip })
      // There it is the only dollar: what it is worth is known from elsewhere.
      quotes('binanceus', { BTCUSDC: '60000' })
      const last = new Map<Venue, Wallet>()
      for (const venue of [...order, ...order]) last.set(venue, await sync(venue))
      const [first, other] = VENUES.map((venue) => last.get(venue))
      if (!first || !other) throw new TypeError('A wallet was not synced.')
      expect(pricesOf(first)).toEqual({ BTC: '50000', USDT: '1', USDC: slip })
      expect(pricesOf(other)).toEqual({ USDC: slip, BTC: String(60000 * Number(slip)) })
      expect(sourcesOf(other).BTC).toBe(`binanceus BTC/USDC × binance USDC/USDT × ${PAR}`)
    }
  })

  test('a market of now comes before what another exchange says of the same coin', async () => {
    await remembered('USDC/USDT', '0.88', { exchangeId: 'gate' })
    await remembered('BTC/USDT', '40000', { exchangeId: 'gate' })
    holds('binance', { BTC: '1', USDC: '1' })
    quotes('binance', { BTCUSDT: '50000', USDCUSDT: '0.99' })
    expect(pricesOf(await sync('binance'))).toEqual({ BTC: '50000', USDC: '0.99' })
  })

  test('a stablecoin with no market at all counts as one dollar, and three in a chain follow the first', async () => {
    holds('binance', { USDT: '1', USDC: '1', FDUSD: '1' })
    quotes('binance', { BTCUSDT: '50000', USDCUSDT: '0.9', FDUSDUSDC: '0.5' })
    expect(pricesOf(await sync('binance'))).toEqual({ USDT: '1', USDC: '0.9', FDUSD: '0.45' })
    quotes('binance', { BTCUSDT: '50000' })
    const alone = await sync('binance')
    expect(sourcesOf(alone).USDC).toBe('USDC par (no USD market)')
  })

  test('the euro, priced by way of a stablecoin, moves with its own market alone', async () => {
    holds('binance', { EUR: '100', BTC: '1', USDC: '1' })
    quotes('binance', { EURUSDT: '1.1', BTCEUR: '45000', USDCUSDT: '1' })
    expect(pricesOf(await sync('binance'))).toEqual({ EUR: '1.1', BTC: '49500', USDC: '1' })
    quotes('binance', { EURUSDT: '1.2', BTCEUR: '45000', USDCUSDT: '1' })
    expect(pricesOf(await sync('binance'))).toEqual({ EUR: '1.2', BTC: '54000', USDC: '1' })
  })
})

describe('with a market in USD at another exchange', () => {
  test('a stablecoin takes its price from there, and what is quoted in it goes by that', async () => {
    await remembered('USDT/USD', '0.9')
    holds('binance', { BTC: '1', USDC: '1' })
    quotes('binance', { BTCUSDT: '50000', USDCUSDT: '0.5' })
    const wallet = await sync('binance')
    expect(pricesOf(wallet)).toEqual({ BTC: '45000', USDC: '0.45' })
    expect(sourcesOf(wallet).BTC).toBe('binance BTC/USDT × kraken USDT/USD')
  })

  test('an old price of one stablecoin does not move another one', async () => {
    await remembered('USDC/USD', '1', { minutes: 120 })
    holds('binance', { BTC: '1', USDT: '10000', USDC: '10000' })
    quotes('binance', { BTCUSDT: '50000', USDCUSDT: '0.88' })
    expect(pricesOf(await sync('binance'))).toEqual({ BTC: '50000', USDT: '1', USDC: '0.88' })
  })

  test('of several exchanges the one in the middle counts, and none that is more than a day old', async () => {
    await remembered('SOL/USD', '100', { exchangeId: 'kraken' })
    await remembered('SOL/USD', '101', { exchangeId: 'coinbase' })
    await remembered('SOL/USD', '900', { exchangeId: 'bitstamp' })
    await remembered('ADA/USD', '1', { minutes: 24 * 60 + 1 })
    holds('binance', { SOL: '1', ADA: '1' })
    quotes('binance', { BTCUSDT: '50000' })
    const wallet = await sync('binance')
    expect(wallet.balances).toMatchObject([
      { asset: 'SOL', usdPrice: '101', priceSource: 'coinbase SOL/USD' },
      { asset: 'ADA', usdPrice: null },
    ])
  })
})

describe('an asset that only has its name in common with one of another exchange', () => {
  test('is unpriced, with the other price as a suggestion that counts nowhere', async () => {
    holds('binance', {})
    quotes('binance', { BTCUSDT: '50000', NEIROUSDT: '0.02965' })
    await sync('binance')
    holds('binanceus', { BTC: '0.01', NEIRO: '1000000' })
    quotes('binanceus', { BTCUSDT: '50000' })
    const wallet = await sync('binanceus')
    expect(wallet).toMatchObject({ totalUsdValue: '500', unpricedAssets: 1 })
    expect(wallet.balances).toMatchObject([
      { asset: 'BTC', usdValue: '500' },
      {
        ...{ asset: 'NEIRO', usdPrice: null, usdValue: null, priceSource: null },
        suggestion: {
          ...{ exchangeId: 'binance', usdPrice: '0.02965', source: `binance NEIRO/USDT × ${PAR}` },
          at: expect.stringMatching(/Z$/),
        },
      },
    ])
    expect(wallet.balances[0]).not.toHaveProperty('suggestion')
    expect(await attention()).toContainEqual({
      kind: 'UNPRICED',
      walletId: wallet.walletId,
      message: '1 asset on Binance US has no price and is not in your total: NEIRO.',
    })

    // With a market of its own it is priced, and nothing is suggested any more.
    quotes('binanceus', { BTCUSDT: '50000', NEIROUSDT: '0.0002666' })
    const priced = await sync('binanceus')
    expect(priced.totalUsdValue).toBe('766.6')
    expect(priced.balances[1]).not.toHaveProperty('suggestion')
    // Each exchange goes on with its own coin.
    expect(pricesOf(await sync('binance'))).toEqual({})
    const { rows } = await server.db.superuser.pool.query(
      `SELECT exchange_id FROM asset_prices WHERE asset = 'NEIRO' ORDER BY 1`,
    )
    expect(rows.map((row) => row.exchange_id)).toEqual(['binance', 'binanceus'])
  })

  test('loses its suggestion when the other exchange no longer quotes it', async () => {
    await remembered('NEIRO/USDT', '0.03', { exchangeId: 'gate' })
    holds('binance', { NEIRO: '1' })
    quotes('binance', { BTCUSDT: '50000' })
    expect((await sync('binance')).balances[0]).toHaveProperty('suggestion')
    await server.db.superuser.pool.query('DELETE FROM asset_prices')
    expect((await sync('binance')).balances[0]).not.toHaveProperty('suggestion')
  })
})

test('what a closed market last said is no price: unpriced, and named under attention', async () => {
  const closeTime = Date.now()
  const halted = { bidPrice: '0.00000000', askPrice: '0.00000000', volume: '0.00000000', count: 0 }
  const market = (symbol: string, over: object) => ({ symbol, lastPrice: '80', closeTime, ...over })
  exchanges.binance.answer(TICKERS, () => ({
    body: [
      market('OLDUSDT', halted),
      market('DEADUSDT', halted),
      market('BIDUSDT', { ...halted, bidPrice: '79' }),
    ],
  }))
  holds('binance', { OLD: '1000', DEAD: '1000', USDT: '420', BID: '1' })
  const wallet = await sync('binance')
  expect(wallet).toMatchObject({ totalUsdValue: '500', unpricedAssets: 2 })
  expect(pricesOf(wallet)).toEqual({ USDT: '1', BID: '80', DEAD: null, OLD: null })
  expect(await attention()).toContainEqual({
    ...{ kind: 'UNPRICED', walletId: wallet.walletId },
    message: '2 assets on Binance have no price and are not in your total: DEAD, OLD.',
  })
})

test('a market that closes takes its price with it, even if something beside it cannot be read', async () => {
  quotes('binance', { DEADUSDT: '80', SOLUSDT: '10' })
  holds('binance', { DEAD: '1000', SOL: '5' })
  expect(await sync('binance')).toMatchObject({ totalUsdValue: '80050' })
  quotes('binance', { SOLUSDT: '10' })
  exchanges.binance.answer(SPOT, () => ({
    body: {
      balances: [
        { asset: 'DEAD', free: '1000', locked: '0' },
        { asset: 'SOL', free: null, locked: '0' },
      ],
    },
  }))
  const wallet = await sync('binance')
  expect(wallet).toMatchObject({ totalUsdValue: '50', unpricedAssets: 1, syncError: { code: 'PARTIAL' } })
  expect(pricesOf(wallet)).toEqual({ DEAD: null, SOL: '10' })
})

test('a closed market that is the only one leaves the stablecoin beside it priced', async () => {
  exchanges.binance.answer(TICKERS, () => tickers({ OLDUSDT: '80' }))
  holds('binance', { OLD: '1000', USDT: '500' })
  expect(await sync('binance')).toMatchObject({ totalUsdValue: '500', unpricedAssets: 1 })
})

describe('the currencies that amounts can be shown in', () => {
  interface Rate {
    currency: string
    usdPrice: string
    source: string
    simulated: boolean
  }
  const rates = async () =>
    Object.fromEntries(
      (await client.queryData<Rate[]>('settings.rates')).map(({ currency, usdPrice }) => [
        currency,
        usdPrice,
      ]),
    )

  test('are those that the markets of connected exchanges price, by a path and a time that are named', async () => {
    holds('binance', { BTC: '1' })
    quotes('binance', { BTCUSDT: '50000', EURUSDT: '1.1' })
    await sync('binance')
    expect(await client.queryData('settings.rates')).toEqual([
      { currency: 'USD', usdPrice: '1', source: 'USD', asOf: expect.any(String), simulated: false },
      {
        ...{ currency: 'EUR', usdPrice: '1.1', source: `binance EUR/USDT × ${PAR}` },
        ...{ asOf: expect.any(String), simulated: false },
      },
      {
        ...{ currency: 'BTC', usdPrice: '50000', source: `binance BTC/USDT × ${PAR}` },
        ...{ asOf: expect.any(String), simulated: false },
      },
    ])
    expect((await server.client().query('settings.rates')).status).toBe(401)
  })

  test('come from markets either way round, and from none that is older than a day', async () => {
    await remembered('GBP/USD', '1.25')
    await remembered('USD/JPY', '160')
    await remembered('USD/CHF', '0.8')
    await remembered('BTC/AUD', '90000')
    await remembered('BTC/USD', '60000')
    await remembered('CAD/USD', '0.7', { minutes: 25 * 60 })
    const found = await rates()
    expect(found).toMatchObject({ USD: '1', GBP: '1.25', JPY: '0.00625', CHF: '1.25', BTC: '60000' })
    expect(found.AUD).toMatch(/^0\.66666666666666666\d$/)
    expect(Object.keys(found)).not.toContain('CAD')
  })
})
