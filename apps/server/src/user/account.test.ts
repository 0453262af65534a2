import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD, type TestClient } from '../testing/test-client.ts'
import { type Exported, type ExportedPage, PAGE_ROWS } from './export.ts'
import { exportSections, leftOut } from './export-sections.ts'
import { sendEmailChangeJob } from './send-email-change.job.ts'

const NEW_PASSWORD = 'violet harbour tractor 9'

let server: TestServer
let client: TestClient
let userId: string
let email: string

beforeEach(async () => {
  server = await startTestServer()
  await server.client().signUp()
  client = server.client()
  const user = await client.signUp()
  userId = user.userId
  email = user.email
})
afterEach(() => server.close())

const login = (password: string) => server.client().mutate('auth.login', { email, password })

async function refusal(answer: ReturnType<TestClient['mutate']>) {
  const { status, error } = await answer
  return { status, reason: error?.data.reason, fields: Object.keys(error?.data.fields ?? {}) }
}

describe('what a person does with their account', () => {
  it('needs a session', async () => {
    for (const path of ['updateProfile', 'changePassword', 'changeEmail', 'deactivateMe']) {
      expect((await server.client().mutate(`users.${path}`, {})).status).toBe(401)
    }
    expect((await server.client().query('users.exportMine')).status).toBe(401)
  })
})

describe('the profile', () => {
  it('keeps what is given, leaves what is not, and takes an empty name away', async () => {
    const set = (input: object) => client.mutateData('users.updateProfile', input)
    expect(await set({ firstName: ' Ada ', lastName: 'Lovelace', displayName: 'ada' })).toMatchObject({
      firstName: 'Ada',
      lastName: 'Lovelace',
      displayName: 'ada',
    })
    expect(await set({ lastName: '' })).toMatchObject({
      firstName: 'Ada',
      lastName: null,
      displayName: 'ada',
    })
    expect(await client.queryData('auth.me')).toMatchObject({ user: { firstName: 'Ada', lastName: null } })
  })

  it.each([
    [{ firstName: 7 }, 'firstName'],
    [{ displayName: 'x'.repeat(256) }, 'displayName'],
    [{ lastName: 'a\u0000b' }, 'lastName'],
    [{ role: 'admin' }, 'input'],
  ])('refuses %j', async (input, field) => {
    expect(await refusal(client.mutate('users.updateProfile', input))).toEqual({
      status: 400,
      reason: 'INVALID_INPUT',
      fields: [field],
    })
  })
})

