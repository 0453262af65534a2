import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedWallet } from '../testing/seed.ts'
import { createTestDatabase, type TestDatabase } from '../testing.ts'
import { uuidv7 } from '../uuidv7.ts'
import { getWalletJson } from './get-wallet-json.ts'
import { listWalletsJson } from './list-wallets-json.ts'
import { replaceBalances } from './replace-balances.ts'
import { suggestPrices } from './suggest-prices.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

const at = '2026-03-04T05:06:07.080Z'
const awkward = 'a "quoted" \\ name\u2028 with ünïcode 🪙 and a tab\t'

test('a user without a wallet has an empty list', async () => {
  const userId = uuidv7()
  expect(await listWalletsJson(db.asUser(userId), { userId })).toBe('[]')
})

test('wallets come in the shape of the wire, in the order in which they were made', async () => {
  const { userId, walletId, exchangeId } = await seedWallet(db)
  await db.superuser.pool.query(
    `UPDATE wallets SET label = $2, last_updated = $3, total_usd_value = 12.5, unpriced_assets = 1,
       sync_status = 'failed', sync_error = $4, next_sync_at = $3, created_at = $3, updated_at = $3
     WHERE wallet_id = $1`,
    [walletId, awkward, at, JSON.stringify({ code: 'C', message: awkward, retryAt: null, failures: 3 })],
  )
  const second = await db.superuser.prisma.wallet.create({ data: { userId, exchangeId, label: 'second' } })
  const none = { usdValue: null, usdPrice: null, priceSource: null, pricedAt: null }
  await replaceBalances(db.forUser(userId), {
    ...{ userId, walletId },
    rows: [
      { accountType: 'spot', asset: 'ZZZ', free: '1', locked: '0.5', total: '1.5', ...none },
      {
        accountType: 'spot',
        asset: 'AAA',
        free: '0.000000000000000001',
        locked: '0',
        total: '0.000000000000000001',
        ...none,
      },
      {
        ...{ accountType: 'earn', asset: awkward, free: '0', locked: '100', total: '100' },
        ...{ usdValue: '10', usdPrice: '0.1', priceSource: awkward, pricedAt: new Date(at) },
      },
      {
        ...{ accountType: 'spot', asset: 'DEBT', free: '-1', locked: '0', total: '-1' },
        ...{ usdValue: '-2', usdPrice: '2', priceSource: 'x', pricedAt: new Date(at) },
      },
    ],
  })
  const hint = { usdPrice: '0.50', source: awkward, at: new Date(at) }
  await suggestPrices(db.forUser(userId), {
    ...{ userId, walletId },
    suggestions: [
      { accountType: 'spot', asset: 'ZZZ', suggestion: hint },
      // Not for what has a price, and nothing for what nobody says anything of.
      { accountType: 'spot', asset: 'DEBT', suggestion: hint },
      { accountType: 'spot', asset: 'AAA', suggestion: null },
    ],
  })

  const expected = {
    ...{ walletId, exchangeId, exchangeName: exchangeId, label: awkward, lastUpdated: at },
    ...{ totalUsdValue: '12.5', unpricedAssets: 1, syncStatus: 'failed', syncStep: null },
    syncError: { code: 'C', message: awkward, retryAt: null },
    ...{ nextSyncAt: at, createdAt: at, updatedAt: at },
    balances: [
      {
        ...{ accountType: 'earn', asset: awkward, free: '0', locked: '100', total: '100' },
        ...{ usdValue: '10', usdPrice: '0.1', priceSource: awkward, pricedAt: at },
      },
      {
        ...{ accountType: 'spot', asset: 'DEBT', free: '-1', locked: '0', total: '-1' },
        ...{ usdValue: '-2', usdPrice: '2', priceSource: 'x', pricedAt: at },
      },
      {
        accountType: 'spot',
        asset: 'AAA',
        free: '0.000000000000000001',
        locked: '0',
        total: '0.000000000000000001',
        ...none,
      },
      {
        ...{ accountType: 'spot', asset: 'ZZZ', free: '1', locked: '0.5', total: '1.5', ...none },
        suggestion: { exchangeId: 'a', usdPrice: '0.5', source: awkward, at },
      },
    ],
  }
  const list = JSON.parse(await listWalletsJson(db.asUser(userId), { userId }))
  expect(list[0]).toEqual(expected)
  expect(list[1]).toMatchObject({
    walletId: second.walletId,
    lastUpdated: null,
    syncError: null,
    balances: [],
  })
  expect(list).toHaveLength(2)
  expect(JSON.parse((await getWalletJson(db.asUser(userId), { userId, walletId })) ?? '')).toEqual(expected)
})

test("another user's wallet is as unknown as one that does not exist", async () => {
  const mine = await seedWallet(db)
  const theirs = await seedWallet(db)
  expect(
    await getWalletJson(db.asUser(mine.userId), { userId: mine.userId, walletId: theirs.walletId }),
  ).toBeNull()
  expect(await getWalletJson(db.asUser(mine.userId), { userId: mine.userId, walletId: uuidv7() })).toBeNull()
})
