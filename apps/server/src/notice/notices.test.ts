import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { noticeSignInJob } from '../auth/notice-sign-in.job.ts'
import { seedCatalogue } from '../exchange/seed.ts'
import type { Job } from '../jobs.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD } from '../testing/test-client.ts'
import { noticeExpiringKeyJob, noticeExpiringKeysJob } from './key-expires.job.ts'
import { noticeInvalidKeyJob } from './key-invalid.job.ts'

const NOW = new Date('2026-06-01T12:00:00Z')
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ now: () => NOW })
  await seedCatalogue(server.db.pool)
})
afterEach(() => server.db.superuser.pool.query('DELETE FROM outbox'))
afterAll(() => server.close())

function run<Payload>(job: Job<Payload>, payload: Payload): Promise<void> {
  const { services } = server
  return job.run({ services, payload, log: services.log, signal: new AbortController().signal })
}

async function outbox(): Promise<{ to: string; subject: string; text: string }[]> {
  const { rows } = await server.db.superuser.pool.query(
    'SELECT to_address AS "to", subject, body_text AS text FROM outbox ORDER BY mail_id',
  )
  return rows
}

/** A person with a key in the database that nobody ever asked an exchange about. */
async function personWithKey(o: { isValid: boolean | null; expiresAt?: string }) {
  const client = server.client()
  const { userId, email } = await client.signUp()
  const { pool } = server.db.superuser
  const insert = async (text: string, values: unknown[]): Promise<string> =>
    (await pool.query<{ id: string }>(text, values)).rows[0]?.id ?? ''
  const walletId = await insert(
    `INSERT INTO wallets (user_id, exchange_id) VALUES ($1, 'paper') RETURNING wallet_id AS id`,
    [userId],
  )
  const dataKeyId = await insert(
    `INSERT INTO data_keys (user_id, provider, root_key_id, wrapped_key, commitment)
     VALUES ($1, 'test', 'test', '\\x00', $2) RETURNING data_key_id AS id`,
    [userId, randomBytes(32)],
  )
  const apiKeyId = await insert(
    `INSERT INTO user_api_keys (user_id, exchange_id, wallet_id, api_key_encrypted, api_secret_encrypted, data_key_id,
       api_key_hint, fingerprint, key_nickname, is_valid, checked_at, check_error, expires_at, refused_since)
     VALUES ($1, 'paper', $2, $3, $3, $4, 'abcd', $5, 'main', $6, now(), $7, $8, $9) RETURNING api_key_id AS id`,
    [
      ...[userId, walletId, randomBytes(64), dataKeyId, randomBytes(32), o.isValid],
      o.isValid === false ? { code: 'INVALID_KEY', message: 'The exchange does not know this key.' } : null,
      o.expiresAt ?? null,
      o.isValid === false ? NOW : null,
    ],
  )
  const silence = (kind: string) =>
    client.mutateData('settings.set', {
      key: 'notifications',
      value: { keyInvalid: true, keyExpires: true, newDevice: true, [kind]: false },
    })
  return { client, userId, email, apiKeyId, silence }
}

describe('a key that an exchange refuses', () => {
  it('is told by mail with the reason, unless the person does not want it or the key was mended', async () => {
    const { userId, email, apiKeyId, silence } = await personWithKey({ isValid: false })
    await run(noticeInvalidKeyJob, { userId, apiKeyId })
    expect(await outbox()).toMatchObject([
      {
        to: email,
        text: expect.stringContaining('key “main” does not work any more: The exchange does not know'),
      },
    ])
    await silence('keyInvalid')
    await server.db.superuser.pool.query('DELETE FROM sent_notices')
    await run(noticeInvalidKeyJob, { userId, apiKeyId })
    const mended = await personWithKey({ isValid: true })
    await run(noticeInvalidKeyJob, mended)
    expect(await outbox()).toHaveLength(1)
  })

  it('is told once for as long as it is refused, and again the next time', async () => {
    const { userId, apiKeyId } = await personWithKey({ isValid: false })
    for (let round = 0; round < 3; round += 1) await run(noticeInvalidKeyJob, { userId, apiKeyId })
    expect(await outbox()).toHaveLength(1)
    await server.db.superuser.pool.query(
      "UPDATE user_api_keys SET refused_since = refused_since + interval '1 day' WHERE api_key_id = $1",
      [apiKeyId],
    )
    await run(noticeInvalidKeyJob, { userId, apiKeyId })
    expect(await outbox()).toHaveLength(2)
  })
})

