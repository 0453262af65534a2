import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FreezingProxy, openFreezingProxy } from '../testing/freezing-proxy.ts'
import { createTestRootKeys, startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import { ACCESS_COOKIE } from './cookie-names.ts'
import type { SessionInfo } from './list-sessions.ts'

let server: TestServer
/** Another process on the same database, whose connection for events goes over a line that can freeze. */
let other: TestServer
let line: FreezingProxy

beforeAll(async () => {
  const rootKeys = createTestRootKeys()
  server = await startTestServer({ rootKeys })
  line = await openFreezingProxy(server.db.url)
  other = await startTestServer({ rootKeys, db: { ...server.db, url: line.url } })
})
afterAll(async () => {
  line.thaw()
  await other.close()
  await line.close()
  await server.close()
})

async function signedInTwice(): Promise<{ first: TestClient; second: TestClient; email: string }> {
  const first = server.client()
  const { email } = await first.signUp()
  const second = server.client()
  await second.signIn({ email })
  return { first, second, email }
}

function list(client: TestClient): Promise<SessionInfo[]> {
  return client.queryData<SessionInfo[]>('sessions.list')
}

function tokenOf(client: TestClient): string {
  return client.cookies.get(ACCESS_COOKIE) ?? ''
}

async function asksOther(client: TestClient): Promise<number> {
  const headers = { authorization: `Bearer ${tokenOf(client)}` }
  return (await fetch(`${other.url}/trpc/settings.get`, { headers })).status
}

/** How long that takes is for the bench: a busy machine may stall any test. */
async function endsByItself(client: TestClient): Promise<void> {
  await expect.poll(() => asksOther(client), { interval: 20 }).toBe(401)
}

describe('sessions', () => {
  it('are listed with device, address and last use, one of them as current', async () => {
    const client = server.client()
    const { email } = await client.signUp()
    const firefox = await client.fetch('/trpc/auth.login', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        cookie: 'none=1',
      },
      body: JSON.stringify({ email, password: 'maple orbit lantern 42', keepSignedIn: true }),
    })
    expect(firefox.status).toBe(200)
    const sessions = await list(client)
    expect(sessions).toHaveLength(2)
    expect(sessions.map((session) => session.current)).toEqual([true, false])
    expect(sessions[0]).toMatchObject({ device: 'Firefox on Linux', ip: '127.0.0.1', keepSignedIn: true })
    expect(sessions[1]).toMatchObject({ device: 'A program', keepSignedIn: false })
    expect(JSON.stringify(sessions)).not.toMatch(/hash/i)
  })

  it('that are revoked are refused by another process', async () => {
    const { first, second } = await signedInTwice()
    expect(await asksOther(second)).toBe(200)
    expect(other.services.accessTokens.peek(tokenOf(second))).not.toBeNull()
    const ended = (await list(second)).find((session) => session.current)
    expect((await first.mutate('sessions.revoke', { sessionId: ended?.sessionId })).status).toBe(200)
    await endsByItself(second)
    expect((await second.mutate('auth.refresh')).status).toBe(401)
    expect(await list(first)).toHaveLength(1)
    expect((await first.mutate('sessions.revoke', { sessionId: ended?.sessionId })).status).toBe(404)
  })

  it('that are revoked are refused by a process that hears nothing and does not know', async () => {
    const { first, second } = await signedInTwice()
    expect(await asksOther(second)).toBe(200)
    const [ended] = (await list(second)).filter((session) => session.current)
    line.freeze()
    await first.mutateData('sessions.revoke', { sessionId: ended?.sessionId })
    await endsByItself(second)
    expect(other.services.events.listening()).toBe(true)
    expect(other.services.events.current()).toBe(false)
    expect(await asksOther(first)).toBe(200)
    line.thaw()
    await expect.poll(() => other.services.events.current()).toBe(true)
    expect(await asksOther(second)).toBe(401)
  })

  it('but the one that asks are ended together', async () => {
    const { first, second, email } = await signedInTwice()
    const third = server.client()
    await third.signIn({ email })
    expect(await third.mutateData('sessions.revokeOthers', {})).toEqual({ ok: true, revoked: 2 })
    for (const client of [first, second]) await endsByItself(client)
    expect(await asksOther(third)).toBe(200)
    expect((await list(third)).map((session) => session.current)).toEqual([true])
  })

  it('of others are as unknown ones, and stay', async () => {
    const { first } = await signedInTwice()
    const stranger = server.client()
    await stranger.signUp()
    const [theirs] = await list(first)
    const answers = await Promise.all(
      [theirs?.sessionId, crypto.randomUUID()].map((sessionId) =>
        stranger.mutate('sessions.revoke', { sessionId }),
      ),
    )
    expect(answers[0]?.status).toBe(404)
    expect(answers[0]?.error).toEqual(answers[1]?.error)
    expect(await list(first)).toHaveLength(2)
  })
})
