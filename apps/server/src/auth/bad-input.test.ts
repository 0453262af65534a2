import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD, type TestClient } from '../testing/test-client.ts'
import { publicProcedure, router } from '../trpc.ts'

let server: TestServer
let client: TestClient

beforeAll(async () => {
  server = await startTestServer()
  client = server.client()
  await client.signUp()
})
afterAll(() => server.close())

const email = 'ada@example.org'
const password = TEST_PASSWORD

const CASES: [string, string, unknown, string][] = [
  ['no input', 'auth.register', undefined, 'input'],
  ['a list', 'auth.register', [], 'input'],
  ['an empty address', 'auth.register', { email: '', password }, 'email'],
  ['an address without a domain', 'auth.register', { email: 'ada', password }, 'email'],
  [
    'an address with a control character',
    'auth.register',
    { email: 'a\u0000da@example.org', password },
    'email',
  ],
  [
    'an address of 256 characters',
    'auth.register',
    { email: `${'a'.repeat(244)}@example.org`, password },
    'email',
  ],
  ['an address that is a number', 'auth.register', { email: 1, password }, 'email'],
  ['a password of 257 characters', 'auth.register', { email, password: 'x'.repeat(257) }, 'password'],
  ['a password of 257 signs', 'auth.register', { email, password: '\u{1f300}'.repeat(257) }, 'password'],
  ['an empty password', 'auth.login', { email, password: '' }, 'password'],
  ['a password that is a list', 'auth.login', { email, password: ['x'] }, 'password'],
  [
    'a name with a control character',
    'auth.register',
    { email, password, displayName: 'a\u0007' },
    'displayName',
  ],
  [
    'a name of 256 characters',
    'auth.register',
    { email, password, displayName: 'a'.repeat(256) },
    'displayName',
  ],
  [
    'an issuer with a control character',
    'users.unlinkIdentity',
    { issuer: '\u0000', subject: 'x' },
    'issuer',
  ],
  ['an unknown field', 'auth.login', { email, password, role: 'admin' }, 'input'],
  ['a word for yes', 'auth.login', { email, password, keepSignedIn: 'yes' }, 'keepSignedIn'],
  ['an unknown setting', 'settings.set', { key: 'colour', value: 'red' }, 'key'],
  ['a setting named __proto__', 'settings.set', { key: '__proto__', value: {} }, 'key'],
  ['an unknown theme', 'settings.set', { key: 'theme', value: 'pink' }, 'value'],
  ['a locale that is none', 'settings.set', { key: 'locale', value: 'no_such!' }, 'value'],
  ['a time zone that is none', 'settings.set', { key: 'timeZone', value: 'Mars/Olympus' }, 'value'],
  ['an amount with an exponent', 'settings.set', { key: 'smallBalanceUsd', value: '1e3' }, 'value'],
  ['a negative amount', 'settings.set', { key: 'smallBalanceUsd', value: '-1' }, 'value'],
  ['an amount that is a number', 'settings.set', { key: 'smallBalanceUsd', value: 1 }, 'value'],
]

describe('bad input', () => {
  it.each(CASES)('%s to %s names the field', async (_what, path, input, field) => {
    const answer = await client.mutate(path, input)
    expect(answer.status).toBe(400)
    expect(answer.error?.data.reason).toBe('INVALID_INPUT')
    expect(Object.keys(answer.error?.data.fields ?? {})).toContain(field)
    expect(JSON.stringify(answer.error)).not.toMatch(/\bat .*\.ts/)
  })

  it.each([
    ['cut JSON', '{"email":'],
    ['a prototype in the JSON', '{"__proto__":{"email":"a"},"email":"ada@example.org","password":"x"}'],
    ['a constructor in the JSON', '{"constructor":{"prototype":{"a":1}}}'],
    ['text', 'hello'],
    ['null', 'null'],
    ['a deep nesting', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
  ])('%s as the body is refused with a sentence', async (_what, body) => {
    const response = await client.fetch('/trpc/auth.login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    const answer = (await response.json()) as { error: { message: string; data: { httpStatus: number } } }
    expect(response.status).toBe(400)
    expect(answer.error.data.httpStatus).toBe(400)
    expect(answer.error.message).toMatch(/\w/)
  })

  it('of 1 MB is refused before it is read', async () => {
    const answer = await client.mutate('auth.login', { email: 'a'.repeat(1_000_000), password })
    expect(answer.status).toBe(413)
    expect(answer.error?.data.reason).toBe('BODY_TOO_LARGE')
  })

  it('that no schema has refused and the database does is the caller’s fault', async () => {
    const { services } = server
    const text = publicProcedure.input(z.string()).query(async ({ input }) => {
      await services.db.pool.query('SELECT $1::text', [input])
    })
    const request = {
      ip: '127.0.0.1',
      origin: server.url,
      isLocal: true,
      userAgent: null,
      cookie: () => null,
    }
    const caller = router({ text }).createCaller({
      ...{ services, actor: null },
      request: { ...request, setCookie: () => {}, clearCookie: () => {} },
    })
    await caller.text('text')
    await expect(caller.text('\u0000')).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })

  it('a field given twice counts once, the last', async () => {
    const response = await client.fetch('/trpc/settings.set', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"key":"theme","value":"pink","value":"dark"}',
    })
    expect(response.status).toBe(200)
  })
})

describe('settings', () => {
  it('are defaults until chosen, and one choice leaves the others', async () => {
    const fresh = server.client()
    await fresh.signUp()
    const defaults = await fresh.queryData<Record<string, unknown>>('settings.get')
    expect(defaults).toEqual({
      theme: 'system',
      locale: 'en',
      timeZone: 'UTC',
      currency: 'USD',
      notifications: { keyInvalid: true, keyExpires: true, newDevice: true },
      hideSmallBalances: false,
      smallBalanceUsd: '1',
    })
    await fresh.mutateData('settings.set', { key: 'smallBalanceUsd', value: '0.25' })
    const changed = await fresh.mutateData('settings.set', { key: 'timeZone', value: 'Europe/Zurich' })
    expect(changed).toEqual({ ...defaults, smallBalanceUsd: '0.25', timeZone: 'Europe/Zurich' })
    expect(await client.queryData('settings.get')).toMatchObject({ timeZone: 'UTC' })
  })

  it('are closed to somebody who is not signed in', async () => {
    const stranger = server.client()
    for (const answer of [
      await stranger.query('settings.get'),
      await stranger.mutate('settings.set', { key: 'theme', value: 'dark' }),
    ]) {
      expect(answer.error?.data).toMatchObject({ httpStatus: 401, reason: 'SIGN_IN_REQUIRED' })
    }
  })

  it('fall back to the default when what is stored no longer fits', async () => {
    const fresh = server.client()
    const { userId } = await fresh.signUp()
    await server.db.superuser.pool.query(
      `INSERT INTO user_settings (user_id, setting_key, setting_value) VALUES ($1, 'theme', '"neon"'), ($1, 'gone', '1')`,
      [userId],
    )
    expect(await fresh.queryData('settings.get')).toMatchObject({ theme: 'system' })
  })
})