describe('a key that expires soon', () => {
  it('is told once, in the time zone and language of the person', async () => {
    const { client, userId, email, apiKeyId } = await personWithKey({
      isValid: true,
      expiresAt: '2026-06-10T23:30:00Z',
    })
    await client.mutateData('settings.set', { key: 'timeZone', value: 'Europe/Zurich' })
    await client.mutateData('settings.set', { key: 'locale', value: 'en-GB' })
    await run(noticeExpiringKeyJob, { userId, apiKeyId })
    await run(noticeExpiringKeyJob, { userId, apiKeyId })
    expect(await outbox()).toMatchObject([
      { to: email, text: expect.stringContaining('key “main” expires on 11 June 2026.') },
    ])
  })

  it('is found among all, and neither those that have time nor those of people who do not want it', async () => {
    const soon = await personWithKey({ isValid: true, expiresAt: '2026-06-14T00:00:00Z' })
    const later = await personWithKey({ isValid: true, expiresAt: '2026-07-14T00:00:00Z' })
    const quiet = await personWithKey({ isValid: true, expiresAt: '2026-06-14T00:00:00Z' })
    await quiet.silence('keyExpires')
    await run(noticeExpiringKeysJob, {})
    const { rows } = await server.db.superuser.pool.query<{ key: string }>(
      `SELECT key FROM graphile_worker.jobs WHERE task_identifier = 'notice.key-expires'`,
    )
    const keys = rows.map((row) => row.key)
    expect(keys).toContain(`key-expires:${soon.apiKeyId}`)
    expect(keys).not.toContain(`key-expires:${later.apiKeyId}`)
    await run(noticeExpiringKeyJob, quiet)
    expect(await outbox()).toEqual([])
  })
})

describe('a sign-in', () => {
  async function signIn(email: string, userAgent: string): Promise<{ userId: string; sessionId: string }> {
    const response = await server.client().fetch('/trpc/auth.login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': userAgent },
      body: JSON.stringify({ email, password: TEST_PASSWORD }),
    })
    expect(response.status).toBe(200)
    const { rows } = await server.db.superuser.pool.query<{ userId: string; sessionId: string }>(
      `SELECT user_id AS "userId", session_id AS "sessionId" FROM sessions s JOIN users u USING (user_id)
       WHERE u.email = $1 ORDER BY session_id DESC LIMIT 1`,
      [email],
    )
    const [session] = rows
    if (!session) throw new Error('There is no session after a sign-in.')
    return session
  }

  it('by a device that was not seen before is told, and the second one by it is not', async () => {
    const client = server.client()
    const { email } = await client.signUp()
    await run(noticeSignInJob, await signIn(email, 'Browser <b>X</b>'))
    const mails = await outbox()
    expect(mails).toMatchObject([{ to: email, subject: 'New sign-in to your account' }])
    expect(mails[0]?.text).toContain('Browser <b>X</b>')
    expect(mails[0]?.text).toContain('127.0.0.1')
    await run(noticeSignInJob, await signIn(email, 'Browser <b>X</b>'))
    await client.mutateData('settings.set', {
      key: 'notifications',
      value: { keyInvalid: true, keyExpires: true, newDevice: false },
    })
    await run(noticeSignInJob, await signIn(email, 'Browser Y'))
    expect(await outbox()).toHaveLength(1)
  })
})

describe('settings', () => {
  it('take a currency and notifications, and say what is wrong with others', async () => {
    const client = server.client()
    await client.signUp()
    expect(await client.mutateData('settings.set', { key: 'currency', value: 'EUR' })).toMatchObject({
      currency: 'EUR',
      notifications: { newDevice: true },
    })
    for (const input of [
      { key: 'currency', value: 'XXX' },
      { key: 'notifications', value: { newDevice: true } },
      { key: 'notifications', value: { keyInvalid: 1, keyExpires: true, newDevice: true } },
      { key: 'notifications', value: 'all' },
    ]) {
      expect((await client.mutate('settings.set', input)).status).toBe(400)
    }
  })

  it('take every currency that amounts can be shown in', async () => {
    const client = server.client()
    await client.signUp()
    for (const value of ['USD', 'EUR', 'GBP', 'JPY', 'CHF', 'AUD', 'CAD', 'BTC', 'ETH']) {
      expect(await client.mutateData('settings.set', { key: 'currency', value })).toMatchObject({
        currency: value,
      })
    }
  })
})
