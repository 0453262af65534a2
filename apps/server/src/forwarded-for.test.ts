import { isIP } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAddresses } from './forwarded-for.ts'
import { networkOf } from './ip-network.ts'
import { startTestServer, type TestServer } from './testing/start-test-server.ts'
import { TEST_PASSWORD } from './testing/test-client.ts'

const isAddress = (text: string) => isIP(text) !== 0 && !text.includes('%')

describe('a list of addresses', () => {
  it.each([
    ['192.0.2.7', ['192.0.2.7']],
    ['192.0.2.7:80', ['192.0.2.7']],
    ['192.0.2.7 , 198.51.100.1:65535', ['192.0.2.7', '198.51.100.1']],
    ['2001:DB8::7', ['2001:db8::7']],
    ['[2001:db8::7]', ['2001:db8::7']],
    ['[2001:db8:0::7]:443', ['2001:db8::7']],
    ['fe80::1%eth0', ['fe80::1']],
    ['[fe80::1%25eth0]:443', ['fe80::1']],
    ['::ffff:192.0.2.7', ['192.0.2.7']],
    ['[::ffff:c000:207]:80', ['192.0.2.7']],
    ['evil, 192.0.2.7', ['192.0.2.7']],
    ['203.0.113.9, evil, 192.0.2.7', ['192.0.2.7']],
    ['192.0.2.7, evil', []],
    ['unknown', []],
    ['_hidden', []],
    ['<script>', []],
    ['"192.0.2.7"', []],
    ['192.0.2.256', []],
    ['192.0.2', []],
    ['192.0.2.7:', []],
    ['192.0.2.7:http', []],
    ['192.0.2.07', []],
    ['a'.repeat(3_000), []],
    ['1'.repeat(3_000), []],
    [`fe80::1%${'a'.repeat(3_000)}`, ['fe80::1']],
    ['', []],
    [',', []],
  ])('%s', (list, addresses) => {
    expect(readAddresses(list)).toEqual(addresses)
  })

  it('gives addresses alone, whatever was written', () => {
    const entry = fc.oneof(
      fc.string(),
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV4Extended(),
      fc.tuple(fc.ipV4(), fc.nat(99_999)).map(([ip, port]) => `${ip}:${port}`),
      fc.tuple(fc.ipV6(), fc.nat(99_999)).map(([ip, port]) => `[${ip}]:${port}`),
      fc.constantFrom('unknown', '_hidden', '<script>', "'; DROP TABLE sessions; --", '\u0000', '::1%lo'),
    )
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        for (const address of readAddresses(entries.join(','))) expect(address).toSatisfy(isAddress)
      }),
    )
  })

  it('is the same client by whatever port and zone', () => {
    const port = fc.integer({ min: 0, max: 65_535 })
    fc.assert(
      fc.property(fc.ipV4(), port, (ip, at) => {
        expect(readAddresses(`${ip}:${at}`)).toEqual([ip])
        expect(readAddresses(`[::ffff:${ip}]:${at}`)).toEqual([ip])
      }),
    )
    fc.assert(
      fc.property(fc.ipV6(), port, fc.stringMatching(/^[a-z0-9]{1,15}$/), (ip, at, zone) => {
        const [plain = ''] = readAddresses(ip)
        expect(readAddresses(`[${ip}]:${at}`)).toEqual([plain])
        expect(readAddresses(`${ip}%${zone}`)).toEqual([plain])
        expect(networkOf(plain)).toBe(networkOf(ip))
      }),
    )
  })
})

describe('behind a proxy that is trusted', () => {
  let server: TestServer

  beforeAll(async () => {
    server = await startTestServer({ env: { trustProxy: 1 } })
    await server.client().signUp({ email: 'ada@example.org' })
  })
  afterAll(() => server.close())

  /** Where a sign-in came from, as it is stored. */
  async function placeOf(forwarded: string | null): Promise<string> {
    const { status } = await server.client().fetch('/trpc/auth.login', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(forwarded !== null && { 'x-forwarded-for': forwarded }),
      },
      body: JSON.stringify({ email: 'ada@example.org', password: TEST_PASSWORD }),
    })
    expect(status).toBe(200)
    const { rows } = await server.db.superuser.pool.query<{ ip: string }>(
      'SELECT ip FROM sessions ORDER BY session_id DESC LIMIT 1',
    )
    return rows[0]?.ip ?? ''
  }

  it.each([
    [null, '127.0.0.1'],
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:4711', '192.0.2.7'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['203.0.113.9, 192.0.2.7', '192.0.2.7'],
    ['evil', '127.0.0.1'],
    ['<script>', '127.0.0.1'],
    ['unknown', '127.0.0.1'],
    ['192.0.2.7, _hidden', '127.0.0.1'],
    ['x'.repeat(3_000), '127.0.0.1'],
  ])('a client that is said to be %s comes from %s', async (forwarded, place) => {
    expect(await placeOf(forwarded)).toBe(place)
  })

  it('a proxy that appends ports makes nobody a new client', async () => {
    for (const port of [1, 2, 3]) await placeOf(`198.51.100.7:${port}`)
    const { rows } = await server.db.superuser.pool.query(
      `SELECT count(DISTINCT subject)::int AS count FROM sign_in_attempts WHERE scope = 'ip'`,
    )
    const before = rows[0].count
    await placeOf('198.51.100.7:4')
    const { rows: after } = await server.db.superuser.pool.query(
      `SELECT count(DISTINCT subject)::int AS count FROM sign_in_attempts WHERE scope = 'ip'`,
    )
    expect(after[0].count).toBe(before)
  })
})
