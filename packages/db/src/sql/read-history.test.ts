import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Seeded, seedWallet } from '../testing/seed.ts'
import { createTestDatabase, type TestDatabase } from '../testing.ts'
import { ensureSnapshotPartitions } from './ensure-snapshot-partitions.ts'
import { insertSnapshot } from './insert-snapshot.ts'
import { readHistory } from './read-history.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

const start = Date.parse('2026-01-31T00:00:00.000Z')

function hour(hours: number): Date {
  return new Date(start + hours * 3_600_000)
}

async function snapshot(o: { of: Seeded; at: number; total: string; complete?: boolean }): Promise<void> {
  const { userId, walletId } = o.of
  const takenAt = hour(o.at)
  await insertSnapshot(db.forUser(userId), {
    ...{ userId, walletId, takenAt, totalUsdValue: o.total, complete: o.complete ?? true, holdings: [] },
  })
}

async function history(o: { of: Seeded; walletId?: string; from: number; to: number; points: number }) {
  const { userId } = o.of
  const wallet = o.walletId === undefined ? {} : { walletId: o.walletId }
  const range = { from: hour(o.from), to: hour(o.to), points: o.points }
  const points = await readHistory(db.forUser(userId), { userId, ...wallet, ...range })
  return points.map(({ at, totalUsdValue, complete }) => [
    (at.getTime() - start) / 3_600_000,
    totalUsdValue,
    complete,
  ])
}

async function addWallet(to: Seeded, label: string): Promise<Seeded> {
  const { userId, exchangeId } = to
  const { walletId } = await db.superuser.prisma.wallet.create({ data: { userId, exchangeId, label } })
  return { userId, exchangeId, walletId }
}

test('nothing read gives no point', async () => {
  const of = await seedWallet(db)
  expect(await history({ of, from: 0, to: 24, points: 24 })).toEqual([])
})

test('each slice in which something was read gives its last reading', async () => {
  const of = await seedWallet(db)
  for (const [at, total] of [
    [1, '10'],
    [2, '20'],
    [2.5, '25.5'],
    [9, '90'],
    [10, '100'],
  ] as const) {
    await snapshot({ of, at, total })
  }
  expect(await history({ of, from: 0, to: 10, points: 5 })).toEqual([
    [1, '10', true],
    [2.5, '25.5', true],
    [10, '100', true],
  ])
})

test('a partial reading is no loss: it is marked, and the last complete value stands in', async () => {
  const of = await seedWallet(db)
  await snapshot({ of, at: 1, total: '100' })
  await snapshot({ of, at: 2, total: '40', complete: false })
  await snapshot({ of, at: 3, total: '41', complete: false })
  await snapshot({ of, at: 4, total: '110' })
  expect(await history({ of, from: 0, to: 5, points: 5 })).toEqual([
    [1, '100', true],
    [2, '100', false],
    [3, '100', false],
    [4, '110', true],
  ])
})

test('a partial reading behind a complete one in the same slice leaves the complete value', async () => {
  const of = await seedWallet(db)
  await snapshot({ of, at: 1, total: '100' })
  await snapshot({ of, at: 1.5, total: '1', complete: false })
  expect(await history({ of, from: 0, to: 10, points: 2 })).toEqual([[1.5, '100', false]])
})

test('a wallet that was never read in full counts with what was read', async () => {
  const of = await seedWallet(db)
  await snapshot({ of, at: 1, total: '5', complete: false })
  await snapshot({ of, at: 3, total: '7', complete: false })
  await snapshot({ of, at: 5, total: '9' })
  expect(await history({ of, from: 0, to: 6, points: 6 })).toEqual([
    [1, '5', false],
    [3, '7', false],
    [5, '9', true],
  ])
})

test('what was known before the range opens it, complete or not', async () => {
  const of = await seedWallet(db)
  await snapshot({ of, at: -50, total: '30' })
  await snapshot({ of, at: -2, total: '3', complete: false })
  await snapshot({ of, at: 2, total: '50' })
  expect(await history({ of, from: 0, to: 4, points: 4 })).toEqual([
    [0, '30', false],
    [2, '50', true],
  ])
})

test('all wallets are summed, each with its last complete value', async () => {
  const of = await seedWallet(db)
  const second = await addWallet(of, 'second')
  await snapshot({ of, at: 1, total: '100' })
  await snapshot({ of: second, at: 2, total: '0.000000000000000001' })
  await snapshot({ of, at: 3, total: '10', complete: false })
  await snapshot({ of: second, at: 4, total: '7' })
  await snapshot({ of, at: 5, total: '120' })
  expect(await history({ of, from: 0, to: 6, points: 6 })).toEqual([
    [1, '100', true],
    [2, '100.000000000000000001', true],
    [3, '100.000000000000000001', false],
    [4, '107', false],
    [5, '127', true],
  ])
  expect(await history({ of, walletId: second.walletId, from: 0, to: 6, points: 6 })).toEqual([
    [2, '0.000000000000000001', true],
    [4, '7', true],
  ])
})

test("no other user's wallet can be read", async () => {
  const mine = await seedWallet(db)
  const theirs = await seedWallet(db)
  await snapshot({ of: theirs, at: 1, total: '100' })
  expect(await history({ of: mine, walletId: theirs.walletId, from: 0, to: 5, points: 5 })).toEqual([])
  expect(await history({ of: mine, from: 0, to: 5, points: 5 })).toEqual([])
})

test('never gives more points than asked for, and a range of no length gives one', async () => {
  const of = await seedWallet(db)
  for (let at = 0; at < 60; at += 1) await snapshot({ of, at, total: String(at) })
  expect(await history({ of, from: 0, to: 59, points: 10 })).toHaveLength(10)
  expect(await history({ of, from: 7, to: 7, points: 3 })).toEqual([
    [7, '6', true],
    [7, '7', true],
  ])
})

test('a snapshot written twice stays one', async () => {
  const of = await seedWallet(db)
  await snapshot({ of, at: 1, total: '1' })
  await snapshot({ of, at: 1, total: '2' })
  expect(await history({ of, from: 0, to: 2, points: 2 })).toEqual([[1, '1', true]])
})

test('a month gets its partition once, takes in what came before it was made, and changes no answer', async () => {
  const of = await seedWallet(db)
  // The night from January to February, in UTC.
  for (const at of [23, 24, 25]) await snapshot({ of, at, total: String(at) })
  const partitions = () =>
    db.superuser.pool.query(
      'SELECT tableoid::regclass::text AS name FROM wallet_snapshots WHERE user_id = $1 ORDER BY taken_at',
      [of.userId],
    )
  const before = await history({ of, from: 0, to: 48, points: 48 })
  expect((await partitions()).rows.map(({ name }) => name)).toEqual(Array(3).fill('wallet_snapshots_default'))

  expect(await ensureSnapshotPartitions(db.scheduler, { from: hour(0), months: 2 })).toBe(2)
  expect(await ensureSnapshotPartitions(db.scheduler, { from: hour(0), months: 2 })).toBe(0)
  expect((await partitions()).rows.map(({ name }) => name)).toEqual([
    'wallet_snapshots_2026_01',
    'wallet_snapshots_2026_02',
    'wallet_snapshots_2026_02',
  ])
  expect(await history({ of, from: 0, to: 48, points: 48 })).toEqual(before)
})
