import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readIdentityProviders } from '../auth/identity-settings.ts'
import { leaveFor } from '../testing/identity-journey.ts'
import { type LoopbackIssuer, startLoopbackIssuer } from '../testing/loopback-issuer.ts'
import { createTestRootKeys, startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD } from '../testing/test-client.ts'
import { createSetupCode } from './setup-code.ts'

const PUBLIC_URL = 'https://trade.example.org'
const AUDIENCE = 'opentrade-tests'

let clockMs = Date.now()
let issuer: LoopbackIssuer
let server: TestServer
/** On the same database, under a public address. */
let named: TestServer
const now = () => new Date(clockMs)

beforeAll(async () => {
  issuer = await startLoopbackIssuer({ now, claims: { aud: AUDIENCE } })
  const rootKeys = createTestRootKeys()
  server = await startTestServer({ now, rootKeys })
  const client = { clientId: AUDIENCE, clientSecret: 'secret' }
  issuer.register({ ...client, redirectUris: [`${PUBLIC_URL}/sign-in-with/oidc-1/callback`] })
  const identityProviders = readIdentityProviders({
    OIDC_ISSUERS: JSON.stringify([{ name: 'Example', issuer: issuer.issuer, audience: AUDIENCE, ...client }]),
  })
  named = await startTestServer({
    ...{ now, rootKeys, db: server.db },
    env: { publicUrl: PUBLIC_URL, identityProviders },
  })
})
afterAll(async () => {
  await named.close()
  await server.close()
  await issuer.close()
})
beforeEach(async () => {
  const { pool } = server.db.superuser
  await pool.query('DELETE FROM users')
  await pool.query('DELETE FROM sign_in_attempts')
  await pool.query(`DELETE FROM installation_settings WHERE setting_key = 'setup-codes'`)
})

async function createCode(
  on: TestServer = named,
  listensAt = 'here',
): Promise<{ text: string; withdraw: () => Promise<void> }> {
  const code = await createSetupCode({ services: on.services, listensAt })
  if (!code) throw new Error('There is an account already.')
  return code
}

const register = (setupCode?: string, on: TestServer = named) =>
  on.client().mutate<{ user: { role: string } }>('auth.register', {
    ...{ email: 'ada@example.org', password: TEST_PASSWORD },
    ...(setupCode !== undefined && { setupCode }),
  })

async function countUsers(): Promise<number> {
  const { rows } = await server.db.superuser.pool.query('SELECT count(*)::int AS count FROM users')
  return rows[0].count
}

/** Whether a caller with these headers would need the code. */
function needsCode(on: TestServer, headers: OutgoingHttpHeaders): Promise<boolean> {
  return new Promise((resolve, reject) => {
    httpRequest(new URL('/trpc/auth.signUpMode', on.url), { headers }, (response) => {
      readText(response).then((body) => resolve(/"needsSetupCode":true/.test(body)), reject)
    })
      .on('error', reject)
      .end()
  })
}