describe('a changed password', () => {
  const change = (currentPassword: string, newPassword: string) =>
    client.mutate('users.changePassword', { currentPassword, newPassword })

  it('is the one that signs in, ends other sessions, and stays out of the log', async () => {
    const elsewhere = server.client()
    await elsewhere.signIn({ email })
    expect((await change(TEST_PASSWORD, NEW_PASSWORD)).data).toEqual({ ok: true })
    expect((await client.query('settings.get')).status).toBe(200)
    await expect.poll(async () => (await elsewhere.query('settings.get')).status, { interval: 10 }).toBe(401)
    expect((await login(TEST_PASSWORD)).status).toBe(401)
    expect((await login(NEW_PASSWORD)).status).toBe(200)
    const { rows } = await server.db.superuser.pool.query(
      `SELECT string_agg(a::text, '') AS log, bool_or(action = 'user.password-changed') AS noted
       FROM audit_log a WHERE user_id = $1`,
      [userId],
    )
    expect(rows[0]?.noted).toBe(true)
    expect(rows[0]?.log).not.toContain(NEW_PASSWORD)
  })

  it('is refused with the reason beside the field', async () => {
    expect(await refusal(change(TEST_PASSWORD, 'short'))).toEqual({
      ...{ status: 400, reason: 'WEAK_PASSWORD', fields: ['newPassword'] },
    })
    expect(await refusal(change(TEST_PASSWORD, TEST_PASSWORD))).toEqual({
      ...{ status: 400, reason: 'SAME_PASSWORD', fields: ['newPassword'] },
    })
    expect(await refusal(change('not the one of mine', NEW_PASSWORD))).toEqual({
      ...{ status: 422, reason: 'WRONG_PASSWORD', fields: ['currentPassword'] },
    })
    for (let tries = 0; tries < 4; tries += 1) await change('not the one of mine', NEW_PASSWORD)
    expect((await refusal(change(TEST_PASSWORD, NEW_PASSWORD))).reason).toBe('TOO_MANY_ATTEMPTS')
    expect((await login(TEST_PASSWORD)).status).toBe(200)
  })

  it('is not kept from the person by strangers who try to sign in', async () => {
    for (let tries = 0; tries < 6; tries += 1) await login('not the one of mine')
    expect((await login(TEST_PASSWORD)).status).toBe(429)
    expect((await change(TEST_PASSWORD, NEW_PASSWORD)).status).toBe(200)
  })

  it('is one of two that are asked for at once, and the one that signs in', async () => {
    const passwords = [NEW_PASSWORD, `${NEW_PASSWORD} 2`]
    const answers = await Promise.all(passwords.map((password) => refusal(change(TEST_PASSWORD, password))))
    const reasons = answers.map((answer) => answer.reason ?? 'changed')
    expect(reasons.filter((reason) => reason === 'changed')).toHaveLength(1)
    // The other one was under way, or came after the first had ended every proof by the old password.
    const refused = ['CHANGED_MEANWHILE', 'STEP_UP_REQUIRED', 'WRONG_PASSWORD']
    expect(refused).toContain(reasons.find((reason) => reason !== 'changed'))
    const statuses = []
    for (const password of passwords) statuses.push((await login(password)).status)
    expect(statuses).toEqual(reasons.map((reason) => (reason === 'changed' ? 200 : 401)))
  })
})

describe('a deactivated account', () => {
  it('answers as if the password were wrong, and keeps what is in it', async () => {
    await client.mutateData('settings.set', { key: 'theme', value: 'dark' })
    const elsewhere = server.client()
    await elsewhere.signIn({ email })
    expect(await client.mutateData('users.deactivateMe')).toEqual({ ok: true })
    expect(client.cookies.size).toBe(0)
    await expect.poll(async () => (await elsewhere.query('settings.get')).status, { interval: 10 }).toBe(401)
    expect((await elsewhere.mutate('auth.refresh')).status).toBe(401)
    expect(await refusal(login(TEST_PASSWORD))).toMatchObject({ status: 401, reason: 'WRONG_CREDENTIALS' })
    const { rows } = await server.db.superuser.pool.query(
      'SELECT setting_value AS value FROM user_settings WHERE user_id = $1',
      [userId],
    )
    expect(rows).toEqual([{ value: 'dark' }])
  })
})

describe('a new address', () => {
  it('is asked for with a mail to both, the old one first', async () => {
    expect((await client.mutate('users.changeEmail', { email: 'new@example.org' })).data).toEqual({
      ok: true,
    })
    const { services } = server
    const payload = { userId, email: 'new@example.org' }
    await sendEmailChangeJob.run({
      services,
      payload,
      log: services.log,
      signal: new AbortController().signal,
    })
    const { rows } = await server.db.superuser.pool.query(
      'SELECT to_address AS "to", body_text ~ $1 AS "hasToken" FROM outbox ORDER BY mail_id',
      ['#token='],
    )
    expect(rows).toEqual([
      { to: email, hasToken: false },
      { to: 'new@example.org', hasToken: true },
    ])
    expect(await refusal(client.mutate('users.changeEmail', { email: 'no address' }))).toMatchObject({
      ...{ status: 400, fields: ['email'] },
    })
  })
})

