import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing.ts'
import { readPrices } from './read-prices.ts'
import { upsertPrices } from './upsert-prices.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

test('the newest price is kept, whatever the order in which prices come', async () => {
  const price = (usdPrice: string, minute: number) => ({
    ...{ asset: 'BTC', usdPrice, source: `at ${minute}`, asOf: new Date(60_000 * minute) },
  })
  await upsertPrices(db.pool, { prices: [price('1.50', 1)] })
  await upsertPrices(db.pool, { prices: [price('3', 3)] })
  await upsertPrices(db.pool, { prices: [price('2', 2)] })
  await upsertPrices(db.pool, { prices: [] })
  expect(await readPrices(db.pool, { assets: ['BTC', 'ETH'] })).toEqual([price('3', 3)])
  expect(await readPrices(db.pool, { assets: [] })).toEqual([])
})

test('writers of the same assets in different orders do not lock each other out', async () => {
  const assets = Array.from({ length: 40 }, (_, index) => `ASSET${index}`)
  const write = (round: number) => {
    const prices = assets.map((asset) => ({ asset, usdPrice: '1', source: 's', asOf: new Date(round) }))
    return upsertPrices(db.pool, { prices: round % 2 === 0 ? prices : prices.reverse() })
  }
  await Promise.all(Array.from({ length: 30 }, (_, round) => write(round)))
  const prices = await readPrices(db.pool, { assets })
  expect(prices).toHaveLength(40)
  expect(prices.every(({ asOf }) => asOf.getTime() === 29)).toBe(true)
})