describe('the first account', () => {
  it('needs no code on this computer', async () => {
    await createCode()
    expect(await needsCode(server, {})).toBe(false)
    const answer = await register(undefined, server)
    expect(answer.data?.user.role).toBe('admin')
  })

  it.each([
    { 'sec-fetch-site': 'same-origin', origin: 'https://trade.example.org' },
    { 'sec-fetch-site': 'same-origin', origin: 'https://localhost.example.org' },
    { 'x-forwarded-for': '192.0.2.7' },
    { 'x-forwarded-for': '127.0.0.1' },
    { 'x-forwarded-proto': 'https' },
    { 'x-forwarded-host': 'localhost' },
    { forwarded: 'for=192.0.2.7' },
    { via: '1.1 proxy' },
    { 'x-real-ip': '192.0.2.7' },
  ])('needs one through a proxy on this computer: %j', async (headers) => {
    expect(await needsCode(server, headers)).toBe(true)
  })

  it('needs one at a public address, by whatever host the proxy asks', async () => {
    for (const host of ['trade.example.org', 'localhost:3000'])
      expect(await needsCode(named, { host })).toBe(true)
    const { text } = await createCode()
    const refused = await register()
    expect(refused.status).toBe(403)
    expect(refused.error?.data).toMatchObject({
      reason: 'SETUP_CODE_REFUSED',
      fields: { setupCode: expect.stringContaining('printed when it started') },
    })
    expect((await register('0000-0000-0000-0000')).error?.data.reason).toBe('SETUP_CODE_REFUSED')
    expect((await register('')).error?.data.reason).toBe('SETUP_CODE_REFUSED')
    expect(await countUsers()).toBe(0)
    expect((await register(text)).data?.user.role).toBe('admin')
  })

  it('is the only one that needs a code, and that is good once', async () => {
    const { text } = await createCode()
    await register(text)
    expect(await createSetupCode({ services: named.services, listensAt: 'here' })).toBeNull()
    expect(await needsCode(named, {})).toBe(false)
    const second = await named.client().mutate<{ user: { role: string } }>('auth.register', {
      ...{ email: 'bob@example.org', password: TEST_PASSWORD },
    })
    expect(second.data?.user.role).toBe('user')
    await server.db.superuser.pool.query('DELETE FROM users')
    expect((await register(text)).error?.data.reason).toBe('SETUP_CODE_REFUSED')
  })

  it('is made by one of many who have the code at the same time', async () => {
    const { text } = await createCode()
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, at) =>
        named.client().mutate<{ user: { role: string } }>('auth.register', {
          ...{ email: `p${at}@example.org`, password: TEST_PASSWORD, setupCode: text },
        }),
      ),
    )
    expect(answers.filter(({ data }) => data?.user.role === 'admin')).toHaveLength(1)
  })

  it('needs one as well with an account elsewhere', async () => {
    const { text } = await createCode()
    const token = await issuer.sign()
    const signIn = (setupCode?: string) =>
      named.client().mutate('auth.loginIdentity', { token, ...(setupCode !== undefined && { setupCode }) })
    expect((await signIn()).error?.data.reason).toBe('SETUP_CODE_REFUSED')
    expect((await signIn('0000-0000-0000-0000')).error?.data.reason).toBe('SETUP_CODE_REFUSED')
    expect(await countUsers()).toBe(0)
    expect((await signIn(text)).status).toBe(200)
    expect((await signIn()).status).toBe(200)
  })
})

describe('the first account by way of a provider’s pages', () => {
  it('takes the code along', async () => {
    const { text } = await createCode()
    issuer.people({ sub: 'ada', email: 'ada@example.org', email_verified: true })
    async function signUp(setupCode?: string) {
      const browser = named.client()
      const input = { providerId: 'oidc-1', ...(setupCode !== undefined && { setupCode }) }
      return browser.mutate('auth.finishIdentity', await leaveFor(browser, { input }))
    }
    expect((await signUp()).error?.data.reason).toBe('SETUP_CODE_REFUSED')
    expect(await countUsers()).toBe(0)
    expect((await signUp(text)).data).toMatchObject({ entered: { user: { role: 'admin' } } })
  })
})

describe('a code', () => {
  it('is typed with hyphens or not, in capitals or not, and with letters for the digits that they look like', async () => {
    const { text } = await createCode()
    expect(text).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
    const typed = ` ${text.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `
    expect((await register(typed)).data?.user.role).toBe('admin')
  })

  it('is not in the database, whatever else is', async () => {
    const { text } = await createCode()
    const { rows } = await server.db.superuser.pool.query(
      'SELECT setting_value::text AS value FROM installation_settings',
    )
    const stored = JSON.stringify(rows)
    expect(stored).not.toContain(text)
    expect(stored).not.toContain(text.replaceAll('-', ''))
  })

  it('of each process on the database is good, until that process starts again or ends', async () => {
    const [first, other] = [await createCode(server, 'one'), await createCode(named, 'other')]
    const again = await createCode(server, 'one')
    expect((await register(first.text)).error?.data.reason).toBe('SETUP_CODE_REFUSED')
    await other.withdraw()
    expect((await register(other.text)).error?.data.reason).toBe('SETUP_CODE_REFUSED')
    expect((await register(again.text)).data?.user.role).toBe('admin')
  })

  it('is guessed five times, then after longer and longer waits', async () => {
    const { text } = await createCode()
    for (let guess = 0; guess < 5; guess += 1) {
      expect((await register(`0000-0000-0000-000${guess}`)).error?.data.reason).toBe('SETUP_CODE_REFUSED')
    }
    const limited = await register(text)
    expect(limited.error?.data).toMatchObject({ reason: 'TOO_MANY_ATTEMPTS', retryAt: expect.any(String) })
    clockMs += 60_000
    expect((await register(text)).data?.user.role).toBe('admin')
  })
})
