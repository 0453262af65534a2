import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appendAudit } from './sql/append-audit.ts'
import { insertSnapshot } from './sql/insert-snapshot.ts'
import { replaceBalances } from './sql/replace-balances.ts'
import { type Seeded, seedApiKey, seedWallet } from './testing/seed.ts'
import { createTestDatabase, type TestDatabase } from './testing.ts'
import { uuidv7 } from './uuidv7.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

const tables = [
  'users',
  'user_identities',
  'sessions',
  'user_settings',
  'data_keys',
  'user_api_keys',
  'wallets',
  'balances',
  'wallet_snapshots',
  'audit_log',
  'one_time_tokens',
  'sent_notices',
  'second_factors',
  'recovery_codes',
  'passkeys',
  'second_factor_challenges',
]

async function seedEverything(): Promise<Seeded & { apiKeyId: string }> {
  const seeded = await seedWallet(db)
  const { userId, walletId } = seeded
  const { apiKeyId, dataKeyId } = await seedApiKey(db, seeded)
  await seedSecondFactors({ userId, dataKeyId })
  await db.superuser.prisma.userIdentity.create({
    data: { userId, provider: 'clerk', issuer: 'https://i', subject: uuidv7() },
  })
  await db.superuser.prisma.session.create({
    data: {
      ...{ userId, familyId: uuidv7(), refreshHash: randomBytes(32) },
      ...{ idleExpiresAt: new Date(), expiresAt: new Date() },
    },
  })
  await db.superuser.prisma.userSetting.create({
    data: { userId, settingKey: 'theme', settingValue: 'dark' },
  })
  const money = { free: '1', locked: '0', total: '1', usdValue: null, usdPrice: null }
  await replaceBalances(db.superuser.pool, {
    ...{ userId, walletId },
    rows: [{ accountType: 'spot', asset: 'BTC', ...money, priceSource: null, pricedAt: null }],
  })
  const snapshot = { takenAt: new Date(), totalUsdValue: '1', complete: true, holdings: [] }
  await insertSnapshot(db.superuser.pool, { userId, walletId, ...snapshot })
  await db.superuser.prisma.oneTimeToken.create({
    data: {
      ...{ userId, tokenHash: randomBytes(32), purpose: 'verify-email', email: 'a@example.org' },
      expiresAt: new Date(),
    },
  })
  await db.superuser.prisma.sentNotice.create({ data: { userId, kind: 'test', subject: 'test' } })
  await appendAudit(db.superuser.pool, {
    userId,
    actor: 'user',
    action: 'test',
    target: null,
    detail: {},
    ip: null,
  })
  return { ...seeded, apiKeyId }
}

async function seedSecondFactors({ userId, dataKeyId }: { userId: string; dataKeyId: string }) {
  const { pool } = db.superuser
  await pool.query(
    'INSERT INTO second_factors (user_id, secret_encrypted, data_key_id) VALUES ($1, $2, $3)',
    [userId, randomBytes(80), dataKeyId],
  )
  await pool.query('INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)', [
    userId,
    randomBytes(32),
  ])
  await pool.query(
    `INSERT INTO passkeys (user_id, credential_id, public_key, counter, backed_up, name)
     VALUES ($1, $2, $2, 0, false, 'x')`,
    [userId, randomBytes(32)],
  )
  await pool.query(
    `INSERT INTO second_factor_challenges (user_id, challenge_hash, purpose, expires_at)
     VALUES ($1, $2, 'sign-in', now())`,
    [userId, randomBytes(32)],
  )
}

/** The tables that hold a row of this user. */
async function tablesWith(userId: string): Promise<string[]> {
  const counts = await Promise.all(
    tables.map(async (table) => {
      const { rowCount } = await db.superuser.pool.query(`SELECT FROM ${table} WHERE user_id = $1`, [userId])
      return rowCount === 0 ? [] : [table]
    }),
  )
  return counts.flat()
}

test('deleting a user deletes everything of theirs and nothing of another', async () => {
  const mine = await seedEverything()
  const theirs = await seedEverything()
  expect(await tablesWith(mine.userId)).toEqual(tables)
  await db.superuser.prisma.user.delete({ where: { userId: mine.userId } })
  expect(await tablesWith(mine.userId)).toEqual([])
  expect(await tablesWith(theirs.userId)).toEqual(tables)
})

test('deleting a key keeps its wallet, balances and history', async () => {
  const { userId, apiKeyId } = await seedEverything()
  await db.superuser.pool.query('DELETE FROM user_api_keys WHERE user_id = $1 AND api_key_id = $2', [
    userId,
    apiKeyId,
  ])
  expect(await tablesWith(userId)).toEqual(tables.filter((table) => table !== 'user_api_keys'))
})

test('deleting a wallet deletes its balances, snapshots and keys', async () => {
  const { userId, walletId } = await seedEverything()
  await db.superuser.pool.query('DELETE FROM wallets WHERE user_id = $1 AND wallet_id = $2', [
    userId,
    walletId,
  ])
  const gone = new Set(['wallets', 'balances', 'wallet_snapshots', 'user_api_keys'])
  expect(await tablesWith(userId)).toEqual(tables.filter((table) => !gone.has(table)))
})
