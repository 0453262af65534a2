import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createCcxtClient } from './testing/ccxt-client.ts'
import { createTestVenue, type TestAccount, type TestVenue } from './testing/test-venue.ts'

const TIME = '/api/v3/time'

let venue: TestVenue
let account: TestAccount

beforeAll(async () => {
  venue = await createTestVenue()
  account = await venue.openAccount('faults')
})
afterEach(() => venue.admin('DELETE', '/paper/faults'))
afterAll(() => venue.close())

async function put(...faults: Record<string, unknown>[]) {
  const answer = await venue.admin('PUT', '/paper/faults', { faults })
  expect(answer.status).toBe(200)
}

describe('a fault that answers instead', () => {
  it.each([
    [{ kind: 'tooManyRequests', retryAfter: 7 }, 429, '"code":-1003', '7'],
    [{ kind: 'banned', retryAfter: 9 }, 418, 'IP banned until', '9'],
    [{ kind: 'serverError', status: 502, body: 'html' }, 502, '<h1>502', null],
    [{ kind: 'serverError' }, 503, '"code":-1001', null],
    [{ kind: 'maintenance' }, 503, 'System is under maintenance.', null],
    [{ kind: 'html' }, 200, '<!DOCTYPE html>', null],
  ])('%o', async (fault, status, text, retryAfter) => {
    await put(fault)
    const answer = await venue.get(TIME)
    expect(answer.status).toBe(status)
    expect(answer.text).toContain(text)
    expect(answer.headers.get('retry-after')).toBe(retryAfter)
  })

  it('with nothing, or with the way to elsewhere', async () => {
    await put({ kind: 'emptyBody' })
    expect(await venue.get(TIME)).toMatchObject({ status: 200, text: '' })
    await put({ kind: 'redirect', location: 'http://127.0.0.1:9/' })
    const redirect = await venue.get(TIME)
    expect(redirect.status).toBe(302)
    expect(redirect.headers.get('location')).toBe('http://127.0.0.1:9/')
  })
})

