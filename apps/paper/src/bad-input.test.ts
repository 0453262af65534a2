import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestVenue, type TestAccount, type TestVenue } from './testing/test-venue.ts'

let venue: TestVenue
let account: TestAccount

beforeAll(async () => {
  venue = await createTestVenue()
  account = await venue.openAccount('bad-input')
})
afterAll(() => venue.close())

const SIGNED: [string, string][] = [
  ['GET', '/api/v3/account'],
  ['POST', '/api/v3/order'],
  ['GET', '/api/v3/order'],
  ['DELETE', '/api/v3/order'],
  ['GET', '/api/v3/openOrders'],
  ['DELETE', '/api/v3/openOrders'],
  ['GET', '/api/v3/allOrders'],
  ['GET', '/api/v3/myTrades'],
  ['POST', '/api/v3/order/cancelReplace'],
  ['GET', '/sapi/v1/simple-earn/flexible/position'],
  ['POST', '/sapi/v1/asset/get-funding-asset'],
]
const PUBLIC = [
  '/api/v3/exchangeInfo',
  '/api/v3/depth',
  '/api/v3/trades',
  '/api/v3/aggTrades',
  '/api/v3/klines',
  '/api/v3/avgPrice',
  '/api/v3/ticker/24hr',
  '/api/v3/ticker/price',
  '/api/v3/ticker',
]
const NAMES = [
  'symbol',
  'symbols',
  'side',
  'type',
  'quantity',
  'price',
  'stopPrice',
  'timeInForce',
  'quoteOrderQty',
  'newClientOrderId',
  'orderId',
  'origClientOrderId',
  'limit',
  'fromId',
  'startTime',
  'endTime',
  'interval',
  'timeZone',
  'windowSize',
  'asset',
  'current',
  'size',
  '__proto__',
  'constructor',
]
const values = fc.oneof(
  fc.constantFrom('BTCUSDT', 'BUY', 'LIMIT', 'MARKET', 'GTC', '1', '0.5', '60000', '1h', '["BTCUSDT"]'),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e5',
    '99999999999999999999',
    '0.000000001',
    '9007199254740993',
    '[]',
    '{}',
  ),
  fc.constantFrom('__proto__', 'toString', "' OR 1=1 --", '\u0000', '\r\n', '%', '\uD800', 'x'.repeat(500)),
  fc.string({ unit: 'binary', maxLength: 30 }),
)
const parameters = fc.dictionary(fc.constantFrom(...NAMES), values, { maxKeys: 8, noNullPrototype: true })

async function expectRefusedOrServed(answer: { status: number; json: unknown }) {
  expect(answer.status).toBeLessThan(500)
  if (answer.status >= 400) {
    expect(answer.json).toMatchObject({ code: expect.any(Number), msg: expect.any(String) })
  }
}

it('whatever is sent to a public endpoint, it is served or refused by code', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...PUBLIC), parameters, async (path, sent) => {
      await expectRefusedOrServed(await venue.get(`${path}?${new URLSearchParams(sent)}`))
    }),
    { numRuns: 150 },
  )
})

it('whatever is signed and sent, it is served or refused by code', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...SIGNED), parameters, async ([method, path], sent) => {
      await expectRefusedOrServed(await venue.call({ account, method, path, parameters: sent }))
    }),
    { numRuns: 150 },
  )
})

