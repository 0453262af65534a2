import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedWallet } from '../testing/seed.ts'
import { createTestDatabase, type TestDatabase } from '../testing.ts'
import { listWalletsJson } from './list-wallets-json.ts'
import { readBalances } from './read-balances.ts'
import { type BalanceRow, replaceBalances } from './replace-balances.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

const pricedAt = new Date('2026-01-01T00:00:00.000Z')

function row(asset: string, total = '2', price = '3'): BalanceRow {
  return {
    ...{ accountType: 'spot', asset, free: total, locked: '0', total },
    ...{ usdValue: String(Number(total) * Number(price)), usdPrice: price, priceSource: 'test', pricedAt },
  }
}

/** What tells whether PostgreSQL wrote a row: each version of it has its own xmin and place. */
async function rowVersions(userId: string): Promise<string[]> {
  const { rows } = await db.superuser.pool.query<{ version: string }>(
    `SELECT concat_ws(' ', asset, xmin, ctid, updated_at) AS version FROM balances WHERE user_id = $1 ORDER BY asset`,
    [userId],
  )
  return rows.map(({ version }) => version)
}

test('counts what it writes and removes, and leaves the rest untouched', async () => {
  const { userId, walletId } = await seedWallet(db)
  const first = [row('A'), row('B'), row('C')]
  expect(await replaceBalances(db.forUser(userId), { userId, walletId, rows: first })).toEqual({
    written: 3,
    removed: 0,
  })
  const before = await rowVersions(userId)

  expect(await replaceBalances(db.forUser(userId), { userId, walletId, rows: first })).toEqual({
    written: 0,
    removed: 0,
  })
  expect(await rowVersions(userId)).toEqual(before)

  const second = [row('A'), row('B', '5'), row('D')]
  expect(await replaceBalances(db.forUser(userId), { userId, walletId, rows: second })).toEqual({
    written: 2,
    removed: 1,
  })
  const after = await rowVersions(userId)
  expect(after[0]).toBe(before[0])
  expect(after[1]).not.toBe(before[1])
  expect(await readBalances(db.forUser(userId), { userId, walletId })).toEqual(second)

  expect(await replaceBalances(db.forUser(userId), { userId, walletId, rows: [] })).toEqual({
    written: 0,
    removed: 3,
  })
})

test('a price that is read again unchanged writes nothing, until its time is twelve hours behind', async () => {
  const { userId, walletId } = await seedWallet(db)
  const at = (hours: number) => new Date(pricedAt.getTime() + hours * 3_600_000)
  const write = (hours: number, price = '3') =>
    replaceBalances(db.forUser(userId), {
      userId,
      walletId,
      rows: [{ ...row('A', '2', price), pricedAt: at(hours) }],
    })
  expect(await write(0)).toEqual({ written: 1, removed: 0 })
  expect(await write(1)).toEqual({ written: 0, removed: 0 })
  expect((await readBalances(db.forUser(userId), { userId, walletId }))[0]?.pricedAt).toEqual(at(0))
  expect(await write(1, '4')).toEqual({ written: 1, removed: 0 })
  expect((await readBalances(db.forUser(userId), { userId, walletId }))[0]?.pricedAt).toEqual(at(1))
  expect(await write(13, '4')).toEqual({ written: 1, removed: 0 })
  expect((await readBalances(db.forUser(userId), { userId, walletId }))[0]?.pricedAt).toEqual(at(13))
})

test('touches no other wallet', async () => {
  const mine = await seedWallet(db)
  const theirs = await seedWallet(db)
  await replaceBalances(db.forUser(mine.userId), { ...mine, rows: [row('A')] })
  await replaceBalances(db.forUser(theirs.userId), { ...theirs, rows: [row('A'), row('B')] })
  await replaceBalances(db.forUser(mine.userId), { ...mine, rows: [] })
  expect(await readBalances(db.forUser(theirs.userId), theirs)).toHaveLength(2)
})

test('one bad row, or the same asset twice, writes nothing at all', async () => {
  const at = await seedWallet(db)
  await replaceBalances(db.forUser(at.userId), { ...at, rows: [row('A')] })
  const before = await rowVersions(at.userId)
  const bad = { ...row('B'), total: '1' }
  await expect(
    replaceBalances(db.forUser(at.userId), { ...at, rows: [row('C'), bad] }),
  ).rejects.toMatchObject({
    constraint: 'balances_total_is_free_and_locked',
  })
  await expect(
    replaceBalances(db.forUser(at.userId), { ...at, rows: [row('C'), row('C')] }),
  ).rejects.toMatchObject({
    code: '21000',
  })
  expect(await rowVersions(at.userId)).toEqual(before)
})

/** A plain decimal as the wire has it: no exponent, no trailing zeros after the point, no "-0". */
const decimal = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 20n - 1n), max: 10n ** 20n - 1n }),
    fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }),
  )
  .map(([whole, fraction]) => {
    const digits = fraction.toString().padStart(18, '0').replace(/0+$/, '')
    return digits === '' ? String(whole) : `${whole}.${digits}`
  })

test('every decimal of 20 digits before the point and 18 after it comes back as it went in', async () => {
  const at = await seedWallet(db)
  await fc.assert(
    fc.asyncProperty(decimal, decimal, async (amount, price) => {
      const usdPrice = price.replace('-', '')
      const written: BalanceRow = {
        ...{ accountType: 'spot', asset: 'A', free: amount, locked: '0', total: amount },
        ...{ usdValue: amount, usdPrice, priceSource: null, pricedAt: null },
      }
      await replaceBalances(db.forUser(at.userId), { ...at, rows: [written] })
      expect(await readBalances(db.forUser(at.userId), at)).toEqual([written])
      const [wallet] = JSON.parse(await listWalletsJson(db.asUser(at.userId), at))
      expect(wallet.balances).toEqual([written])
    }),
    { numRuns: 150 },
  )
})