describe('a fault of the connection', () => {
  it('cuts an answer in its middle, as whole HTTP', async () => {
    await put({ kind: 'cutJson' })
    const answer = await venue.get('/api/v3/exchangeInfo?symbol=BTCUSDT')
    expect(answer.status).toBe(200)
    expect(answer.text.length).toBeGreaterThan(100)
    expect(answer.json).toBeNull()
  })

  it('sends half a body and then nothing', async () => {
    await put({ kind: 'hungBody' })
    const response = await fetch(venue.url + TIME)
    expect(response.status).toBe(200)
    const reader = response.body?.getReader()
    const first = await reader?.read()
    expect(Buffer.from(first?.value ?? []).toString()).toMatch(/^\{"serverT/)
    const second = reader?.read().then(() => 'more')
    const quiet = new Promise((resolve) => setTimeout(resolve, 50, 'nothing'))
    expect(await Promise.race([second, quiet])).toBe('nothing')
    await reader?.cancel()
  })

  it('never answers', async () => {
    await put({ kind: 'hungHeaders', count: 1 })
    const { hostname, port } = new URL(venue.url)
    const socket = connect({ host: hostname, port: Number(port) })
    let received = ''
    socket.on('data', (chunk) => {
      received += String(chunk)
    })
    socket.write(`GET ${TIME} HTTP/1.1\r\nhost: x\r\n\r\n`)
    await expect.poll(async () => (await venue.admin('GET', '/paper/faults')).json).toEqual({ faults: [] })
    expect(received).toBe('')
    socket.destroy()
  })

  it('drops a request before it is carried out', async () => {
    await put({ kind: 'droppedRequest', method: 'POST', pathPrefix: '/api/v3/order', count: 1 })
    const parameters = { symbol: 'ETHUSDT', side: 'BUY', type: 'MARKET', quoteOrderQty: '50' }
    await expect(venue.call({ account, method: 'POST', path: '/api/v3/order', parameters })).rejects.toThrow(
      'fetch failed',
    )
    const orders = await venue.call({ account, path: '/api/v3/allOrders', parameters: { symbol: 'ETHUSDT' } })
    expect(orders.json).toEqual([])
  })

  it('drops the reply to an order that was accepted', async () => {
    await put({ kind: 'droppedReply', method: 'POST', pathPrefix: '/api/v3/order', count: 1 })
    const client = createCcxtClient(venue.url, account)
    await client.loadMarkets()
    const parameters = { newClientOrderId: 'lost-reply' }
    await expect(client.createOrder('LTC/USDT', 'market', 'buy', 0.5, undefined, parameters)).rejects.toThrow(
      'fetch failed',
    )
    const found = await venue.call({
      account,
      path: '/api/v3/order',
      parameters: { symbol: 'LTCUSDT', origClientOrderId: 'lost-reply' },
    })
    expect(found.json).toMatchObject({ status: 'FILLED', executedQty: '0.50000000' })
  })

  it('holds an answer back', async () => {
    await put({ kind: 'latency', ms: 60 })
    const before = performance.now()
    expect((await venue.get(TIME)).status).toBe(200)
    expect(performance.now() - before).toBeGreaterThanOrEqual(55)
  })
})

describe('a clock that is off', () => {
  it('for some requests makes them late', async () => {
    await put({ kind: 'clockSkew', ms: 30_000, pathPrefix: '/api/v3/' })
    const { serverTime } = (await venue.get(TIME)).json as { serverTime: number }
    expect(serverTime - Date.now()).toBeGreaterThan(29_000)
    expect((await venue.call({ account, path: '/api/v3/account' })).json).toMatchObject({ code: -1021 })
    const client = createCcxtClient(venue.url, account)
    await put({ kind: 'clockSkew', ms: 30_000 })
    await client.loadTimeDifference()
    expect((await client.fetchBalance()).BTC?.total).toBe('0.25')
  })

  it('for everyone is set by the administrator', async () => {
    const set = await venue.admin('POST', '/paper/clock', { offsetMs: -90_000 })
    expect(set.json).toMatchObject({ offsetMs: -90_000 })
    expect((await venue.call({ account, path: '/api/v3/account' })).json).toMatchObject({ code: -1021 })
    await venue.admin('POST', '/paper/clock', { offsetMs: 0 })
    expect((await venue.call({ account, path: '/api/v3/account' })).status).toBe(200)
  })
})

describe('the aim of a fault', () => {
  it('is a path, a method, a key and a number of requests', async () => {
    const other = await venue.openAccount('others')
    await put(
      { kind: 'tooManyRequests', pathPrefix: '/api/v3/account', apiKey: account.apiKey, count: 2 },
      { kind: 'maintenance', method: 'POST' },
    )
    const statusOf = async (who: TestAccount) =>
      (await venue.call({ account: who, path: '/api/v3/account' })).status
    expect((await venue.get(TIME)).status).toBe(200)
    expect(await statusOf(other)).toBe(200)
    expect([await statusOf(account), await statusOf(account), await statusOf(account)]).toEqual([
      429, 429, 200,
    ])
    const left = (await venue.admin('GET', '/paper/faults')).json as { faults: unknown[] }
    expect(left.faults).toHaveLength(1)
    await venue.admin('DELETE', '/paper/faults')
    expect((await venue.admin('GET', '/paper/faults')).json).toEqual({ faults: [] })
  })

  it.each([
    { kind: 'explode' },
    { kind: 'latency', ms: 10_000_000 },
    { kind: 'html', count: 0 },
    { kind: 'html', pathPrefix: 'no-slash' },
    { kind: 'html', extra: true },
  ])('%o is refused, and what stood stays', async (fault) => {
    await put({ kind: 'emptyBody' })
    expect((await venue.admin('PUT', '/paper/faults', { faults: [fault] })).status).toBe(400)
    expect((await venue.get(TIME)).text).toBe('')
  })

  it('is never the administrator', async () => {
    await put({ kind: 'maintenance' })
    expect((await venue.admin('GET', '/paper/status')).status).toBe(200)
    expect((await venue.get('/paper/health')).status).toBe(200)
  })
})
