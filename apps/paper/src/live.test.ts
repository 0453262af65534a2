import { createTestDatabase } from '@opentrade/db/testing'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { openMarketSource } from './market/open-source.ts'
import { createTestVenue, type TestVenue } from './testing/test-venue.ts'

const START = Date.UTC(2026, 10, 20, 8)

let database: Awaited<ReturnType<typeof createTestDatabase>>
const venues: TestVenue[] = []
beforeAll(async () => {
  database = await createTestDatabase({ role: 'paper' })
})
afterAll(() => database.drop())
afterEach(async () => {
  for (const venue of venues.splice(0).reverse()) await venue.close()
})

async function open(options: Parameters<typeof createTestVenue>[0]): Promise<TestVenue> {
  const venue = await createTestVenue({ ...options, database })
  venues.push(venue)
  return venue
}

async function price(venue: TestVenue): Promise<unknown> {
  return (await venue.get('/api/v3/ticker/price?symbol=BTCUSDT')).json
}

it('follows the prices and candles of another exchange, and keeps the last when that is down', async () => {
  let time = START
  const clock = () => time
  const feed = await open({ clock, seed: 'another seed' })
  const live = await open({ clock, market: `live:${feed.url}` })
  expect(await price(live)).toEqual(await price(feed))
  const klines = '/api/v3/klines?symbol=ETHBTC&interval=4h&limit=10'
  const [own, theirs] = [(await live.get(klines)).json, (await feed.get(klines)).json] as string[][][]
  expect(own?.map((kline) => kline.slice(0, 6))).toEqual(theirs?.map((kline) => kline.slice(0, 6)))
  const day = '/api/v3/ticker/24hr?symbol=BTCUSDT'
  const statistics = (await feed.get(day)).json as Record<string, unknown>
  expect((await live.get(day)).json).toMatchObject({
    highPrice: statistics.highPrice,
    volume: statistics.volume,
    closeTime: START,
  })

  const before = await price(live)
  await feed.admin('PUT', '/paper/faults', { faults: [{ kind: 'html' }] })
  time += 3_600_000
  expect(await price(live)).toEqual(before)
  expect((await live.get(day)).json).toMatchObject({ closeTime: START })
})

it('trades at the prices that it follows', async () => {
  const feed = await open({ seed: 'another seed' })
  const live = await open({ market: `live:${feed.url}/` })
  const account = await live.openAccount('live')
  const parameters = { symbol: 'ETHUSDT', side: 'SELL', type: 'MARKET', quantity: '1' }
  const order = await live.call({ account, method: 'POST', path: '/api/v3/order', parameters })
  expect(order.json).toMatchObject({ status: 'FILLED', executedQty: '1.00000000' })
})

it('without a price answers that it has none, and lists the market as halted', async () => {
  const live = await open({ market: 'live:http://127.0.0.1:9' })
  expect(await live.get('/api/v3/ticker/price?symbol=BTCUSDT')).toMatchObject({
    status: 503,
    json: { code: -1001 },
  })
  expect((await live.get('/api/v3/ticker/24hr')).json).toEqual([])
  const info = (await live.get('/api/v3/exchangeInfo?symbol=BTCUSDT')).json
  expect(info).toMatchObject({ symbols: [{ status: 'BREAK' }] })
  const account = await live.openAccount('down')
  expect((await live.call({ account, path: '/api/v3/openOrders' })).json).toEqual([])
})

it('refuses an address that is none, and a mode that there is not', async () => {
  const source = (mode: string) => openMarketSource({ mode, seed: 'any', now: START })
  await expect(source('live:ftp://somewhere')).rejects.toThrow('no http or https address')
  await expect(source('random')).rejects.toThrow("'seeded', 'replay:<file>' or 'live:<base url>'")
})
