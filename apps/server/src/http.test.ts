import { once } from 'node:events'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from './testing/start-test-server.ts'
import { TEST_PASSWORD, type TestClient } from './testing/test-client.ts'

const lines: string[] = []
let server: TestServer
let client: TestClient

beforeAll(async () => {
  server = await startTestServer({ webApp: makeWebApp(), onLog: (line) => lines.push(line) })
  client = server.client()
  await client.signUp({ email: 'ada@example.org' })
})
afterAll(() => server.close())

function makeWebApp(): string {
  const folder = mkdtempSync(join(tmpdir(), 'opentrade-web-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>OpenTrade</title>')
  writeFileSync(join(folder, 'assets/app-1a2b.js'), 'export const answer = 42')
  writeFileSync(join(folder, 'assets/app-1a2b.js.br'), brotliCompressSync('export const answer = 42'))
  return folder
}

const PAGE = { accept: 'text/html,application/xhtml+xml' }
const JSON_BODY = { 'content-type': 'application/json' }

/** Sends bytes as they are and returns all that comes back. */
async function sendRaw(text: string): Promise<string> {
  const { hostname, port } = new URL(server.url)
  const socket = connect({ host: hostname, port: Number(port) })
  const parts: Buffer[] = []
  socket.on('data', (part) => parts.push(part))
  socket.write(text)
  await once(socket, 'close')
  return Buffer.concat(parts).toString()
}

describe('the web app', () => {
  it('is the page for every address that a person opens', async () => {
    for (const path of ['/', '/wallets/1', '/sign-up?next=/']) {
      const response = await client.fetch(path, { headers: PAGE })
      expect(response.status).toBe(200)
      expect(response.headers.get('cache-control')).toBe('no-cache')
      expect(await response.text()).toContain('<title>OpenTrade</title>')
    }
  })

  it('is the page for a program that takes anything, compressed or not', async () => {
    for (const accepts of ['gzip, deflate', 'br, gzip', 'identity']) {
      const response = await client.fetch('/', { headers: { accept: '*/*', 'accept-encoding': accepts } })
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('<title>OpenTrade</title>')
    }
  })

  it('serves hashed files compressed and for good', async () => {
    const response = await client.fetch('/assets/app-1a2b.js', { headers: { 'accept-encoding': 'br' } })
    expect(response.headers.get('content-encoding')).toBe('br')
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(await response.text()).toBe('export const answer = 42')
  })

  it('answers 404 to a file that is gone, and leaves its folder to nobody', async () => {
    for (const path of [
      '/assets/old.js',
      '/api/x',
      '/missing.png',
      '/..%2f..%2fpackage.json',
      '/assets/..%5c..%5cx',
    ]) {
      const response = await client.fetch(path, { headers: path.startsWith('/assets') ? PAGE : {} })
      expect([400, 403, 404]).toContain(response.status)
      expect(await response.text()).not.toContain('"name"')
    }
  })

  it('says what to run when it is not built', async () => {
    const bare = await startTestServer({ webApp: join(tmpdir(), 'no-such-folder') })
    const response = await fetch(bare.url, { headers: PAGE })
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('npm run build')
    await bare.close()
  })
})

describe('every answer', () => {
  it('tells browsers what a page may do', async () => {
    for (const path of ['/', '/healthz', '/trpc/auth.me', '/assets/old.js']) {
      const { headers } = await client.fetch(path)
      expect(headers.get('content-security-policy')).toContain("script-src 'self'; style-src 'self'")
      expect(headers.get('content-security-policy')).not.toContain('unsafe')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
      expect(headers.get('strict-transport-security')).toBeNull()
      expect(headers.get('x-request-id')).toMatch(/\w/)
    }
  })

  it('speaks of https only when it came by https through a trusted proxy', async () => {
    const proxied = await startTestServer({ env: { trustProxy: 1 } })
    const { headers } = await fetch(proxied.url, { headers: { 'x-forwarded-proto': 'https' } })
    expect(headers.get('strict-transport-security')).toContain('max-age=31536000')
    const plain = await client.fetch('/healthz', { headers: { 'x-forwarded-proto': 'https' } })
    expect(plain.headers.get('strict-transport-security')).toBeNull()
    await proxied.close()
  })
})

describe('a mutation', () => {
  const post = (headers: Record<string, string>, body = '{}') =>
    client.fetch('/trpc/settings.set', { method: 'POST', headers, body })

  it.each([
    ['of another site', { ...JSON_BODY, 'sec-fetch-site': 'cross-site' }, 403],
    ['of a sibling site', { ...JSON_BODY, 'sec-fetch-site': 'same-site' }, 403],
    ['as multipart', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['as text', { 'content-type': 'text/plain' }, 415],
  ])('%s is refused', async (_what, headers, status) => {
    const response = await post(headers)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: { data: { httpStatus: status } } })
  })

  it('with cookies needs an exact origin where the browser says nothing else', async () => {
    const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const body = JSON.stringify({ key: 'theme', value: 'dark' })
    const send = (headers: Record<string, string>) =>
      fetch(`${server.url}/trpc/settings.set`, {
        method: 'POST',
        headers: { ...JSON_BODY, ...headers },
        body,
      })
    expect((await send({ cookie })).status).toBe(403)
    expect((await send({ cookie, origin: 'null' })).status).toBe(403)
    expect((await send({ cookie, origin: `${server.url}.evil.example` })).status).toBe(403)
    expect((await send({ cookie, origin: server.url })).status).toBe(200)
    expect((await send({ authorization: 'Bearer nonsense' })).status).toBe(401)
    expect((await send({ cookie, authorization: 'Bearer nonsense' })).status).toBe(403)
  })

  it('is never run by GET, nor by a method override', async () => {
    const input = encodeURIComponent(JSON.stringify({ key: 'theme', value: 'light' }))
    expect((await client.fetch(`/trpc/settings.set?input=${input}`)).status).toBe(405)
    const before = await client.queryData('settings.get')
    const overridden = await client.fetch('/trpc/settings.get', {
      method: 'POST',
      headers: JSON_BODY,
      body: '{}',
    })
    expect(overridden.status).toBe(405)
    expect(await client.queryData('settings.get')).toEqual(before)
  })

  it('comes with nine others at most', async () => {
    const paths = Array.from({ length: 11 }, () => 'auth.me').join(',')
    const response = await client.fetch(`/trpc/${paths}?batch=1&input=%7B%7D`)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('At most 10')
  })
})

