import { hashToken } from '@opentrade/crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestRootKeys, startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import { ACCESS_COOKIE, REFRESH_COOKIE } from './cookie-names.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

let server: TestServer
/** Another process on the same database. */
let other: TestServer
let clockMs = Date.now()

beforeAll(async () => {
  const rootKeys = createTestRootKeys()
  const now = () => new Date(clockMs)
  server = await startTestServer({ now, rootKeys })
  other = await startTestServer({ now, rootKeys, db: server.db })
})
afterAll(async () => {
  await other.close()
  await server.close()
})

function advance(ms: number): void {
  clockMs += ms
}

function tokenOf(client: TestClient): string {
  const token = client.cookies.get(REFRESH_COOKIE)
  if (token === undefined) throw new Error('The client holds no refresh token.')
  return token
}

async function signedUp(): Promise<TestClient> {
  const client = server.client()
  await client.signUp()
  return client
}

/** Another client that shows a token as its own. */
function holderOf(token: string, at = server): TestClient {
  const client = at.client()
  client.cookies.set(REFRESH_COOKIE, token)
  return client
}

describe('auth.refresh', () => {
  it('gives the same client one successor, however many ask at once', async () => {
    const client = await signedUp()
    const token = tokenOf(client)
    const holders = Array.from({ length: 100 }, () => holderOf(token))
    const answers = await Promise.all(holders.map((holder) => holder.mutate('auth.refresh')))
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
    const successors = new Set(holders.map(tokenOf))
    expect(successors.size).toBe(1)
    expect(successors).not.toContain(token)
  })

  it('goes on as one lineage after a race between two processes', async () => {
    const client = await signedUp()
    const token = tokenOf(client)
    const holders = Array.from({ length: 100 }, (_, at) => holderOf(token, at % 2 === 0 ? server : other))
    const answers = await Promise.all(holders.map((holder) => holder.mutate('auth.refresh')))
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
    const [successor = '', ...more] = new Set(holders.map(tokenOf))
    expect(more).toEqual([])
    const { rows } = await server.db.superuser.pool.query(
      `SELECT count(*)::int AS sessions, count(DISTINCT family_id)::int AS families, bool_or(revoked_at IS NOT NULL) AS ended
       FROM sessions WHERE user_id = (SELECT user_id FROM sessions WHERE previous_hash = $1)`,
      [hashToken(token)],
    )
    expect(rows).toEqual([{ sessions: 1, families: 1, ended: false }])
    expect((await holderOf(successor, other).mutate('auth.refresh')).status).toBe(200)
  })

  it('ends the family for everybody when a stolen token is replayed: no token of it is good', async () => {
    const client = await signedUp()
    const stolen = tokenOf(client)
    const thief = holderOf(stolen)
    await thief.mutateData('auth.refresh')
    advance(11_000)
    const accessTokens = [client, thief].map((each) => each.cookies.get(ACCESS_COOKIE) ?? '')
    const thiefsToken = tokenOf(thief)
    for (const token of accessTokens) expect(await other.services.accessTokens.verify(token)).not.toBeNull()
    expect((await client.mutate('auth.refresh')).status).toBe(401)
    expect((await holderOf(thiefsToken).mutate('auth.refresh')).status).toBe(401)
    for (const token of accessTokens) {
      await expect.poll(() => other.services.accessTokens.peek(token), { interval: 10 }).toBeNull()
      expect(await other.services.accessTokens.verify(token)).toBeNull()
    }
  })

  it('ends the session everywhere when an old token is shown after the grace', async () => {
    const client = await signedUp()
    const old = tokenOf(client)
    await client.mutateData('auth.refresh')
    advance(11_000)
    const thief = await holderOf(old).mutate('auth.refresh')
    expect(thief.error?.data.reason).toBe('SESSION_ENDED')
    expect((await client.mutate('auth.refresh')).status).toBe(401)
    const { rows } = await server.db.superuser.pool.query(
      'SELECT revoke_reason FROM sessions WHERE previous_hash = $1',
      [hashToken(old)],
    )
    expect(rows).toEqual([{ revoke_reason: 'token-reused' }])
  })

  it('ends the session when a token of two rotations ago is shown, even at once', async () => {
    const client = await signedUp()
    const oldest = tokenOf(client)
    await client.mutateData('auth.refresh')
    await client.mutateData('auth.refresh')
    expect((await holderOf(oldest).mutate('auth.refresh')).status).toBe(401)
    expect((await client.mutate('auth.refresh')).status).toBe(401)
  })

  it('ends the session when another client shows the old token within the grace', async () => {
    const client = await signedUp()
    const old = tokenOf(client)
    await client.mutateData('auth.refresh')
    const response = await holderOf(old).fetch('/trpc/auth.refresh', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'another' },
      body: '{}',
    })
    expect(response.status).toBe(401)
    expect((await client.mutate('auth.refresh')).status).toBe(401)
  })

  it('refuses a made-up token around a known session and leaves that session alone', async () => {
    const client = await signedUp()
    const bytes = Buffer.from(tokenOf(client), 'base64url')
    bytes[40] = (bytes[40] ?? 0) ^ 1
    expect((await holderOf(bytes.toString('base64url')).mutate('auth.refresh')).status).toBe(401)
    expect((await client.mutate('auth.refresh')).status).toBe(200)
  })

  it('ends after half an hour without use, and not before', async () => {
    const client = await signedUp()
    advance(29 * MINUTE_MS)
    expect((await client.mutate('auth.refresh')).status).toBe(200)
    advance(31 * MINUTE_MS)
    const late = await client.mutate('auth.refresh')
    expect(late.error?.data.reason).toBe('SESSION_ENDED')
    expect([...client.cookies.keys()]).toEqual([])
  })

  it('goes on for 30 days when kept signed in, and no longer', async () => {
    const user = await (await signedUp()).queryData<{ user: { email: string } }>('auth.me')
    const client = server.client()
    const password = 'maple orbit lantern 42'
    await client.mutateData('auth.login', { email: user.user.email, password, keepSignedIn: true })
    advance(29 * DAY_MS)
    expect((await client.mutate('auth.refresh')).status).toBe(200)
    advance(2 * DAY_MS)
    expect((await client.mutate('auth.refresh')).status).toBe(401)
  })

  it('is asked for by auth.me when the access token ran out', async () => {
    const client = await signedUp()
    advance(11 * MINUTE_MS)
    const me = await client.query('auth.me')
    expect(me.error?.data.reason).toBe('SIGN_IN_REQUIRED')
    await client.mutateData('auth.refresh')
    expect((await client.query('auth.me')).status).toBe(200)
    client.cookies.clear()
    expect(await client.queryData('auth.me')).toEqual({ user: null })
  })

  it('gives an access token that is good as a bearer token without cookies', async () => {
    const client = await signedUp()
    const token = client.cookies.get(ACCESS_COOKIE)
    const response = await fetch(`${server.url}/trpc/settings.get`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(response.status).toBe(200)
  })
})
