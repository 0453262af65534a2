import { createTestDatabase, type TestDatabase } from '@opentrade/db/testing'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestRootKeys, startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { ACCESS_COOKIE, REFRESH_COOKIE } from './cookie-names.ts'

const MINUTE_MS = 60_000
const DAY_MS = 1_440 * MINUTE_MS

let db: TestDatabase
let server: TestServer
let other: TestServer
let clockMs: number

beforeEach(async () => {
  clockMs = Date.now()
  const now = () => new Date(clockMs)
  const rootKeys = createTestRootKeys()
  db = await createTestDatabase()
  server = await startTestServer({ now, rootKeys, db })
  other = await startTestServer({ now, rootKeys, db })
})
afterEach(async () => {
  await other.close()
  await server.close()
  await db.drop()
})

function kidOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
}

async function publishedKids(at = server): Promise<string[]> {
  const response = await fetch(`${at.url}/.well-known/jwks.json`)
  const { keys } = (await response.json()) as { keys: { kid: string }[] }
  return keys.map((key) => key.kid)
}

describe('signing keys', () => {
  it('are replaced after 30 days, published ten minutes before they sign, by one process for all', async () => {
    const [first] = await publishedKids()
    clockMs += 29 * DAY_MS
    expect(await server.services.signingKeys.rotate()).toEqual({ created: false, retired: 0 })
    clockMs += DAY_MS
    const done = await Promise.all([server, other].map((each) => each.services.signingKeys.rotate()))
    expect(done.filter(({ created }) => created)).toHaveLength(1)
    await expect.poll(() => publishedKids(other).then((kids) => kids.length)).toBe(2)
    for (const each of [server, other]) expect(each.services.signingKeys.signing().kid).toBe(first)
    clockMs += 10 * MINUTE_MS
    const [second] = (await publishedKids()).filter((kid) => kid !== first)
    for (const each of [server, other]) expect(each.services.signingKeys.signing().kid).toBe(second)
  })

  it('that signed before verify until their tokens are out, and are retired when no refresh token is', async () => {
    const client = server.client()
    await client.signUp()
    const old = client.cookies.get(ACCESS_COOKIE) ?? ''
    clockMs += 30 * DAY_MS
    await server.services.signingKeys.rotate()
    clockMs += 10 * MINUTE_MS - 1
    const fresh = server.client()
    await fresh.signUp()
    const token = fresh.cookies.get(ACCESS_COOKIE) ?? ''
    expect(kidOf(token)).toBe(kidOf(old))
    clockMs += 9 * MINUTE_MS
    expect(server.services.signingKeys.signing().kid).not.toBe(kidOf(token))
    expect(await other.services.accessTokens.verify(token)).not.toBeNull()
    clockMs += 3 * MINUTE_MS
    expect(await publishedKids()).not.toContain(kidOf(token))
    expect(await server.services.signingKeys.rotate()).toEqual({ created: false, retired: 0 })
    clockMs += 31 * DAY_MS
    expect(await server.services.signingKeys.rotate()).toEqual({ created: true, retired: 1 })
  })

  it('may change between two uses of one refresh token: the lineage stays one', async () => {
    clockMs += 30 * DAY_MS
    await server.services.signingKeys.rotate()
    clockMs += 10 * MINUTE_MS - 1_000
    const client = server.client()
    await client.signUp()
    const before = client.cookies.get(REFRESH_COOKIE) ?? ''
    await client.mutateData('auth.refresh')
    const successor = client.cookies.get(REFRESH_COOKIE)
    const signing = server.services.signingKeys.signing().kid
    clockMs += 2_000
    expect(server.services.signingKeys.signing().kid).not.toBe(signing)
    const again = server.client()
    again.cookies.set(REFRESH_COOKIE, before)
    await again.mutateData('auth.refresh')
    expect(again.cookies.get(REFRESH_COOKIE)).toBe(successor)
    expect((await again.mutate('auth.refresh')).status).toBe(200)
  })

  it('that another process made just now are looked up', async () => {
    const client = server.client()
    const { userId } = await client.signUp()
    clockMs += 30 * DAY_MS
    // Made behind the back of both: nobody is told.
    await db.superuser.pool.query(`UPDATE signing_keys SET created_at = created_at - interval '60 days'`)
    await server.services.signingKeys.rotate()
    clockMs += 10 * MINUTE_MS
    const token = await server.services.accessTokens.issue({ userId, sessionId: crypto.randomUUID() })
    expect(await other.services.signingKeys.verifying(kidOf(token))).not.toBeNull()
    expect(await other.services.signingKeys.verifying(crypto.randomUUID())).toBeNull()
  })
})

describe('/.well-known/jwks.json', () => {
  it('lets anybody verify an access token, and holds nothing that is secret', async () => {
    const client = server.client()
    const { userId } = await client.signUp()
    const token = client.cookies.get(ACCESS_COOKIE) ?? ''
    const url = new URL('/.well-known/jwks.json', server.url)
    const { payload } = await jwtVerify(token, createRemoteJWKSet(url), { algorithms: ['EdDSA'] })
    expect(payload.sub).toBe(userId)
    const response = await fetch(url)
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
    const body = (await response.json()) as { keys: object[] }
    for (const key of body.keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
      expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA' })
    }
  })
})
