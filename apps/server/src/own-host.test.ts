import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from './testing/start-test-server.ts'
import { TEST_PASSWORD } from './testing/test-client.ts'

const servers: TestServer[] = []
let unnamed: TestServer
let named: TestServer
let proxied: TestServer

beforeAll(async () => {
  unnamed = await start({})
  named = await start({ publicUrl: 'https://trade.example.org:8443' })
  proxied = await start({ trustProxy: 1 })
})
afterAll(async () => {
  for (const server of servers) await server.close()
})

async function start(env: TestServer['services']['env'] | object): Promise<TestServer> {
  const server = await startTestServer({ env })
  servers.push(server)
  return server
}

const PAGE = { accept: 'text/html,application/xhtml+xml' }
/** Addresses of this machine besides loopback; a machine may have none. */
const OWN = Object.values(networkInterfaces())
  .flat()
  .flatMap((each) => (each && !each.internal && !each.address.startsWith('fe80') ? [each.address] : []))
  .map((address) => (address.includes(':') ? `[${address}]:3000` : `${address}:3000`))

interface Reply {
  status: number
  type: string
  body: string
}

/** `fetch` would not let anybody choose the host. */
function get(server: TestServer, path: string, headers: Record<string, string>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    httpRequest(new URL(path, server.url), { headers }, (response) => {
      const { statusCode: status = 0, headers: answered } = response
      text(response).then((body) => resolve({ status, type: answered['content-type'] ?? '', body }), reject)
    })
      .on('error', reject)
      .end()
  })
}

