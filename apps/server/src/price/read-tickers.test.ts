import { readPrices } from '@opentrade/db'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Services } from '../context.ts'
import { pointExchange } from '../testing/exchange-fixtures.ts'
import {
  type LoopbackExchange,
  startLoopbackExchange,
  TICKERS,
  tickers,
} from '../testing/loopback-exchange.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { readTickers } from './read-tickers.ts'

let exchange: LoopbackExchange
let server: TestServer
let services: Services

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
  await server.db.superuser.pool.query('DELETE FROM asset_prices')
  // As a process that has just started: nothing is remembered.
  services = { ...server.services }
})

async function known(...assets: string[]) {
  const prices = await readPrices(server.db.pool, { assets })
  return Object.fromEntries(prices.map((price) => [price.asset, [price.usdPrice, price.source]]))
}

const asked = () => exchange.calls.filter((path) => path === TICKERS).length

test('fifty readers at once ask the exchange once, and so does the next one soon after', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => readTickers({ services, exchangeId: 'binance' })),
  )
  expect(new Set(answers).size).toBe(1)
  expect(answers[0]).toMatchObject({ current: true, tickers: { length: 3 } })
  await readTickers({ services, exchangeId: 'binance' })
  expect(asked()).toBe(1)
})

test('an exchange that does not answer is no error, and is left alone for a while', async () => {
  exchange.answer(TICKERS, () => ({ status: 503, body: 'Maintenance' }))
  expect(await readTickers({ services, exchangeId: 'binance' })).toEqual({ tickers: [], current: false })
  const calls = asked()
  await readTickers({ services, exchangeId: 'binance' })
  expect(asked()).toBe(calls)
})

test('what an exchange says of its assets is kept for others', async () => {
  exchange.answer(TICKERS, () => tickers({ BTCUSDT: '50000', ETHBTC: '0.05' }))
  await readTickers({ services, exchangeId: 'binance' })
  expect(await known('BTC', 'ETH', 'USDT')).toEqual({
    BTC: ['50000', 'binance BTC/USDT × USDT par (no USD market)'],
    ETH: ['2500', 'binance ETH/BTC × BTC/USDT × USDT par (no USD market)'],
  })
})

test('a price that rests on par does not replace a fresh one that does not', async () => {
  await server.db.superuser.pool.query(
    `INSERT INTO asset_prices VALUES ('BTC', 49000, 'kraken BTC/USD', now() - interval '1 minute'),
       ('ETH', 2000, 'kraken ETH/USD', now() - interval '2 hours')`,
  )
  await readTickers({ services, exchangeId: 'binance' })
  expect(await known('BTC', 'ETH')).toEqual({
    BTC: ['49000', 'kraken BTC/USD'],
    ETH: ['2500', 'binance ETH/USDT × USDT par (no USD market)'],
  })
})

test('the price of another source is not renewed by an exchange that only uses it', async () => {
  await server.db.superuser.pool.query(
    `INSERT INTO asset_prices VALUES ('USDT', 0.9, 'kraken USDT/USD', now() - interval '5 minutes')`,
  )
  const [before] = await readPrices(server.db.pool, { assets: ['USDT'] })
  await readTickers({ services, exchangeId: 'binance' })
  const [after, bitcoin] = await readPrices(server.db.pool, { assets: ['USDT', 'BTC'] }).then((prices) =>
    prices.toSorted((left, right) => right.asset.localeCompare(left.asset)),
  )
  expect(after).toEqual(before)
  // Only as fresh as the oldest price on its path.
  expect(bitcoin).toEqual({
    ...{ asset: 'BTC', usdPrice: '45000', source: 'binance BTC/USDT × kraken USDT/USD', asOf: before?.asOf },
  })
})

test('prices of the paper exchange are kept from real wallets', async () => {
  await readTickers({ services, exchangeId: 'paper' })
  expect(await known('BTC', 'ETH', 'USDT')).toEqual({})
})
