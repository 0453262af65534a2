import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD } from '../testing/test-client.ts'
import type { User } from './schemas.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

describe('auth.register', () => {
  it('makes the first of many at once the only administrator', async () => {
    const users = await Promise.all(Array.from({ length: 8 }, () => server.client().signUp()))
    expect(users.filter((user) => user.role === 'admin')).toHaveLength(1)
  })

  it('signs in, with cookies that no script and no other site can use', async () => {
    const client = server.client()
    const answer = await client.mutate<{ user: User }>('auth.register', {
      email: ' Ada@Example.ORG ',
      password: TEST_PASSWORD,
      displayName: ' Ada ',
    })
    expect(answer.data).toMatchObject({
      user: { email: 'ada@example.org', displayName: 'Ada', role: 'user' },
    })
    const cookies = answer.headers.getSetCookie()
    expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual([
      '__Host-opentrade-access',
      '__Host-opentrade-refresh',
    ])
    for (const cookie of cookies) expect(cookie).toMatch(/; Path=\/; Secure; HttpOnly; SameSite=Lax$/)
    expect(await client.queryData('auth.me')).toEqual({ user: answer.data?.user })
  })

  it('refuses a taken address, whatever its capitals, and sets no cookie', async () => {
    const { email } = await server.client().signUp()
    const answer = await server
      .client()
      .mutate('auth.register', { email: email.toUpperCase(), password: TEST_PASSWORD })
    expect(answer.status).toBe(409)
    expect(answer.error?.data.reason).toBe('REGISTRATION_REFUSED')
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  it('says beside the field why a password is refused', async () => {
    const answer = await server
      .client()
      .mutate('auth.register', { email: 'bob@example.org', password: 'short' })
    expect(answer.status).toBe(400)
    expect(answer.error?.data).toMatchObject({
      reason: 'WEAK_PASSWORD',
      fields: { password: expect.stringContaining('15 characters') },
    })
  })

  it('counts the characters of a password, however many units they take', async () => {
    const signs = Array.from({ length: 256 }, (_, at) => String.fromCodePoint(0x1f300 + at)).join('')
    const { email } = await server.client().signUp({ password: signs })
    expect((await server.client().signIn({ email, password: signs })).email).toBe(email)
  })

  it('writes the sign-up to the log of the person', async () => {
    const user = await server.client().signUp()
    const { rows } = await server.db.superuser.pool.query(
      'SELECT action, ip FROM audit_log WHERE user_id = $1',
      [user.userId],
    )
    expect(rows).toEqual([{ action: 'auth.signed-up', ip: '127.0.0.1' }])
  })
})
