import { hashToken } from '@opentrade/crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestRootKeys, startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import type { ApiTokenInfo } from './api-token-rows.ts'
import { createApiTokenText } from './api-token-text.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

let server: TestServer
/** Another process on the same database. */
let other: TestServer
let clockMs = Date.now()

beforeAll(async () => {
  const now = () => new Date(clockMs)
  const rootKeys = createTestRootKeys()
  server = await startTestServer({ now, rootKeys })
  other = await startTestServer({ now, rootKeys, db: server.db })
})
afterAll(async () => {
  await other.close()
  await server.close()
})

interface Created {
  token: string
  apiToken: ApiTokenInfo
}

function create(client: TestClient, input: object = {}): Promise<Created> {
  return client.mutateData<Created>('apiTokens.create', {
    name: 'Spreadsheet',
    scopes: ['read'],
    expiresInDays: null,
    ...input,
  })
}

async function call(o: { token: string; path: string; body?: unknown; at?: TestServer }) {
  const { token, path, body, at = server } = o
  const response = await fetch(`${at.url}/trpc/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as { error?: { data: { reason: string } } }
  return { status: response.status, reason: answer.error?.data.reason }
}

async function signedUp(): Promise<TestClient> {
  const client = server.client()
  await client.signUp()
  return client
}

/** Counts the statements that reach the database for tokens. */
function countLookups(at: TestServer): { count: () => number; stop: () => void } {
  const { pool } = at.db
  const { query } = pool
  let lookups = 0
  pool.query = ((...given: Parameters<typeof query>) => {
    if (JSON.stringify(given[0]).includes('find_api_token')) lookups += 1
    return query.apply(pool, given)
  }) as typeof query
  return {
    count: () => lookups,
    stop: () => {
      pool.query = query
    },
  }
}

describe('API tokens', () => {
  it('are shown once, and kept as their SHA-256 alone', async () => {
    const client = await signedUp()
    const { token, apiToken } = await create(client, { name: '  Bot 7 ', scopes: ['trade', 'read', 'read'] })
    expect(apiToken).toMatchObject({
      name: 'Bot 7',
      scopes: ['trade', 'read'],
      expiresAt: null,
      lastUsedAt: null,
    })
    expect(token.slice(0, -6).endsWith(apiToken.hint)).toBe(true)
    const listed = await client.queryData<ApiTokenInfo[]>('apiTokens.list')
    expect(listed).toEqual([apiToken])
    const { rows } = await server.db.superuser.pool.query(
      'SELECT t.*, t::text AS whole FROM api_tokens t WHERE token_id = $1',
      [apiToken.tokenId],
    )
    expect(rows[0].token_hash.equals(hashToken(token))).toBe(true)
    expect(rows[0].whole).not.toContain(token)
    const audit = await server.db.superuser.pool.query('SELECT detail::text FROM audit_log')
    expect(JSON.stringify(audit.rows)).not.toContain(token)
  })

  it('do what their scopes allow, and nothing else', async () => {
    const client = await signedUp()
    const { token: read } = await create(client, { scopes: ['read'] })
    const { token: trade } = await create(client, { scopes: ['trade'] })
    const { token: manage } = await create(client, { scopes: ['manage'] })
    const setting = { key: 'theme', value: 'dark' }
    expect(await call({ token: read, path: 'wallets.list' })).toMatchObject({ status: 200 })
    expect(await call({ token: read, path: 'settings.set', body: setting })).toEqual({
      status: 403,
      reason: 'SCOPE_TOO_SMALL',
    })
    expect(await call({ token: trade, path: 'wallets.list' })).toEqual({
      status: 403,
      reason: 'SCOPE_TOO_SMALL',
    })
    expect(await call({ token: manage, path: 'settings.set', body: setting })).toMatchObject({ status: 200 })
    expect(await call({ token: manage, path: 'wallets.list' })).toMatchObject({ status: 403 })
    for (const token of [read, trade, manage]) {
      expect(await call({ token, path: 'auth.me' })).toMatchObject({ status: 200 })
      for (const path of ['apiTokens.list', 'sessions.list']) {
        expect(await call({ token, path })).toEqual({ status: 403, reason: 'SESSION_ONLY' })
      }
      const more = { name: 'more', scopes: ['manage'], expiresInDays: null }
      expect(await call({ token, path: 'apiTokens.create', body: more })).toMatchObject({
        reason: 'SESSION_ONLY',
      })
    }
  })

  it('of an administrator do nothing that is the administrator’s alone', async () => {
    const admin = server.client()
    const user = await admin.signUp()
    await server.db.superuser.pool.query(`UPDATE users SET role = 'admin' WHERE user_id = $1`, [user.userId])
    const { token } = await create(admin, { scopes: ['read', 'trade', 'manage'] })
    const input = { exchangeId: 'paper', isActive: false }
    expect(await call({ token, path: 'exchanges.update', body: input })).toEqual({
      status: 403,
      reason: 'SESSION_ONLY',
    })
  })

  it('that are made up are refused, without a query when the checksum is wrong', async () => {
    const lookups = countLookups(server)
    const madeUp = createApiTokenText()
    const wrong = madeUp.slice(0, -1) + (madeUp.endsWith('0') ? '1' : '0')
    for (const token of [wrong, 'ot_', `ot_${'x'.repeat(5_000)}`, 'ot_ü']) {
      expect(await server.services.apiTokens.verify(token)).toBeNull()
    }
    expect(lookups.count()).toBe(0)
    expect(await server.services.apiTokens.verify(madeUp)).toBeNull()
    expect(lookups.count()).toBe(1)
    lookups.stop()
    expect(await call({ token: madeUp, path: 'wallets.list' })).toEqual({
      status: 401,
      reason: 'SIGN_IN_REQUIRED',
    })
  })

  it('are looked up once, however often they are used', async () => {
    const { token } = await create(await signedUp())
    const lookups = countLookups(server)
    for (let round = 0; round < 20; round += 1) await call({ token, path: 'settings.get' })
    lookups.stop()
    expect(lookups.count()).toBe(1)
  })

  it('end when they expire, remembered or not', async () => {
    const { token } = await create(await signedUp(), { expiresInDays: 1 })
    expect(await call({ token, path: 'settings.get' })).toMatchObject({ status: 200 })
    clockMs += DAY_MS - 1_000
    expect(await call({ token, path: 'settings.get' })).toMatchObject({ status: 200 })
    clockMs += 1_000
    expect(await call({ token, path: 'settings.get' })).toMatchObject({ status: 401 })
  })

  it('that are deleted are refused by every process', async () => {
    const client = await signedUp()
    const { token, apiToken } = await create(client)
    for (const at of [server, other])
      expect(await call({ token, path: 'settings.get', at })).toMatchObject({ status: 200 })
    await client.mutateData('apiTokens.delete', { tokenId: apiToken.tokenId })
    await expect.poll(() => other.services.apiTokens.peek(token), { interval: 10 }).toBeNull()
    for (const at of [server, other])
      expect(await call({ token, path: 'settings.get', at })).toMatchObject({ status: 401 })
    expect((await client.mutate('apiTokens.delete', { tokenId: apiToken.tokenId })).status).toBe(404)
  })

  it('of a deactivated person are refused', async () => {
    const client = server.client()
    const { userId } = await client.signUp()
    const { token } = await create(client)
    await call({ token, path: 'settings.get' })
    await server.db.superuser.pool.query('UPDATE users SET is_active = false WHERE user_id = $1', [userId])
    await server.services.events.publish({ type: 'session-revoked', userId, sessionId: null })
    await expect.poll(() => server.services.apiTokens.peek(token), { interval: 10 }).toBeNull()
    expect(await call({ token, path: 'settings.get' })).toMatchObject({ status: 401 })
  })

  it('tell of their last use, written once a minute', async () => {
    const client = await signedUp()
    const { token } = await create(client)
    const lastUse = async () => (await client.queryData<ApiTokenInfo[]>('apiTokens.list'))[0]?.lastUsedAt
    await call({ token, path: 'settings.get' })
    const first = new Date(clockMs).toISOString()
    await expect.poll(lastUse).toBe(first)
    clockMs += MINUTE_MS - 1
    await call({ token, path: 'settings.get' })
    clockMs += 1
    await call({ token, path: 'settings.get' })
    await expect.poll(lastUse).toBe(new Date(clockMs).toISOString())
  })

  it('are refused with the reason beside each field', async () => {
    const client = await signedUp()
    const input = { name: ' ', scopes: ['read', 'rule'], expiresInDays: 0.5 }
    const { status, error } = await client.mutate('apiTokens.create', input)
    expect(status).toBe(400)
    expect(Object.keys(error?.data.fields ?? {}).sort()).toEqual(['expiresInDays', 'name', 'scopes.1'])
  })

  it('of others are as unknown ones', async () => {
    const { apiToken } = await create(await signedUp())
    const stranger = await signedUp()
    const answers = await Promise.all(
      [apiToken.tokenId, crypto.randomUUID()].map((tokenId) =>
        stranger.mutate('apiTokens.delete', { tokenId }),
      ),
    )
    expect(answers[0]?.status).toBe(404)
    expect(answers[0]?.error).toEqual(answers[1]?.error)
  })
})