/** Sends a request as it is written here, and returns all that comes back. */
async function sendRaw(server: TestServer, lines: string[], body = ''): Promise<string> {
  const { hostname, port } = new URL(server.url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.write(`${[...lines, 'Connection: close', '', ''].join('\r\n')}${body}`)
  return text(socket)
}

const LOCAL = [
  ...['localhost', 'LOCALHOST:3000', 'localhost.', 'localhost.:3000', 'opentrade.localhost', '127.0.0.1:80'],
  ...['127.8.9.10', '[::1]', '[::1]:3000', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]:3000'],
]

const FOREIGN = [
  ...[
    'evil.example',
    'evil.example:4711',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'nas',
    'nas.lan',
  ],
  ...[
    'notlocalhost',
    'localhost..',
    'localhost@evil.example',
    'evil.example@localhost',
    'localhost:80@evil.example',
  ],
  ...[
    'localhost evil.example',
    'localhost/evil',
    'localhost#evil',
    'localhost:http',
    'localhost:3000:1',
    '.',
    '-',
  ],
  ...['2130706433', '0x7f.0.0.1', '127.1', '0177.0.0.1', '0.0.0.0', '203.0.113.7', '[::]', '[2001:db8::7]'],
  ...[
    '[::ffff:203.0.113.7]',
    '[::1',
    '::1',
    '[localhost]',
    '[::1%25lo]',
    'loca1host',
    'localhost,evil.example',
  ],
]

describe('without PUBLIC_URL', () => {
  it.each([...LOCAL, ...OWN])('%s is answered', async (host) => {
    expect((await get(unnamed, '/trpc/auth.me', { host })).status).toBe(200)
  })

  it.each(FOREIGN)('“%s” is not, whatever is asked for', async (host) => {
    for (const path of [
      '/',
      '/trpc/auth.me',
      '/assets/app.js',
      '/favicon.svg',
      '/.well-known/jwks.json',
      '/sign-up',
    ]) {
      const { status, body } = await get(unnamed, path, { host })
      expect([400, 421], path).toContain(status)
      expect(JSON.parse(body).error.message, path).toMatch(/http:\/\/localhost:\d+|valid request|exactly one/)
    }
  })

  it('no account is made by a page of another host', async () => {
    const host = 'evil.example:4711'
    const body = JSON.stringify({ email: 'eve@example.org', password: TEST_PASSWORD })
    const lines = [
      ...['POST /trpc/auth.register HTTP/1.1', `Host: ${host}`, `Origin: http://${host}`],
      ...['Sec-Fetch-Site: same-origin', 'Content-Type: application/json', `Content-Length: ${body.length}`],
    ]
    const answer = await sendRaw(unnamed, lines, body)
    expect(answer).toMatch(/^HTTP\/1\.1 421 /)
    expect(await countUsers(unnamed)).toBe(0)
  })

  it('a target that is a whole address counts as the host, too', async () => {
    const ask = (target: string) => sendRaw(unnamed, [`GET ${target} HTTP/1.1`, 'Host: localhost'])
    expect(await ask('http://localhost:3000/trpc/auth.me')).toMatch(/^HTTP\/1\.1 200 /)
    for (const target of ['http://evil.example/trpc/auth.me', 'http://localhost@evil.example/trpc/auth.me']) {
      expect(await ask(target)).toMatch(/^HTTP\/1\.1 421 /)
    }
  })

  it('one host is named, no more and no less', async () => {
    const ask = (...hosts: string[]) =>
      sendRaw(unnamed, ['GET /trpc/auth.me HTTP/1.1', ...hosts.map((host) => `Host: ${host}`)])
    expect(await ask('localhost')).toMatch(/^HTTP\/1\.1 200 /)
    for (const hosts of [
      [],
      ['localhost', 'evil.example'],
      ['evil.example', 'localhost'],
      ['localhost', 'localhost'],
    ]) {
      expect(await ask(...hosts)).toMatch(/^HTTP\/1\.1 400 /)
    }
    expect(await ask('')).toMatch(/^HTTP\/1\.1 421 /)
    expect(await sendRaw(unnamed, ['GET /trpc/auth.me HTTP/1.0'])).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('a person in a browser reads what to do, and nothing that they sent is taken for markup', async () => {
    const { status, type, body } = await get(unnamed, '/sign-up', { ...PAGE, host: 'nas.lan:3000' })
    expect(status).toBe(421)
    expect(type).toContain('text/html')
    expect(body).toContain('<b>nas.lan</b>')
    expect(body).toContain(`http://localhost:${new URL(unnamed.url).port}`)
    expect(body).toContain('ssh -L')
    expect(body).toContain('PUBLIC_URL=https://nas.lan')
    const sixth = await get(unnamed, '/', { ...PAGE, host: '[2001:db8::7]:3000' })
    expect(sixth.body).toMatch(/ssh -L \S+ 2001:db8::7</)
    expect(sixth.body).toContain('PUBLIC_URL=https://[2001:db8::7]<')
    const nasty = await get(unnamed, '/', { ...PAGE, host: '<script>alert(1)</script>' })
    expect(nasty.body).not.toContain('<script')
  })

  it('what a trusted proxy says of the host counts, and of an untrusted one does not', async () => {
    const headers = { host: '127.0.0.1:3000', 'x-forwarded-host': 'evil.example' }
    expect((await get(proxied, '/trpc/auth.me', headers)).status).toBe(421)
    expect((await get(unnamed, '/trpc/auth.me', headers)).status).toBe(200)
    const hidden = { host: 'evil.example', 'x-forwarded-host': 'localhost' }
    expect((await get(proxied, '/trpc/auth.me', hidden)).status).toBe(421)
  })
})

describe('with PUBLIC_URL', () => {
  it.each([
    ...['trade.example.org', 'Trade.Example.org:8443', 'trade.example.org.', 'trade.example.org:3000'],
    // As many proxies pass a request on.
    ...['localhost:3000', '127.0.0.1:3000', ...OWN],
  ])('%s is answered', async (host) => {
    expect((await get(named, '/trpc/auth.me', { host })).status).toBe(200)
  })

  it.each([
    'evil.example',
    'www.trade.example.org',
    'example.org',
    'trade.example.org.evil.example',
    'opentrade',
  ])('%s is not, and its visitors read where to go', async (host) => {
    const { status, body } = await get(named, '/', { ...PAGE, host })
    expect(status).toBe(421)
    expect(body).toContain('href="https://trade.example.org:8443"')
    expect((await get(named, '/trpc/auth.me', { host })).body).toContain(
      'Open it at https://trade.example.org:8443',
    )
  })
})

it('health is told to whoever asks', async () => {
  for (const path of ['/healthz', '/readyz', '/readyz?verbose']) {
    expect((await get(unnamed, path, { host: 'opentrade.internal' })).status).toBe(200)
  }
  expect((await get(unnamed, '/readyz/../', { host: 'opentrade.internal' })).status).toBe(421)
})

describe('an address where browsers keep no session', () => {
  const sign = (server: TestServer, procedure: string, headers: object) => {
    const body = JSON.stringify({ email: 'ada@example.org', password: TEST_PASSWORD })
    const all = { 'content-type': 'application/json', 'content-length': body.length, ...headers }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
    return sendRaw(server, [`POST /trpc/${procedure} HTTP/1.1`, ...lines], body)
  }
  const [address = '127.0.0.1'] = OWN

  it.each(['auth.register', 'auth.login', 'auth.passkeyOptions', 'auth.startIdentity', 'auth.refresh'])(
    'refuses %s before anything is done',
    async (procedure) => {
      for (const headers of [
        { host: address, origin: `http://${address}` },
        { host: address },
        { host: 'localhost', origin: 'http://nas.lan' },
      ]) {
        if (headers.host === '127.0.0.1') continue
        const answer = await sign(unnamed, procedure, headers)
        expect(answer).toMatch(/^HTTP\/1\.1 403 /)
        expect(answer).toContain('INSECURE_ADDRESS')
      }
      const proxiedPlain = { host: 'trade.example.org', origin: 'http://trade.example.org' }
      expect(await sign(named, procedure, proxiedPlain)).toContain('INSECURE_ADDRESS')
      expect(await countUsers(unnamed)).toBe(0)
    },
  )

  it('is none of those that come by https or from this machine', async () => {
    const login = (server: TestServer, headers: object) => sign(server, 'auth.login', headers)
    expect(await login(unnamed, { host: 'localhost:3000', origin: 'http://localhost:3000' })).toContain(
      'WRONG_CREDENTIALS',
    )
    expect(await login(unnamed, { host: 'localhost:3000' })).toContain('WRONG_CREDENTIALS')
    const byName = { host: 'trade.example.org:8443', origin: 'https://trade.example.org:8443' }
    expect(await login(named, byName)).toContain('WRONG_CREDENTIALS')
    expect(await login(named, { ...byName, host: '127.0.0.1:3000' })).toContain('WRONG_CREDENTIALS')
    expect(await login(named, { host: '127.0.0.1:3000' })).toContain('WRONG_CREDENTIALS')
  })
})

async function countUsers(server: TestServer): Promise<number> {
  const { rows } = await server.db.superuser.pool.query('SELECT count(*)::int AS count FROM users')
  return rows[0].count
}
