import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { proceduresOf } from './api-page.ts'
import { appRouter } from './router.ts'
import { type Outage, prepareOutage } from './testing/database-outage.ts'
import { startTestServer, type TestServer } from './testing/start-test-server.ts'
import { TEST_PASSWORD, type TestClient } from './testing/test-client.ts'

const procedures = proceduresOf(appRouter).map(({ path, procedure }) => ({ path, type: procedure._def.type }))
const MAIN_MS = 60_000

let server: TestServer
let outage: Outage
let person: TestClient
let email: string
const logged: { level: number; msg: string }[] = []

beforeAll(async () => {
  server = await startTestServer({ worker: true, onLog: (line) => logged.push(JSON.parse(line)) })
  outage = await prepareOutage(server.db)
  person = server.client()
  ;({ email } = await person.signUp())
})
afterAll(async () => {
  await outage.end()
  outage.close()
  await server.close()
})

/** What anybody, or the person, asks while the database is away. */
const CALLS: Record<string, () => ReturnType<TestClient['query']>> = {
  'a query of a person': () => person.query('wallets.list'),
  'a query that goes through Prisma or SQL': () => person.query('apiKeys.list'),
  'a change by a person': () => person.mutate('wallets.sync', { walletId: randomUUID() }),
  'opening a paper account': () => person.mutate('paper.open'),
  'who is signed in': () => person.query('auth.me'),
  'going on with a session': () => person.mutate('auth.refresh'),
  'a sign-in': () => server.client().mutate('auth.login', { email, password: TEST_PASSWORD }),
  'a sign-up': () =>
    server.client().mutate('auth.register', { email: 'new@example.org', password: TEST_PASSWORD }),
  'a request for a reset': () => server.client().mutate('auth.requestPasswordReset', { email }),
}

describe('while the database is away', () => {
  beforeAll(() => outage.begin())
  afterAll(() => outage.end())

  it.for(Object.entries(CALLS))('%s is answered with 503 and a time to try again', async ([, call]) => {
    const before = Date.now()
    const answer = await call()
    expect(answer.status).toBe(503)
    expect(answer.error).toMatchObject({
      message: 'The database is not responding. Try again in a few seconds.',
      data: { code: 'SERVICE_UNAVAILABLE', httpStatus: 503, reason: 'DATABASE_UNAVAILABLE' },
    })
    const waitMs = Date.parse(answer.error?.data.retryAt ?? '') - before
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThan(30_000)
  })

  it('a batch says so of each of its calls', async () => {
    const response = await person.fetch('/trpc/wallets.list,auth.me?batch=1&input=%7B%7D')
    expect(response.status).toBe(503)
    const parts = (await response.json()) as { error: { data: object } }[]
    expect(parts).toHaveLength(2)
    for (const { error } of parts) expect(error.data).toMatchObject({ reason: 'DATABASE_UNAVAILABLE' })
  })

  it('an event stream is refused in the same way', async () => {
    const response = await person.fetch('/trpc/wallets.watch', { headers: { accept: 'text/event-stream' } })
    const body = await response.text()
    expect(body).toContain('DATABASE_UNAVAILABLE')
    expect(body).not.toContain('INTERNAL_SERVER_ERROR')
  })

  it('no procedure blames itself or signs anybody out', async () => {
    for (const { path, type } of procedures) {
      if (type === 'subscription') continue
      for (const caller of [person, server.client()]) {
        const answer = await (type === 'mutation' ? caller.mutate(path, {}) : caller.query(path, {}))
        expect([500, ...(caller === person ? [401] : [])], path).not.toContain(answer.status)
      }
    }
  })

  it('what needs no database is answered, and readiness says why it is not given', async () => {
    expect((await person.fetch('/healthz')).status).toBe(200)
    expect((await person.fetch('/.well-known/jwks.json')).status).toBe(200)
    const ready = await person.fetch('/readyz')
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ ok: false })
  })
})

it('everything is back by itself, and the person is still signed in', async () => {
  await expect.poll(async () => (await person.fetch('/readyz')).status, { timeout: MAIN_MS }).toBe(200)
  expect((await person.query('auth.me')).data).toMatchObject({ user: { email } })
  expect((await person.mutate('auth.refresh')).status).toBe(200)
  expect((await person.query('wallets.list')).status).toBe(200)
})

it(
  'connections that are cut under load cost their own calls alone, and none is a fault of ours',
  async () => {
    const statuses = new Map<string, number>()
    let answered = 0
    let running = true
    async function load(path: string, call: () => ReturnType<TestClient['query']>): Promise<void> {
      while (running) {
        const { status } = await call()
        answered += 1
        statuses.set(`${path} ${status}`, (statuses.get(`${path} ${status}`) ?? 0) + 1)
      }
    }
    const loads = [
      load('me', () => person.query('auth.me')),
      load('wallets', () => person.query('wallets.list')),
      load('keys', () => person.query('apiKeys.list')),
      load('settings', () => person.mutate('settings.set', { key: 'theme', value: 'dark' })),
      load('sync', () => person.mutate('wallets.sync', { walletId: randomUUID() })),
      load('audit', () => person.query('audit.verify')),
      load('token', () => person.mutate('apiTokens.list')),
    ]
    for (let round = 0; round < 12; round += 1) {
      const before = answered
      await outage.cut()
      await expect.poll(() => answered - before, { interval: 5, timeout: MAIN_MS }).toBeGreaterThan(20)
    }
    running = false
    await Promise.all(loads)
    const faults = [...statuses].filter(([name]) => / (500|401)$/.test(name))
    expect(faults).toEqual([])
    await expect.poll(async () => (await person.fetch('/readyz')).status, { timeout: MAIN_MS }).toBe(200)
    const unexpected = logged.filter(({ msg }) => msg === 'A procedure failed' || msg === 'A request failed')
    expect(unexpected).toEqual([])
  },
  MAIN_MS,
)
