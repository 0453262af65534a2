import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing.ts'
import { readPrices } from './read-prices.ts'
import { upsertPrices } from './upsert-prices.ts'

const minute = (count: number) => new Date(60_000 * count)
const EVER = minute(0)

let db: TestDatabase

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())
beforeEach(async () => {
  await db.pool.query('DELETE FROM asset_prices')
})

function keep(exchangeId: string, prices: Record<string, string>, o: { at?: number; all?: boolean } = {}) {
  const { at = 1, all = false } = o
  const rows = Object.entries(prices).map(([market, price]) => {
    const [asset = '', quote = ''] = market.split('/')
    return { asset, quote, price, asOf: minute(at) }
  })
  return upsertPrices(db.pool, { exchangeId, prices: rows, all })
}

async function known(o: Partial<Parameters<typeof readPrices>[1]> = {}) {
  const wanted = { assets: ['BTC'], quotes: ['USD', 'USDT'], since: EVER, exceptExchangeId: null, ...o }
  const prices = await readPrices(db.pool, wanted)
  return prices
    .map(({ exchangeId, asset, quote, price }) => `${exchangeId} ${asset}/${quote} ${price}`)
    .sort()
}

test('the newest price of each market is kept, whatever the order in which prices come', async () => {
  await keep('kraken', { 'BTC/USD': '1.50' }, { at: 1 })
  await keep('kraken', { 'BTC/USD': '3' }, { at: 3 })
  await keep('kraken', { 'BTC/USD': '2' }, { at: 2 })
  await keep('kraken', {})
  expect(await known()).toEqual(['kraken BTC/USD 3'])
  expect(await known({ assets: [] })).toEqual([])
  expect(await known({ since: minute(4) })).toEqual([])
})

test('two exchanges that name two coins alike do not replace each other', async () => {
  await keep('binance', { 'NEIRO/USDT': '0.02965' })
  await keep('bybit', { 'NEIRO/USDT': '0.0002666' }, { at: 2 })
  expect(await known({ assets: ['NEIRO'] })).toEqual([
    'binance NEIRO/USDT 0.02965',
    'bybit NEIRO/USDT 0.0002666',
  ])
  expect(await known({ assets: ['NEIRO'], exceptExchangeId: 'bybit' })).toEqual([
    'binance NEIRO/USDT 0.02965',
  ])
})

test('a market is found from either side', async () => {
  await keep('kraken', { 'USD/JPY': '160', 'BTC/JPY': '9000000', 'USDT/USD': '1' })
  expect(await known({ assets: ['JPY'], quotes: ['USD', 'BTC'] })).toEqual([
    'kraken BTC/JPY 9000000',
    'kraken USD/JPY 160',
  ])
})

test('what an exchange no longer says is removed, and what others say is not', async () => {
  await keep('kraken', { 'BTC/USD': '1', 'BTC/USDT': '2' })
  await keep('gate', { 'BTC/USDT': '3' })
  await keep('kraken', { 'BTC/USD': '4' }, { at: 2, all: true })
  expect(await known()).toEqual(['gate BTC/USDT 3', 'kraken BTC/USD 4'])
  await keep('kraken', {}, { all: true })
  expect(await known()).toEqual(['gate BTC/USDT 3'])
})

test('writers of the same markets in different orders do not lock each other out', async () => {
  const assets = Array.from({ length: 40 }, (_, index) => `ASSET${index}`)
  const write = (round: number) => {
    const prices = assets.map((asset) => ({ asset, quote: 'USD', price: '1', asOf: new Date(round) }))
    // Every third one says a part only, so that the rest is removed while others write it.
    const said = round % 3 === 0 ? prices.slice(round) : prices
    return upsertPrices(db.pool, {
      ...{ exchangeId: 'kraken', all: true, prices: round % 2 === 0 ? said : said.reverse() },
    })
  }
  await Promise.all(Array.from({ length: 30 }, (_, round) => write(round)))
  await write(31)
  const prices = await readPrices(db.pool, { assets, quotes: ['USD'], since: EVER, exceptExchangeId: null })
  expect(prices).toHaveLength(40)
})
