import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedWallet } from './testing/seed.ts'
import { createTestDatabase, type TestDatabase } from './testing.ts'
import { uuidv7 } from './uuidv7.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

const readUser = `SELECT current_setting('app.user_id', true) AS id`

test('withUser and withUserSql name the user for the transaction, and nobody afterwards', async () => {
  const userId = uuidv7()
  const byPrisma = await db.withUser(userId, (tx) => tx.$queryRawUnsafe<{ id: string }[]>(readUser))
  expect(byPrisma).toEqual([{ id: userId }])
  const bySql = await db.withUserSql(userId, (client) => client.query<{ id: string }>(readUser))
  expect(bySql.rows).toEqual([{ id: userId }])
  const after = await Promise.all(Array.from({ length: 20 }, () => db.pool.query<{ id: string }>(readUser)))
  expect(after.every(({ rows }) => !rows[0]?.id)).toBe(true)
})

test('withUserSql takes no user id that is not a UUID', async () => {
  const run = () => Promise.resolve('ran')
  await expect(db.withUserSql(`x', true); DROP TABLE users; --`, run)).rejects.toThrow(TypeError)
  await expect(db.withUser('1', run)).rejects.toThrow(TypeError)
})

test('an error rolls back what was written and is thrown on', async () => {
  const { userId } = await seedWallet(db)
  const failure = new Error('no')
  const write = `UPDATE users SET display_name = 'written' WHERE user_id = $1`
  await expect(
    db.withUserSql(userId, async (client) => {
      await client.query(write, [userId])
      throw failure
    }),
  ).rejects.toBe(failure)
  const user = await db.superuser.prisma.user.findUniqueOrThrow({ where: { userId } })
  expect(user.displayName).toBeNull()
})

test('a failed statement whose error was swallowed does not pass for a commit', async () => {
  const { userId } = await seedWallet(db)
  await expect(
    db.withUserSql(userId, async (client) => {
      await client.query('SELECT 1 / 0').catch(() => undefined)
    }),
  ).rejects.toThrow('rolled back')
})

test('numeric and bigint arrive as strings', async () => {
  const { rows } = await db.pool.query(
    'SELECT 0.1::numeric(38,18) AS amount, 9007199254740993::bigint AS seq',
  )
  expect(rows).toEqual([{ amount: '0.100000000000000000', seq: '9007199254740993' }])
})

test('connections that break while idle are replaced', async () => {
  await Promise.all([1, 2, 3].map(() => db.pool.query('SELECT 1')))
  const killer = await db.superuser.pool.connect()
  await killer.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  )
  killer.release()
  await expect.poll(() => db.pool.totalCount, { interval: 5 }).toBe(0)
  const answers = await Promise.all([1, 2, 3].map(() => db.pool.query('SELECT 1 AS one')))
  expect(answers.map(({ rows }) => rows)).toEqual([[{ one: 1 }], [{ one: 1 }], [{ one: 1 }]])
})

test('ids are of version 7 and sort by time, whether made here or by the database', async () => {
  const before = Date.now()
  const { rows } = await db.pool.query<{ id: string }>('SELECT opentrade_uuidv7() AS id')
  const ids = [uuidv7(), rows[0]?.id ?? '']
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
    expect(time).toBeGreaterThanOrEqual(before - 1)
    expect(time).toBeLessThanOrEqual(Date.now() + 1)
  }
  expect(new Set(Array.from({ length: 1_000 }, uuidv7)).size).toBe(1_000)
})
