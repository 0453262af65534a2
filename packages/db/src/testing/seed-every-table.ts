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
  one_time_tokens: {
    text: `INSERT INTO one_time_tokens (user_id, token_hash, purpose, email, expires_at)
           VALUES ($1, $2, 'verify-email', 'a@b.example', now())`,
    values: () => [randomBytes(32)],
  },
  pending_sign_ups: {
    text: `INSERT INTO pending_sign_ups (user_id, email, password_hash, expires_at)
           VALUES ($1, 'a@b.example', 'hash', now())`,
  },
  sent_notices: {
    text: `INSERT INTO sent_notices (user_id, kind, subject) VALUES ($1, 'key-invalid', 'one')`,
  },
  api_tokens: {
    text: `INSERT INTO api_tokens (user_id, name, token_hash, hint, scopes) VALUES ($1, 'bot', $2, 'last', '{read}')`,
    values: () => [randomBytes(32)],
  },
  second_factors: {
    text: `INSERT INTO second_factors (user_id, secret_encrypted, data_key_id)
           SELECT user_id, $2, data_key_id FROM user_api_keys WHERE user_id = $1`,
    values: () => [randomBytes(66)],
  },
  recovery_codes: {
    text: 'INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)',
    values: () => [randomBytes(32)],
  },
  passkeys: {
    text: `INSERT INTO passkeys (user_id, credential_id, public_key, counter, backed_up, name)
           VALUES ($1, $2, $2, 0, false, 'phone')`,
    values: () => [randomBytes(16)],
  },
  second_factor_challenges: {
    text: `INSERT INTO second_factor_challenges (user_id, challenge_hash, purpose, expires_at)
           VALUES ($1, $2, 'sign-in', now())`,
    values: () => [randomBytes(32)],
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