describe('a request that is not one', () => {
  it.each([
    ['/api/v3/nothing', 404, -5000],
    ['/fapi/v1/account', 404, -5000],
    ['/dapi/v1/ticker/24hr', 404, -5000],
    ['/api/v3/ping?a=1', 400, -1101],
    ['/api/v3/time?%E0%A4%A', 400, -1100],
    ['/api/v3/klines?symbol=BTCUSDT', 400, -1102],
    ['/api/v3/klines?symbol=BTCUSDT&interval=7m', 400, -1120],
    ['/api/v3/klines?symbol=BTCUSDT&interval=1h&timeZone=99', 400, -1130],
    ['/api/v3/depth?symbol=btcusdt', 400, -1100],
    ['/api/v3/depth?symbol=BTCUSDT&symbol=BTCUSDT', 400, -1101],
    ['/api/v3/ticker/24hr?symbols=["BTCUSDT","BTCUSDT"]', 400, -1151],
    ['/api/v3/ticker/24hr?symbol=BTCUSDT&type=TINY', 400, -1139],
    ['/api/v3/ticker', 400, -1102],
    ['/%ZZ', 400, -1100],
  ])('%s is refused', async (path, status, code) => {
    expect(await venue.get(path)).toMatchObject({ status, json: { code } })
  })

  it('that is no HTTP is refused in the same words', async () => {
    const { hostname, port } = new URL(venue.url)
    const socket = connect({ host: hostname, port: Number(port) })
    socket.write('NONSENSE\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*\{"code":-1100,"msg":"[^"]+"\}$/)
  })

  it('of a megabyte is refused', async () => {
    const response = await fetch(`${venue.url}/api/v3/order`, { method: 'POST', body: 'x'.repeat(1_048_576) })
    expect(response.headers.get('connection')).not.toBe('close')
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ code: -1130 })
  })

  it('to the administrator is refused without the token, and with nonsense', async () => {
    const path = `${venue.url}/paper/accounts`
    expect((await fetch(path, { method: 'POST' })).status).toBe(401)
    const wrong = { method: 'POST', headers: { authorization: 'Bearer wrong' } }
    expect((await fetch(path, wrong)).status).toBe(401)
    for (const body of [
      {},
      { reference: '' },
      { reference: 'a\u0000' },
      { reference: 'a', publicKey: 'PUBLIC KEY' },
      { reference: 'a', __proto__x: 1 },
      [],
      'text',
      null,
    ]) {
      expect((await venue.admin('POST', '/paper/accounts', body)).status).toBe(400)
    }
    expect((await venue.admin('POST', '/paper/clock', { offsetMs: 1e300 })).status).toBe(400)
    expect((await venue.admin('POST', '/paper/keys/none', {})).status).toBe(404)
    expect((await venue.admin('POST', '/paper/keys/none', { ipWhitelist: ['nowhere'] })).status).toBe(400)
    const balances = { balances: [{ asset: 'BTC', free: '1' }] }
    expect((await venue.admin('PUT', '/paper/accounts/1/balances', balances)).status).toBe(404)
  })
})

it('an asset can be given and taken away', async () => {
  const rich = await venue.openAccount('given')
  const path = `/paper/accounts/${rich.accountId}/balances`
  const balances = [
    { asset: 'PEPE', free: '5' },
    { asset: 'BTC', free: '0' },
  ]
  expect((await venue.admin('PUT', path, { balances })).status).toBe(200)
  const answer = await venue.call({
    account: rich,
    path: '/api/v3/account',
    parameters: { omitZeroBalances: 'true' },
  })
  const { balances: held } = answer.json as { balances: { asset: string; free: string }[] }
  expect(held.find(({ asset }) => asset === 'PEPE')?.free).toBe('5.00000000')
  expect(held.some(({ asset }) => asset === 'BTC')).toBe(false)
})

it('times come in microseconds when that is asked for', async () => {
  const headers = { 'X-MBX-TIME-UNIT': 'MICROSECOND' }
  const { serverTime } = (await venue.get('/api/v3/time', headers)).json as { serverTime: number }
  expect(serverTime).toBeGreaterThan(1e15)
  const [kline] = (await venue.get('/api/v3/klines?symbol=BTCUSDT&interval=1d&limit=1', headers))
    .json as number[][]
  expect((kline?.[6] ?? 0) - (kline?.[0] ?? 0)).toBe(86_400_000_000 - 1)
  expect((await venue.get('/api/v3/time', { 'X-MBX-TIME-UNIT': 'HOUR' })).json).toMatchObject({ code: -1194 })
})