describe('the export', () => {
  async function addWallet(): Promise<string | undefined> {
    const { pool } = server.db.superuser
    await pool.query(
      `INSERT INTO exchanges (exchange_id, exchange_name, ccxt_id, required_credentials)
       VALUES ('one', 'One', 'binance', '[]') ON CONFLICT DO NOTHING`,
    )
    const { rows } = await pool.query<{ walletId: string }>(
      `INSERT INTO wallets (user_id, exchange_id) VALUES ($1, 'one') RETURNING wallet_id AS "walletId"`,
      [userId],
    )
    return rows[0]?.walletId
  }

  it('has a section for every table with a person’s data, or says why not', async () => {
    const { rows } = await server.db.superuser.pool.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
         AND a.attname = 'user_id' AND NOT a.attisdropped ORDER BY 1`,
    )
    const known = [...exportSections.map((section) => section.table), ...Object.keys(leftOut)]
    expect(known.toSorted()).toEqual(rows.map((row) => row.name))
  })

  it('gives what the person has and nothing of anybody else, without any hash or secret', async () => {
    await client.mutateData('settings.set', { key: 'theme', value: 'dark' })
    const { pool } = server.db.superuser
    const walletId = await addWallet()
    await pool.query(
      `INSERT INTO balances (user_id, wallet_id, account_type, asset, free, locked, total)
       VALUES ($1, $2, 'spot', 'BTC', '1.500000000000000001', 0, '1.500000000000000001')`,
      [userId, walletId],
    )
    const data = await client.queryData<Record<string, unknown[]>>('users.exportMine')
    expect(Object.keys(data).toSorted()).toEqual(
      ['exportedAt', 'more', ...exportSections.map((section) => section.section)].toSorted(),
    )
    expect(data).toMatchObject({
      profile: [{ userId, email, hasPassword: true }],
      settings: [{ key: 'theme', value: 'dark' }],
      sessions: [{ revokedAt: null }],
      wallets: [{ walletId, exchangeId: 'one' }],
      balances: [{ asset: 'BTC', free: '1.500000000000000001', usdValue: null }],
      more: {},
    })
    expect(data.auditLog).toContainEqual(expect.objectContaining({ action: 'user.exported' }))
    const text = JSON.stringify(data)
    expect(text).not.toMatch(/argon2|\\\\x[0-9a-f]{8}|encrypted|hash"/i)
    const { rows: others } = await pool.query<{ id: string }>(
      'SELECT user_id AS id FROM users WHERE user_id <> $1',
      [userId],
    )
    for (const { id } of others) expect(text).not.toContain(id)
  })

  it('gives lists that grow in pages, every row once', async () => {
    const { pool } = server.db.superuser
    const walletId = await addWallet()
    await pool.query(
      `INSERT INTO wallet_snapshots (user_id, wallet_id, taken_at, total_usd_value, complete, holdings)
       SELECT $1, $2, now() + i * interval '1 millisecond', i, true, '[]' FROM generate_series(1, $3) i`,
      [userId, walletId, PAGE_ROWS + 2],
    )
    const first = await client.queryData<Exported>('users.exportMine')
    expect(first.snapshots).toHaveLength(PAGE_ROWS)
    expect(Object.keys(first.more)).toEqual(['snapshots'])
    const { rows, next } = await client.queryData<ExportedPage>('users.exportMore', {
      section: 'snapshots',
      after: first.more.snapshots,
    })
    expect(next).toBeNull()
    expect([...first.snapshots, ...rows].map((row) => row.totalUsdValue)).toEqual(
      Array.from({ length: PAGE_ROWS + 2 }, (_, index) => String(PAGE_ROWS + 2 - index)),
    )
    const log = await client.queryData<ExportedPage>('users.exportMore', { section: 'auditLog', after: '2' })
    expect(log).toMatchObject({ rows: [{ seq: '1' }], next: null })
  })

  it.each([
    { section: 'snapshots', after: '12' },
    { section: 'auditLog', after: '1 OR true' },
    { section: 'users', after: '1' },
  ])('has no page for $section after $after', async (input) => {
    expect(await client.query('users.exportMore', input)).toMatchObject({ status: 400 })
  })
})
