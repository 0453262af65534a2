import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Seeded, seedApiKey, seedWallet } from './testing/seed.ts'
import { createTestDatabase, type TestDatabase } from './testing.ts'
import { uuidv7 } from './uuidv7.ts'

let db: TestDatabase
let seeded: Seeded

beforeAll(async () => {
  db = await createTestDatabase()
  seeded = await seedWallet(db)
})
afterAll(() => db.drop())

/** Runs a statement and returns the name of the rule that refused it. */
async function refusedBy(text: string, values: unknown[] = []): Promise<string> {
  try {
    await db.superuser.pool.query(text, values)
  } catch (error) {
    if (error instanceof Error && 'constraint' in error) return String(error.constraint)
    throw error
  }
  return 'nothing'
}

const balance = `INSERT INTO balances (user_id, wallet_id, account_type, asset, free, locked, total, usd_value, usd_price)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

describe('a balance', () => {
  const cases: [string, unknown[], string][] = [
    [
      'whose total is not free and locked',
      ['spot', 'A', '1', '1', '3', '0', null],
      'balances_total_is_free_and_locked',
    ],
    ['that is not a number', ['spot', 'A', 'NaN', '1', 'NaN', '0', null], 'balances_are_numbers'],
    [
      'worth something without a price',
      ['spot', 'A', '1', '0', '1', '5', null],
      'balances_unpriced_is_worth_nothing',
    ],
    ['with a negative price', ['spot', 'A', '1', '0', '1', '-5', '-5'], 'balances_usd_price_is_not_negative'],
    ['without an asset', ['spot', '', '1', '0', '1', '0', null], 'balances_asset_is_not_empty'],
    ['without an account type', ['', 'A', '1', '0', '1', '0', null], 'balances_account_type_is_not_empty'],
  ]
  test.each(cases)('%s is refused', async (_name, values, rule) => {
    expect(await refusedBy(balance, [seeded.userId, seeded.walletId, ...values])).toBe(rule)
  })

  test("cannot stand in another user's wallet", async () => {
    const other = await seedWallet(db)
    expect(
      await refusedBy(balance, [other.userId, seeded.walletId, 'spot', 'A', '1', '0', '1', '0', null]),
    ).toBe('balances_user_id_wallet_id_fkey')
  })
})

describe('a user', () => {
  const cases: [string, string, string][] = [
    [
      'with an e-mail in capitals',
      `INSERT INTO users (email) VALUES ('A@example.com')`,
      'users_email_is_lower_case',
    ],
    [
      'with an e-mail without an @',
      `INSERT INTO users (email) VALUES ('example.com')`,
      'users_email_has_an_at',
    ],
    [
      'of an unknown role',
      `INSERT INTO users (email, role) VALUES ('r@example.com', 'root')`,
      'users_role_is_known',
    ],
  ]
  test.each(cases)('%s is refused', async (_name, text, rule) => {
    expect(await refusedBy(text)).toBe(rule)
  })

  test('has an e-mail of their own', async () => {
    const insert = `INSERT INTO users (email) VALUES ('twice@example.com')`
    await db.superuser.pool.query(insert)
    expect(await refusedBy(insert)).toBe('users_email_key')
  })

  test('has an identity that nobody else has', async () => {
    const other = await seedWallet(db)
    const insert = `INSERT INTO user_identities (user_id, provider, issuer, subject) VALUES ($1, 'clerk', 'https://i', 's')`
    await db.superuser.pool.query(insert, [seeded.userId])
    expect(await refusedBy(insert, [other.userId])).toBe('user_identities_issuer_subject_key')
  })
})

describe('an API key', () => {
  test('has a nickname of its own at its exchange, and one key may have none', async () => {
    const at = await seedWallet(db)
    await seedApiKey(db, { ...at, keyNickname: 'main' })
    await seedApiKey(db, at)
    await expect(seedApiKey(db, { ...at, keyNickname: 'main' })).rejects.toMatchObject({ code: 'P2002' })
    await expect(seedApiKey(db, at)).rejects.toMatchObject({ code: 'P2002' })
    await seedApiKey(db, { ...at, keyNickname: 'second' })
  })

  test('is known once per user by its fingerprint, and another user may have the same', async () => {
    const mine = await seedWallet(db)
    const theirs = await seedWallet(db)
    const { fingerprint } = await seedApiKey(db, mine)
    const other = await seedApiKey(db, { ...mine, keyNickname: 'other' })
    const third = await seedApiKey(db, theirs)
    const update = 'UPDATE user_api_keys SET fingerprint = $1 WHERE api_key_id = $2'
    expect(await refusedBy(update, [fingerprint, other.apiKeyId])).toBe(
      'user_api_keys_user_id_fingerprint_key',
    )
    expect(await refusedBy(update, [fingerprint, third.apiKeyId])).toBe('nothing')
  })

  test("cannot use another user's data key or wallet", async () => {
    const mine = await seedWallet(db)
    const theirs = await seedWallet(db)
    const { apiKeyId } = await seedApiKey(db, mine)
    const other = await seedApiKey(db, theirs)
    expect(
      await refusedBy('UPDATE user_api_keys SET data_key_id = $1 WHERE api_key_id = $2', [
        other.dataKeyId,
        apiKeyId,
      ]),
    ).toBe('user_api_keys_user_id_data_key_id_fkey')
    expect(
      await refusedBy('UPDATE user_api_keys SET wallet_id = $1 WHERE api_key_id = $2', [
        theirs.walletId,
        apiKeyId,
      ]),
    ).toBe('user_api_keys_user_id_wallet_id_fkey')
  })

  test.each([
    ['purpose', `'withdraw'`, 'user_api_keys_purpose_is_known'],
    ['fingerprint', `'\\x00'`, 'user_api_keys_fingerprint_is_sha256'],
    ['secret_version', '0', 'user_api_keys_secret_version_is_positive'],
    ['key_nickname', `''`, 'user_api_keys_nickname_is_not_empty'],
  ])('with a wrong %s is refused', async (column, value, rule) => {
    await seedApiKey(db, { ...seeded, keyNickname: `for ${column}` })
    expect(await refusedBy(`UPDATE user_api_keys SET ${column} = ${value}`)).toBe(rule)
  })

  test('keeps its data key from being deleted', async () => {
    const at = await seedWallet(db)
    const { dataKeyId } = await seedApiKey(db, at)
    expect(await refusedBy('DELETE FROM data_keys WHERE data_key_id = $1', [dataKeyId])).toBe(
      'user_api_keys_user_id_data_key_id_fkey',
    )
  })
})

describe('a wallet', () => {
  test('is one per user, exchange and label', async () => {
    const insert = 'INSERT INTO wallets (user_id, exchange_id, label) VALUES ($1, $2, $3)'
    expect(await refusedBy(insert, [seeded.userId, seeded.exchangeId, ''])).toBe(
      'wallets_user_id_exchange_id_label_key',
    )
    expect(await refusedBy(insert, [seeded.userId, seeded.exchangeId, 'second'])).toBe('nothing')
  })

  test.each([
    ['sync_status', `'asleep'`, 'wallets_sync_status_is_known'],
    ['sync_step', `'thinking'`, 'wallets_sync_step_is_known'],
    ['total_usd_value', `'NaN'`, 'wallets_total_is_a_number'],
    ['unpriced_assets', '-1', 'wallets_unpriced_assets_is_not_negative'],
  ])('with a wrong %s is refused', async (column, value, rule) => {
    expect(await refusedBy(`UPDATE wallets SET ${column} = ${value}`)).toBe(rule)
  })

  test('needs an exchange that exists, and the exchange stays while it is named', async () => {
    expect(
      await refusedBy(`INSERT INTO wallets (user_id, exchange_id) VALUES ($1, 'nowhere')`, [seeded.userId]),
    ).toBe('wallets_exchange_id_fkey')
    const at = await seedWallet(db)
    expect(await refusedBy('DELETE FROM exchanges WHERE exchange_id = $1', [at.exchangeId])).toBe(
      'wallets_exchange_id_fkey',
    )
  })
})

test('there is one deployment, and no second', async () => {
  const { rows } = await db.superuser.pool.query('SELECT deployment_id FROM deployment')
  expect(rows).toHaveLength(1)
  expect(await refusedBy('INSERT INTO deployment DEFAULT VALUES')).toBe('deployment_pkey')
  expect(await refusedBy('INSERT INTO deployment (singleton) VALUES (false)')).toBe('deployment_is_one_row')
})

test('a session has hashes of the right length, each of them once', async () => {
  const insert = `INSERT INTO sessions (user_id, family_id, refresh_hash, idle_expires_at, expires_at)
    VALUES ($1, $2, $3, now(), now())`
  const hash = randomBytes(32)
  expect(await refusedBy(insert, [seeded.userId, uuidv7(), hash])).toBe('nothing')
  expect(await refusedBy(insert, [seeded.userId, uuidv7(), hash])).toBe('sessions_refresh_hash_key')
  expect(await refusedBy(insert, [seeded.userId, uuidv7(), randomBytes(31)])).toBe(
    'sessions_refresh_hash_is_sha256',
  )
})

test('a data key has a status that is known and a commitment of 32 bytes', async () => {
  const at = await seedWallet(db)
  await seedApiKey(db, at)
  expect(await refusedBy(`UPDATE data_keys SET status = 'lost'`)).toBe('data_keys_status_is_known')
  expect(await refusedBy(`UPDATE data_keys SET commitment = '\\x00'`)).toBe(
    'data_keys_commitment_is_32_bytes',
  )
  expect(await refusedBy('UPDATE data_keys SET encryptions = -1')).toBe(
    'data_keys_encryptions_is_not_negative',
  )
})

test('the price of a market is a number above zero', async () => {
  const insert = `INSERT INTO asset_prices VALUES ('A', 'USD', 'kraken', $1, now())`
  for (const price of ['NaN', '-1', '0']) {
    expect(await refusedBy(insert, [price])).toBe('asset_prices_price_is_positive')
  }
})

describe('root keys and rotations', () => {
  const open = `INSERT INTO rotations (kind, provider, root_key_id) VALUES ('root', 'file', $1) RETURNING rotation_id`
  const retire = 'SELECT retire_root_key($1, $2)'

  afterEach(async () => {
    await db.superuser.pool.query(
      'DELETE FROM rotations; DELETE FROM retired_root_keys; DELETE FROM server_processes',
    )
  })

  test('no root key is retired while a rotation of the root key is open', async () => {
    await db.superuser.pool.query(open, ['k2'])
    expect(await refusedBy(retire, ['file', 'k2'])).toBe('retired_root_keys_without_rotation')
    expect(await refusedBy(retire, ['file', 'k1'])).toBe('retired_root_keys_without_rotation')
    await db.superuser.pool.query("UPDATE rotations SET status = 'abandoned', finished_at = now()")
    expect(await refusedBy(retire, ['file', 'k2'])).toBe('nothing')
  })

  test('no rotation is opened, moved or resumed to a root key that was retired', async () => {
    await db.superuser.pool.query(retire, ['file', 'k2'])
    expect(await refusedBy(open, ['k2'])).toBe('rotations_target_is_not_retired')
    await db.superuser.pool.query(open, ['k3'])
    expect(await refusedBy("UPDATE rotations SET root_key_id = 'k2'")).toBe('rotations_target_is_not_retired')
    await db.superuser.pool.query(
      "UPDATE rotations SET root_key_id = 'k2', status = 'failed', finished_at = now()",
    )
    const resume = "UPDATE rotations SET status = 'running', finished_at = NULL"
    expect(await refusedBy(resume)).toBe('rotations_target_is_not_retired')
  })

  test('a rotation that is opened while its root key is being retired waits, and is refused', async () => {
    const [first, second] = [await db.superuser.pool.connect(), await db.superuser.pool.connect()]
    try {
      await first.query('BEGIN')
      await first.query(retire, ['file', 'k2'])
      const opening = second.query(open, ['k2']).then(
        () => 'opened',
        (error: unknown) => error instanceof Error && 'constraint' in error && error.constraint,
      )
      await first.query('COMMIT')
      expect(await opening).toBe('rotations_target_is_not_retired')
    } finally {
      first.release()
      second.release()
    }
  })

  test('two rotations of the root key are never open at once', async () => {
    await db.superuser.pool.query(open, ['k2'])
    expect(await refusedBy(open, ['k3'])).toBe('rotations_one_at_a_time')
  })

  test.each(['done', 'abandoned'])('a rotation that is %s stays so, and says when', async (status) => {
    await db.superuser.pool.query(open, ['k2'])
    expect(await refusedBy('UPDATE rotations SET status = $1', [status])).toBe(
      'rotations_finished_at_says_when',
    )
    await db.superuser.pool.query('UPDATE rotations SET status = $1, finished_at = now()', [status])
    const resume = "UPDATE rotations SET status = 'running', finished_at = NULL"
    expect(await refusedBy(resume)).toBe('rotations_end_once')
  })

  test('no root key is retired that a living process wraps with', async () => {
    await db.superuser.pool.query(
      `INSERT INTO server_processes (process_id, host, pid, role, current_root_key)
       VALUES (gen_random_uuid(), 'elsewhere', 7, 'api', 'env:unused')`,
    )
    expect(await refusedBy(retire, ['env', 'unused'])).toBe('retired_root_keys_are_not_current')
    await db.superuser.pool.query("UPDATE server_processes SET seen_at = now() - interval '16 seconds'")
    expect(await refusedBy(retire, ['env', 'unused'])).toBe('nothing')
  })
})