describe('a query', () => {
  it('is no other site’s to make, and anybody’s who says nothing of where they are or typed the address', async () => {
    const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const read = async (headers: Record<string, string>) =>
      (await fetch(`${server.url}/trpc/settings.get`, { headers })).status
    expect(await read({ cookie })).toBe(200)
    expect(await read({ cookie, origin: server.url })).toBe(200)
    expect(await read({ cookie, origin: 'null' })).toBe(403)
    expect(await read({ cookie, origin: 'https://evil.example.org' })).toBe(403)
    expect(await read({ cookie, 'sec-fetch-site': 'none' })).toBe(200)
    expect(await read({ cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(403)
  })
})

describe('a token of a program', () => {
  it('is known however its scheme is written', async () => {
    const token = client.cookies.get('__Host-opentrade-access')
    for (const scheme of ['Bearer', 'bearer', 'BEARER ']) {
      const headers = { authorization: `${scheme} ${token}` }
      expect((await fetch(`${server.url}/trpc/settings.get`, { headers })).status).toBe(200)
    }
  })
})

describe('nonsense', () => {
  it.each([
    ['an unknown procedure', '/trpc/no.such', 404],
    ['a procedure named as a property of objects', '/trpc/constructor', 404],
    ['input that is no JSON', '/trpc/auth.me?input=%7B', 400],
    ['input given twice', '/trpc/auth.me?input=1&input=2', 400],
    ['a malformed escape', '/trpc/%ff', 400],
    ['a path of 5000 characters', `/trpc/${'a'.repeat(5_000)}`, 404],
  ])('%s gets a 4xx in the shape of an error', async (_what, path, status) => {
    const response = await client.fetch(path)
    const text = await response.text()
    expect(response.status).toBe(status)
    expect(JSON.parse(text)).toHaveProperty('error.message')
    expect(text).not.toMatch(/\bat .*\.ts:/)
  })

  it('in place of HTTP, or headers without end, gets a 4xx', async () => {
    expect(await sendRaw('HELLO\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    expect(await sendRaw(`GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    )
  })

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s on the API is refused', async (method) => {
    const response = await client.fetch('/trpc/auth.me', { method })
    expect(response.status).toBe(405)
  })
})

describe('the log', () => {
  it('holds no password, cookie, token or input of a request', async () => {
    const secret = 'canary-of-the-log-1234'
    await client.mutate('auth.login', { email: 'ada@example.org', password: secret })
    await client.query('settings.get', { secret })
    await client.fetch(`/?secret=${secret}`, {
      headers: { authorization: `Bearer ${secret}`, 'x-secret': secret },
    })
    await server.client().mutate('auth.login', { email: 'ada@example.org', password: TEST_PASSWORD })
    const log = lines.join('')
    expect(log).toContain('/trpc/auth.login')
    expect(log).not.toContain(secret)
    expect(log).not.toContain(TEST_PASSWORD)
    for (const value of client.cookies.values()) expect(log).not.toContain(value)
  })
})

describe('limits of calls', () => {
  it('count each change of a batch, per person, and say when to come back', async () => {
    const limited = await startTestServer({ env: { callsPerMinute: 40 } })
    const person = limited.client()
    await person.signUp()
    const paths = Array.from({ length: 10 }, () => 'settings.set').join(',')
    const change = { key: 'theme', value: 'dark' }
    const body = JSON.stringify(Object.fromEntries(Array.from({ length: 10 }, (_, index) => [index, change])))
    for (let count = 0; count < 4; count += 1) {
      const response = await person.fetch(`/trpc/${paths}?batch=1`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: limited.url },
        body,
      })
      expect(response.status).toBe(200)
    }
    const answer = await person.mutate('settings.set', change)
    expect(answer.status).toBe(429)
    expect(answer.error?.data).toMatchObject({ reason: 'TOO_MANY_CALLS', retryAt: expect.any(String) })
    expect((await person.query('settings.get')).status).toBe(200)
    const other = limited.client()
    await other.signUp()
    expect((await other.mutate('settings.set', change)).status).toBe(200)
    await limited.close()
  })

  it('count what an address without a session asks for, queries too', async () => {
    const limited = await startTestServer({ env: { callsPerMinute: 40 } })
    const nobody = limited.client()
    const statuses: number[] = []
    for (let count = 0; count < 12; count += 1) statuses.push((await nobody.query('settings.get')).status)
    expect(statuses.filter((status) => status === 429)).toHaveLength(2)
    await limited.close()
  })
})

describe('health', () => {
  it('is told by /healthz, and readiness by /readyz with reasons', async () => {
    expect((await client.fetch('/healthz')).status).toBe(200)
    expect(await (await client.fetch('/readyz')).json()).toEqual({ ok: true, reasons: [] })
    await server.services.events.close()
    const unready = await client.fetch('/readyz')
    expect(unready.status).toBe(503)
    expect(await unready.json()).toEqual({ ok: false, reasons: ['The connection for events is lost.'] })
  })
})
