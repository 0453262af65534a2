import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { keepsSessions } from './keeps-sessions.ts'
import { startTestPooler, type TestPooler, type TestPoolerOptions } from './testing/pooler.ts'
import { createTestDatabase, type TestDatabase } from './testing.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

async function start(o: Omit<TestPoolerOptions, 'url'>): Promise<TestPooler> {
  const pooler = await startTestPooler({ ...o, url: db.url })
  onTestFinished(() => pooler.close())
  return pooler
}

/** Another client of the pooler, which asks one thing after the other until the test ends. */
async function keepBusy(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  let isOver = false
  const asking = (async () => {
    while (!isOver) await client.query('SELECT 1')
  })().catch(() => undefined)
  onTestFinished(async () => {
    isOver = true
    await asking
    await client.end()
  })
}

test('PostgreSQL itself keeps a session', async () => {
  expect(await keepsSessions(db.url)).toBe(true)
})

describe.each(['last-used', 'round-robin'] as const)('a pooler that lends %s connections', (order) => {
  test.each([1, 2, 3, 8])('in transaction mode keeps none, with %s of them', async (size) => {
    const { url } = await start({ mode: 'transaction', size, order })
    expect(await keepsSessions(url)).toBe(false)
  })

  test('in transaction mode keeps none, while others use it, too', async () => {
    const { url } = await start({ mode: 'transaction', size: 6, order })
    for (let count = 0; count < 3; count += 1) await keepBusy(url)
    expect(await keepsSessions(url)).toBe(false)
  })

  test('in session mode keeps them', async () => {
    const { url } = await start({ mode: 'session', size: 12, order })
    for (let count = 0; count < 3; count += 1) await keepBusy(url)
    expect(await keepsSessions(url)).toBe(true)
  })
})

test('a database that does not answer is not taken for a pooler', async () => {
  await expect(keepsSessions('postgres://u:p@127.0.0.1:9/x')).rejects.toThrow('ECONNREFUSED')
})
