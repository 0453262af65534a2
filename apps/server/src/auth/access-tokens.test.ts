import { generateKeyPairSync } from 'node:crypto'
import { SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishEvent } from '../events.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { ACCESS_COOKIE } from './cookie-names.ts'
import type { User } from './schemas.ts'

let server: TestServer
let clockMs = Date.now()

beforeAll(async () => {
  server = await startTestServer({ now: () => new Date(clockMs) })
})
afterAll(() => server.close())

async function signedUp(): Promise<{ user: User; token: string }> {
  const client = server.client()
  const user = await client.signUp()
  return { user, token: client.cookies.get(ACCESS_COOKIE) ?? '' }
}

function payloadOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

function headerOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
}

describe('access tokens', () => {
  it('are good for ten minutes', async () => {
    const { token } = await signedUp()
    const { accessTokens } = server.services
    expect(await accessTokens.verify(token)).not.toBeNull()
    clockMs += 599_000
    expect(accessTokens.peek(token)).not.toBeNull()
    clockMs += 2_000
    expect(accessTokens.peek(token)).toBeNull()
    expect(await accessTokens.verify(token)).toBeNull()
  })

  it('are refused when changed, cut, unsigned, or signed by another key or with our public one', async () => {
    const { token } = await signedUp()
    const claims = payloadOf(token)
    const { kid } = headerOf(token)
    if (typeof kid !== 'string') throw new Error('The token names no key.')
    const { privateKey } = generateKeyPairSync('ed25519')
    const { rows } = await server.db.superuser.pool.query('SELECT public_jwk FROM signing_keys')
    const publicBytes = Buffer.from(rows[0].public_jwk.x, 'base64url')
    const [head = '', body = '', signature = ''] = token.split('.')
    const forged = [
      await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' }).sign(privateKey),
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid, typ: 'at+jwt' }).sign(publicBytes),
      new UnsecuredJWT(claims).encode(),
      `${head}.${body}.`,
      `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: crypto.randomUUID() })).toString('base64url')}.${signature}`,
      `${body}.${head}.${signature}`,
      token.slice(0, -4),
      '',
      '..',
      'x'.repeat(10_000),
    ]
    for (const other of forged) expect(await server.services.accessTokens.verify(other)).toBeNull()
    expect(await server.services.accessTokens.verify(token)).not.toBeNull()
  })

  it('of a deactivated person are refused', async () => {
    const { user, token } = await signedUp()
    const { accessTokens, db } = server.services
    await accessTokens.verify(token)
    await db.withUserSql(user.userId, async (client) => {
      await client.query('UPDATE users SET is_active = false WHERE user_id = $1', [user.userId])
      await publishEvent(client, { type: 'session-revoked', userId: user.userId, sessionId: null })
    })
    await expect.poll(() => accessTokens.peek(token)).toBeNull()
    expect(await accessTokens.verify(token)).toBeNull()
  })

  it('are checked anew, not remembered, while revocations cannot be heard', async () => {
    const { token } = await signedUp()
    const { accessTokens, events } = server.services
    await accessTokens.verify(token)
    const lost = new Promise<void>((resolve) => {
      events.subscribe(() => undefined, resolve)
    })
    await server.db.superuser.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'opentrade events' AND datname = current_database()`,
    )
    await lost
    expect(accessTokens.peek(token)).toBeNull()
    expect(await accessTokens.verify(token)).not.toBeNull()
  })
})
