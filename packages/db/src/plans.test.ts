import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Queryable } from './database.ts'
import { findSignIn } from './sql/find-sign-in.ts'
import { listWalletsJson } from './sql/list-wallets-json.ts'
import { readAllocation } from './sql/read-allocation.ts'
import { readBalances } from './sql/read-balances.ts'
import { readHistory } from './sql/read-history.ts'
import { readKeyStates } from './sql/read-key-states.ts'
import { readWalletOverviews } from './sql/read-wallet-overviews.ts'
import { takeDueWallets } from './sql/take-due-wallets.ts'
import { createTestDatabase, type TestDatabase } from './testing.ts'

let db: TestDatabase
let userId: string
let walletId: string

/** The middle of a month, so that all snapshots are in the one partition: an empty one beside it is rightly scanned. */
const today = new Date()
const middle = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), 15, 12))

/** Enough users that reading a whole table would be the wrong way to find one's rows. */
const users = 400

beforeAll(async () => {
  db = await createTestDatabase()
  const { pool } = db.superuser
  await pool.query(
    `INSERT INTO exchanges (exchange_id, exchange_name, ccxt_id, required_credentials) VALUES ('x', 'X', 'x', '[]');
     INSERT INTO users (email) SELECT i || '@example.com' FROM generate_series(1, ${users}) AS i;
     INSERT INTO wallets (user_id, exchange_id, next_sync_at)
       SELECT user_id, 'x', now() + interval '1 day' FROM users;
     INSERT INTO data_keys (user_id, provider, root_key_id, wrapped_key, commitment)
       SELECT user_id, 'p', 'r', '\\x00', decode(repeat('00', 32), 'hex') FROM users;
     INSERT INTO user_api_keys (user_id, exchange_id, wallet_id, api_key_encrypted, api_secret_encrypted, data_key_id,
         api_key_hint, fingerprint)
       SELECT user_id, 'x', wallet_id, '\\x00', '\\x00', data_key_id, 'abcd', decode(repeat('00', 32), 'hex')
       FROM wallets JOIN data_keys USING (user_id);
     INSERT INTO balances (user_id, wallet_id, account_type, asset, free, locked, total)
       SELECT user_id, wallet_id, 'spot', 'A' || i, 1, 0, 1 FROM wallets, generate_series(1, 25) AS i;
     INSERT INTO wallet_snapshots (user_id, wallet_id, taken_at, total_usd_value, complete, holdings)
       SELECT user_id, wallet_id, timestamptz '${middle.toISOString()}' - i * interval '1 hour', 1, true, '[]' FROM wallets, generate_series(1, 25) AS i;`,
  )
  await pool.query('ANALYZE')
  const { rows } = await pool.query('SELECT user_id, wallet_id FROM wallets LIMIT 1')
  userId = rows[0]?.user_id
  walletId = rows[0]?.wallet_id
})
afterAll(() => db.drop())

/** The statement that a function sends, as PostgreSQL plans it for whoever runs it here. */
async function planOf(q: Queryable, run: (recorder: Queryable) => Promise<unknown>): Promise<string> {
  const plans: string[] = []
  const query = async (statement: { text: string; values: unknown[] }) => {
    const { rows } = await q.query({
      text: `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ${statement.text}`,
      values: statement.values,
    })
    plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
    return { rows: [] }
  }
  // Of a pool, the functions under test use `query` alone.
  await run({ query } as unknown as Queryable)
  return plans.join('\n')
}

const large = /Seq Scan on (users|wallets|balances|wallet_snapshots_\d\w*|user_api_keys|data_keys)\b/

describe('with the policies, an index leads to', () => {
  const from = new Date(middle.getTime() - 12 * 3_600_000)
  const to = middle

  test.each<[string, (q: Queryable) => Promise<unknown>]>([
    ["a user's wallets", (q) => listWalletsJson(q, { userId })],
    ['what a wallet holds', (q) => readBalances(q, { userId, walletId })],
    ['their history', (q) => readHistory(q, { userId, from, to, points: 20 })],
    ['their allocation', (q) => readAllocation(q, { userId })],
    ['their overview', (q) => readWalletOverviews(q, { userId, baseAt: from })],
    ['their keys', (q) => readKeyStates(q, { userId })],
    [
      'what was asked without naming the user',
      (q) => q.query({ text: 'SELECT * FROM balances', values: [] }),
    ],
  ])('%s', async (_what, run) => {
    const plan = await planOf(db.forUser(userId), run)
    expect(plan).toMatch(/Index (Only )?Scan|Bitmap Index Scan/)
    expect(plan).not.toMatch(large)
  })

  test('what is due', async () => {
    const plan = await planOf(db.scheduler, (q) => takeDueWallets(q, { limit: 100 }))
    expect(plan).toContain('wallets_next_sync_at_idx')
    expect(plan).not.toMatch(large)
  })
})

test('signing in reads one user and not all of them', async () => {
  const client = await db.superuser.pool.connect()
  try {
    // What the statements inside a function did is counted, as their plans cannot be seen.
    const count = async () => {
      await client.query('SELECT pg_stat_force_next_flush()')
      const { rows } = await client.query<{ scans: string }>(
        `SELECT seq_scan AS scans FROM pg_stat_user_tables WHERE relname = 'users'`,
      )
      return rows[0]?.scans
    }
    const app = await db.pool.connect()
    const before = await count()
    expect(await findSignIn(app, { email: '7@example.com' })).not.toBeNull()
    await app.query('SELECT pg_stat_force_next_flush()')
    app.release()
    expect(await count()).toBe(before)
  } finally {
    client.release()
  }
})
