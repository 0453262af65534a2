import { ExchangeError, type ExchangeErrorCode } from '@opentrade/exchange'
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
import { readTickers, restAfter } from './read-tickers.ts'

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

async function known() {
  const { rows } = await server.db.superuser.pool.query<{ market: string; price: string }>(
    `SELECT exchange_id || ' ' || asset || '/' || quote AS market, trim_scale(price)::text AS price
     FROM asset_prices ORDER BY market`,
  )
  return Object.fromEntries(rows.map(({ market, price }) => [market, price]))
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

test('an exchange that does not serve this country is left alone for an hour', () => {
  const restFor = (code: ExchangeErrorCode) =>
    restAfter(new ExchangeError({ code, exchangeId: 'binance', message: 'No.' }))
  expect(restFor('RESTRICTED_LOCATION')).toBe(60 * 60_000)
  expect(restFor('UNAVAILABLE')).toBeLessThan(60_000)
})

test('what an exchange says in its markets is kept for others, and no price that was worked out from it', async () => {
  exchange.answer(TICKERS, () => tickers({ BTCUSDT: '50000', ETHBTC: '0.05' }))
  await readTickers({ services, exchangeId: 'binance' })
  expect(await known()).toEqual({ 'binance BTC/USDT': '50000', 'binance ETH/BTC': '0.05' })
})

test('what an exchange says no longer is forgotten, and what others said is not', async () => {
  await server.db.superuser.pool.query(
    `INSERT INTO asset_prices VALUES ('OLD', 'USDT', 'binance', 80, now()), ('OLD', 'USDT', 'gate', 80, now())`,
  )
  exchange.answer(TICKERS, () => tickers({ BTCUSDT: '50000' }))
  await readTickers({ services, exchangeId: 'binance' })
  expect(await known()).toEqual({ 'binance BTC/USDT': '50000', 'gate OLD/USDT': '80' })
})

test('prices of the paper exchange are kept from real wallets', async () => {
  await readTickers({ services, exchangeId: 'paper' })
  expect(await known()).toEqual({})
})
