import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedWallet } from './testing/seed.ts'
import { createTestDatabase, type TestDatabase } from './testing.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

const countWallets = { name: 'count_wallets', text: 'SELECT count(*)::int AS n FROM wallets', values: [] }

function echo(...values: (string | null)[]) {
  return { name: 'echo', text: 'SELECT $1::text AS first, $2::text AS second', values }
}

test('a statement sees the rows of its user, and nobody is named afterwards', async () => {
  const { userId } = await seedWallet(db)
  await seedWallet(db)
  const { rows } = await db.asUser(userId).query<{ n: number }>(countWallets)
  expect(rows).toEqual([{ n: 1 }])
  const after = await db.pool.query<{ n: number }>(countWallets)
  expect(after.rows).toEqual([{ n: 0 }])
})

test('many users at once over few connections never see each other', async () => {
  const users = await Promise.all(Array.from({ length: 12 }, () => seedWallet(db)))
  const statement = { name: 'whose', text: 'SELECT user_id AS "userId" FROM wallets', values: [] }
  await Promise.all(
    Array.from({ length: 300 }, async (_, index) => {
      const { userId } = users[index % users.length] ?? { userId: '' }
      const { rows } = await db.asUser(userId).query<{ userId: string }>(statement)
      expect(rows).toEqual([{ userId }])
    }),
  )
})

test('values arrive as they are, whatever is in them', async () => {
  const { userId } = await seedWallet(db)
  for (const value of ["'); DROP TABLE wallets; --", "a\\'b", '$1', '🪙 "ü"\n', '', null]) {
    const { rows } = await db.asUser(userId).query(echo(value, 'end'))
    expect(rows).toEqual([{ first: value, second: 'end' }])
  }
})

test('a statement that fails leaves the connection as it was', async () => {
  const { userId } = await seedWallet(db)
  const fails = { name: 'fails', text: 'SELECT 1 / length($1::text) AS one', values: [''] }
  for (let round = 0; round < 15; round += 1) {
    await expect(db.asUser(userId).query(fails)).rejects.toThrow('division by zero')
  }
  const { rows } = await db.asUser(userId).query({ ...fails, values: ['x'] })
  expect(rows).toEqual([{ one: 1 }])
  expect(
    (await db.pool.query(`SELECT current_setting('app.user_id', true) AS id`)).rows[0]?.id || null,
  ).toBeNull()
})

test('a statement that writes is undone whole when it fails, and takes no id that is not a UUID', async () => {
  const { userId } = await seedWallet(db)
  const write = {
    name: 'rename',
    text: 'UPDATE users SET display_name = $1, email = $2',
    values: ['new', 'NOT@LOWER.CASE'],
  }
  await expect(db.asUser(userId).query(write)).rejects.toThrow('users_email_is_lower_case')
  const { rows } = await db.forUser(userId).query('SELECT display_name AS name FROM users')
  expect(rows).toEqual([{ name: null }])
  expect(() => db.asUser(`x'; DROP TABLE users; --`)).toThrow(TypeError)
})
