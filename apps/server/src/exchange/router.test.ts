import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import { getExchange } from './get.ts'
import type { ExchangeDetails, ExchangeListing } from './schemas.ts'
import { seedCatalogue, setPaperUrl } from './seed.ts'

let server: TestServer
let admin: TestClient
let user: TestClient
let adminId: string

beforeAll(async () => {
  server = await startTestServer()
  await seedCatalogue(server.db.pool)
  admin = server.client()
  user = server.client()
  adminId = (await admin.signUp()).userId
  await user.signUp()
})
afterAll(() => server.close())

describe('exchanges.list', () => {
  it('puts the paper exchange first, then goes by name, and says what each asks for', async () => {
    const exchanges = await user.queryData<ExchangeListing[]>('exchanges.list')
    expect(exchanges[0]).toMatchObject({ exchangeId: 'paper', isActive: true })
    const names = exchanges.slice(1).map((exchange) => exchange.exchangeName)
    expect(names).toEqual([...names].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)))
    expect(names.length).toBeGreaterThan(80)
    const okx = exchanges.find((exchange) => exchange.exchangeId === 'okx')
    expect(okx?.requiredCredentials.map((field) => [field.name, field.label])).toEqual([
      ['apiKey', 'API key'],
      ['secret', 'Secret key'],
      ['password', 'Passphrase'],
    ])
    expect(okx?.keysUrl).toMatch(/^https:/)
    expect(okx).not.toHaveProperty('apiBaseUrl')
  })

  it('leaves out an exchange that this version does not know', async () => {
    await server.db.superuser.pool.query(
      "INSERT INTO exchanges VALUES ('gone', 'Gone', 'gone', NULL, NULL, '[]', true) ON CONFLICT DO NOTHING",
    )
    const exchanges = await user.queryData<ExchangeListing[]>('exchanges.list')
    expect(exchanges.some((exchange) => exchange.exchangeId === 'gone')).toBe(false)
    const one = await user.query('exchanges.get', { exchangeId: 'gone' })
    expect(one.error?.data.reason).toBe('NOT_FOUND')
  })

  it('needs a signed-in person', async () => {
    const answer = await server.client().query('exchanges.list')
    expect([answer.status, answer.error?.data.reason]).toEqual([401, 'SIGN_IN_REQUIRED'])
  })
})

describe('exchanges.get', () => {
  it('shows the hosts to an administrator only', async () => {
    const input = { exchangeId: 'kraken' }
    expect(await user.queryData('exchanges.get', input)).not.toHaveProperty('apiBaseUrl')
    expect(await admin.queryData('exchanges.get', input)).toMatchObject({ apiBaseUrl: null, wsBaseUrl: null })
  })

  it.each([
    ['nowhere', 404, 'NOT_FOUND'],
    ['__proto__', 404, 'NOT_FOUND'],
    ['constructor', 404, 'NOT_FOUND'],
    ['', 400, 'INVALID_INPUT'],
    ['a b', 400, 'INVALID_INPUT'],
    ['x'.repeat(51), 400, 'INVALID_INPUT'],
    [7, 400, 'INVALID_INPUT'],
  ])('refuses %j', async (exchangeId, status, reason) => {
    const answer = await user.query('exchanges.get', { exchangeId })
    expect([answer.status, answer.error?.data.reason]).toEqual([status, reason])
    if (status === 400) expect(Object.keys(answer.error?.data.fields ?? {})).toEqual(['exchangeId'])
  })
})

