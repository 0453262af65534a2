import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { appendAudit } from '../sql/append-audit.ts'
import type { TestDatabase } from './database.ts'
import { seedApiKey, seedWallet } from './seed.ts'

/** Statements that put one row of a user ($1) into each table that `seedApiKey` leaves empty. */
const statements: Record<string, { text: string; values?: () => unknown[] }> = {
  user_identities: {
    text: `INSERT INTO user_identities (user_id, provider, issuer, subject) VALUES ($1::uuid, 'clerk', 'https://issuer', $1::uuid::text)`,
  },
  sessions: {
    text: `INSERT INTO sessions (user_id, family_id, refresh_hash, idle_expires_at, expires_at)
           VALUES ($1, gen_random_uuid(), $2, now(), now())`,
    values: () => [randomBytes(32)],
  },
  user_settings: {
    text: `INSERT INTO user_settings (user_id, setting_key, setting_value) VALUES ($1, 'theme', '"dark"')`,
  },
  balances: {
    text: `INSERT INTO balances (user_id, wallet_id, account_type, asset, free, locked, total)
           SELECT user_id, wallet_id, 'spot', 'BTC', 1, 0, 1 FROM wallets WHERE user_id = $1`,
  },
  wallet_snapshots: {
    text: `INSERT INTO wallet_snapshots (user_id, wallet_id, taken_at, total_usd_value, complete, holdings)
           SELECT user_id, wallet_id, at, 1, true, '[]' FROM wallets, unnest(ARRAY[now(), timestamptz '2020-05-05 12:00Z']) AS at
           WHERE user_id = $1`,
  },
}

/** Makes a user with at least one row in every table of users' data that is known here. */
export async function seedEveryTable(db: TestDatabase): Promise<string> {
  const seeded = await seedWallet(db)
  await seedApiKey(db, seeded)
  const { pool } = db.superuser
  for (const { text, values } of Object.values(statements)) {
    await pool.query(text, [seeded.userId, ...(values?.() ?? [])])
  }
  await audit(pool, seeded.userId)
  return seeded.userId
}

async function audit(pool: pg.Pool, userId: string): Promise<void> {
  await appendAudit(pool, {
    ...{ userId, actor: 'test', action: 'test.seeded', target: null, detail: {}, ip: null },
  })
}
