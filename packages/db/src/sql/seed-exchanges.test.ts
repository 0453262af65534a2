import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing.ts'
import { seedExchanges } from './seed-exchanges.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

function exchange(exchangeId: string, exchangeName: string) {
  return { exchangeId, exchangeName, ccxtId: exchangeId, requiredCredentials: [{ name: 'apiKey' }] }
}

test('is written once, keeps what an admin has set, and follows names that move', async () => {
  const first = [exchange('huobi', 'HTX'), exchange('kraken', 'Kraken'), exchange('gone', 'Gone')]
  expect(await seedExchanges(db.pool, { exchanges: first })).toEqual({ changed: 3 })
  expect(await seedExchanges(db.pool, { exchanges: first })).toEqual({ changed: 0 })
  await db.pool.query(
    `UPDATE exchanges SET api_base_url = 'http://a', ws_base_url = 'ws://b', is_active = false WHERE exchange_id = 'kraken'`,
  )

  const second = [exchange('htx', 'HTX'), { ...exchange('kraken', 'Kraken Pro'), requiredCredentials: [] }]
  expect(await seedExchanges(db.pool, { exchanges: second })).toEqual({ changed: 2 })
  const rows = await db.prisma.exchange.findMany({ orderBy: { exchangeId: 'asc' } })
  expect(rows).toMatchObject([
    { exchangeId: 'gone', exchangeName: 'Gone' },
    { exchangeId: 'htx', exchangeName: 'HTX' },
    { exchangeId: 'huobi', exchangeName: 'HTX (huobi)' },
    {
      ...{ exchangeId: 'kraken', exchangeName: 'Kraken Pro', requiredCredentials: [] },
      ...{ apiBaseUrl: 'http://a', wsBaseUrl: 'ws://b', isActive: false },
    },
  ])

  const swapped = [exchange('htx', 'Kraken'), exchange('kraken', 'HTX')]
  await seedExchanges(db.pool, { exchanges: swapped })
  const names = await db.prisma.exchange.findMany({ where: { exchangeId: { in: ['htx', 'kraken'] } } })
  expect(Object.fromEntries(names.map((row) => [row.exchangeId, row.exchangeName]))).toEqual({
    htx: 'Kraken',
    kraken: 'HTX',
  })
})