describe('exchanges.update', () => {
  it('is for administrators', async () => {
    const input = { exchangeId: 'kraken', isActive: false }
    const byUser = await user.mutate('exchanges.update', input)
    expect([byUser.status, byUser.error?.data.reason]).toEqual([403, 'ADMIN_ONLY'])
    const byNobody = await server.client().mutate('exchanges.update', input)
    expect(byNobody.status).toBe(401)
    expect((await getExchange({ services: server.services, exchangeId: 'kraken' })).isActive).toBe(true)
  })

  it('changes what is given, leaves the rest, and null gives back the own host', async () => {
    const exchangeId = 'kraken'
    const set = (changes: object) =>
      admin.mutateData<ExchangeDetails>('exchanges.update', { exchangeId, ...changes })
    const apiBaseUrl = 'https://proxy.example.org/{host}'
    expect(await set({ apiBaseUrl: ` ${apiBaseUrl} ` })).toMatchObject({
      apiBaseUrl,
      wsBaseUrl: null,
      isActive: true,
    })
    expect(await set({ wsBaseUrl: 'wss://ws.example.org', isActive: false })).toMatchObject({
      apiBaseUrl,
      wsBaseUrl: 'wss://ws.example.org',
      isActive: false,
    })
    expect(await set({ apiBaseUrl: null, isActive: true })).toMatchObject({
      apiBaseUrl: null,
      wsBaseUrl: 'wss://ws.example.org',
      isActive: true,
    })
  })

  it('is seen by this process at once', async () => {
    const exchangeId = 'bitstamp'
    const read = () => getExchange({ services: server.services, exchangeId })
    expect((await read()).apiBaseUrl).toBeNull()
    await admin.mutate('exchanges.update', { exchangeId, apiBaseUrl: 'https://eu.example.org' })
    expect((await read()).apiBaseUrl).toBe('https://eu.example.org')
  })

  it('stands in the administrator’s audit log', async () => {
    await admin.mutateData('exchanges.update', { exchangeId: 'htx', isActive: false })
    const { rows } = await server.db.superuser.pool.query(
      `SELECT actor, detail FROM audit_log
       WHERE user_id = $1 AND action = 'exchange.updated' AND target = 'exchange:htx'`,
      [adminId],
    )
    expect(rows).toEqual([{ actor: expect.stringMatching(/^session:/), detail: { isActive: false } }])
  })

  it.each([
    ['apiBaseUrl', 'http://example.org'],
    ['apiBaseUrl', 'https://user:pass@example.org'],
    ['apiBaseUrl', 'https://example.org/?a=1'],
    ['apiBaseUrl', 'https://example.org/#a'],
    ['apiBaseUrl', 'not a url'],
    ['apiBaseUrl', ''],
    ['apiBaseUrl', `https://example.org/${'x'.repeat(300)}`],
    ['apiBaseUrl', 5],
    ['wsBaseUrl', 'ws://example.org'],
    ['isActive', 'yes'],
  ])('refuses %s = %j and names the field', async (field, value) => {
    const answer = await admin.mutate('exchanges.update', { exchangeId: 'kraken', [field]: value })
    expect([answer.status, answer.error?.data.reason]).toEqual([400, 'INVALID_INPUT'])
    expect(Object.keys(answer.error?.data.fields ?? {})).toEqual([field])
  })

  it('leaves the address of the paper exchange to its start', async () => {
    await setPaperUrl(server.db.pool, { url: 'http://127.0.0.1:4010' })
    const answer = await admin.mutate('exchanges.update', { exchangeId: 'paper', apiBaseUrl: null })
    expect([answer.status, answer.error?.data.reason]).toEqual([400, 'URL_IS_MANAGED'])
    expect(Object.keys(answer.error?.data.fields ?? {})).toEqual(['apiBaseUrl'])
    const closed = await admin.mutateData('exchanges.update', { exchangeId: 'paper', isActive: false })
    expect(closed).toMatchObject({ isActive: false, apiBaseUrl: 'http://127.0.0.1:4010' })
  })

  it('refuses an exchange that there is not', async () => {
    const answer = await admin.mutate('exchanges.update', { exchangeId: 'nowhere', isActive: true })
    expect([answer.status, answer.error?.data.reason]).toEqual([404, 'NOT_FOUND'])
  })
})

describe('the seed', () => {
  it('may run again and keeps what an administrator set', async () => {
    await admin.mutateData('exchanges.update', {
      exchangeId: 'gemini',
      apiBaseUrl: 'https://g.example.org',
      isActive: false,
    })
    await seedCatalogue(server.db.pool)
    expect(await admin.queryData('exchanges.get', { exchangeId: 'gemini' })).toMatchObject({
      apiBaseUrl: 'https://g.example.org',
      isActive: false,
    })
  })
})
