import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestRootKeys, startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD } from '../testing/test-client.ts'
import { ACCESS_COOKIE, REFRESH_COOKIE } from './cookie-names.ts'

let server: TestServer
let second: TestServer
let clockMs = Date.now()

beforeAll(async () => {
  const now = () => new Date(clockMs)
  const rootKeys = createTestRootKeys()
  server = await startTestServer({ now, rootKeys })
  second = await startTestServer({ now, rootKeys, db: server.db })
})
afterAll(async () => {
  await second.close()
  await server.close()
})

/** Counts what reaches the hasher while `run` runs. */
async function countHashes(run: () => Promise<unknown>): Promise<{ verify: number; dummy: number }> {
  const { passwords } = server.services
  const counts = { verify: 0, dummy: 0 }
  server.services.passwords = {
    ...passwords,
    verify: (hash, password) => {
      counts.verify += 1
      return passwords.verify(hash, password)
    },
    dummyVerify: (password) => {
      counts.dummy += 1
      return passwords.dummyVerify(password)
    },
  }
  await run()
  server.services.passwords = passwords
  return counts
}

describe('auth.login', () => {
  it('answers an unknown address and a wrong password alike, at the cost of one hash each', async () => {
    const { email } = await server.client().signUp()
    const inputs = [
      { email, password: 'not the password 1' },
      { email: 'nobody@example.org', password: 'not the password 1' },
    ]
    const answers: unknown[] = []
    const counts = await countHashes(async () => {
      for (const input of inputs) {
        const answer = await server.client().mutate('auth.login', input)
        answers.push({ status: answer.status, error: answer.error })
      }
    })
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]).toMatchObject({ status: 401, error: { data: { reason: 'WRONG_CREDENTIALS' } } })
    expect(counts).toEqual({ verify: 1, dummy: 1 })
  })

  it('refuses a deactivated person as if the password were wrong', async () => {
    const user = await server.client().signUp()
    await server.db.superuser.pool.query('UPDATE users SET is_active = false WHERE user_id = $1', [
      user.userId,
    ])
    const answer = await server.client().mutate('auth.login', { email: user.email, password: TEST_PASSWORD })
    expect(answer.error?.data.reason).toBe('WRONG_CREDENTIALS')
  })

  it('keeps the cookies past the browser only when asked to', async () => {
    const { email } = await server.client().signUp()
    const input = { email, password: TEST_PASSWORD }
    const short = await server.client().mutate('auth.login', input)
    const long = await server.client().mutate('auth.login', { ...input, keepSignedIn: true })
    expect(short.headers.getSetCookie().join()).not.toContain('Max-Age')
    expect(long.headers.getSetCookie()[1]).toMatch(/Max-Age=2592000;/)
  })

  it('makes an address wait after five wrong tries, known or not, in every process, and nobody else', async () => {
    const client = server.client()
    const { email } = await client.signUp()
    for (const tried of [email, 'unknown@example.org']) {
      const input = { email: tried, password: 'not the password 1' }
      for (let count = 0; count < 5; count += 1) {
        expect((await server.client().mutate('auth.login', input)).status).toBe(401)
      }
      const blocked = await second.client().mutate('auth.login', { email: tried, password: TEST_PASSWORD })
      expect(blocked.status).toBe(429)
      expect(blocked.error?.data).toMatchObject({
        reason: 'TOO_MANY_ATTEMPTS',
        retryAt: new Date(clockMs + 1_000).toISOString(),
      })
    }
    expect((await client.query('settings.get')).status).toBe(200)
    expect((await client.mutate('auth.refresh')).status).toBe(200)
    clockMs += 1_000
    expect((await server.client().mutate('auth.login', { email, password: TEST_PASSWORD })).status).toBe(200)
  })

  it('lets no more than five of many tries at once through', async () => {
    const input = { email: 'flood@example.org', password: 'not the password 1' }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => server.client().mutate('auth.login', input)),
    )
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(5)
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(15)
  })

  it('replaces the session that the browser had', async () => {
    const client = server.client()
    const { email } = await client.signUp()
    const before = client.cookies.get(REFRESH_COOKIE) ?? ''
    await client.signIn({ email })
    const holder = server.client()
    holder.cookies.set(REFRESH_COOKIE, before)
    expect((await holder.mutate('auth.refresh')).status).toBe(401)
    expect((await client.mutate('auth.refresh')).status).toBe(200)
  })
})

describe('auth.logout', () => {
  it('ends the session in a process that has remembered its token', async () => {
    const client = server.client()
    await client.signUp()
    const elsewhere = second.client()
    for (const [name, value] of client.cookies) elsewhere.cookies.set(name, value)
    await elsewhere.queryData('settings.get')
    const token = client.cookies.get(ACCESS_COOKIE) ?? ''
    expect(second.services.accessTokens.peek(token)).not.toBeNull()
    await client.mutateData('auth.logout')
    expect([...client.cookies.keys()]).toEqual([])
    await expect.poll(() => second.services.accessTokens.peek(token)).toBeNull()
    const answer = await elsewhere.query('settings.get')
    expect(answer.error?.data).toMatchObject({ code: 'UNAUTHORIZED', reason: 'SIGN_IN_REQUIRED' })
  })

  it('succeeds for somebody who is signed out', async () => {
    expect(await server.client().mutateData('auth.logout')).toEqual({ ok: true })
  })
})
