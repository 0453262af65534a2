import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWeightLimits } from './limits.ts'
import { createOrderCounts } from './order-counts.ts'
import { createTestVenue, type TestAccount, type TestVenue } from './testing/test-venue.ts'

const MINUTE_START = 1_800_000_000_000

describe('the weight of requests', () => {
  it('is counted by minute and address, and refused beyond the limit with the time to wait', () => {
    const limits = createWeightLimits({ limit: 10 })
    const spend = (address: string, now: number) => limits.spend({ address, weight: 5, now })
    spend('a', MINUTE_START)
    spend('a', MINUTE_START + 1)
    expect(() => spend('a', MINUTE_START + 45_000)).toThrow(
      expect.objectContaining({ status: 429, code: -1003, retryAfter: 15 }),
    )
    expect(() => spend('b', MINUTE_START + 45_000)).not.toThrow()
    expect(() => spend('a', MINUTE_START + 60_000)).not.toThrow()
    expect(limits.used('a', MINUTE_START + 60_000)).toBe(5)
  })

  it('bans who goes on regardless, each time for longer', () => {
    const limits = createWeightLimits({ limit: 1 })
    const statusAt = (now: number): number => {
      try {
        limits.spend({ address: 'a', weight: 2, now })
        return 200
      } catch (error) {
        return (error as { status: number }).status
      }
    }
    const statuses = Array.from({ length: 22 }, () => statusAt(MINUTE_START))
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(429))
    expect(statuses.slice(20)).toEqual([418, 418])
    expect(statusAt(MINUTE_START + 119_000)).toBe(418)
    expect(statusAt(MINUTE_START + 120_000)).toBe(429)
    for (let request = 0; request < 20; request++) statusAt(MINUTE_START + 120_000)
    expect(statusAt(MINUTE_START + 120_000 + 479_000)).toBe(418)
    expect(statusAt(MINUTE_START + 120_000 + 480_000)).toBe(429)
  })
})

it('orders are counted by account, ten seconds and day', () => {
  const counts = createOrderCounts()
  for (let order = 0; order < 100; order++) counts.add(1, MINUTE_START)
  expect(() => counts.add(1, MINUTE_START + 4_000)).toThrow(
    expect.objectContaining({ status: 429, code: -1015, retryAfter: 6 }),
  )
  expect(counts.of(2, MINUTE_START)).toEqual([0, 0])
  counts.add(1, MINUTE_START + 10_000)
  expect(counts.of(1, MINUTE_START + 10_000)).toEqual([1, 101])
  counts.remove(1, MINUTE_START + 10_000)
  counts.remove(1, MINUTE_START + 10_000)
  expect(counts.of(1, MINUTE_START + 10_000)).toEqual([0, 99])
})

describe('the limits over HTTP', () => {
  let venue: TestVenue
  let account: TestAccount
  beforeAll(async () => {
    venue = await createTestVenue({ weightLimit: 100 })
    account = await venue.openAccount('limits')
  })
  afterAll(() => venue.close())

  it('show what was used, then refuse until the minute is over; the wallet has its own', async () => {
    const first = await venue.get('/api/v3/exchangeInfo?symbol=BTCUSDT')
    expect(first.headers.get('x-mbx-used-weight-1m')).toBe('20')
    const order = await venue.call({
      account,
      method: 'POST',
      path: '/api/v3/order',
      parameters: { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quoteOrderQty: '10' },
    })
    expect(order.headers.get('x-mbx-order-count-10s')).toBe('1')
    expect(order.headers.get('x-mbx-order-count-1d')).toBe('1')
    const counted = venue.call({ account, path: '/api/v3/rateLimit/order' })
    expect((await counted).json).toMatchObject([{ count: 0 }, { count: 0 }])
    await venue.get('/api/v3/ticker/24hr')
    const refused = await venue.get('/api/v3/ping')
    const json = {
      code: -1003,
      msg: expect.stringContaining('current limit is 100 request weight per 1 MINUTE'),
    }
    expect(refused).toMatchObject({ status: 429, json })
    const wait = Number(refused.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(60)
    const wallet = await venue.call({ account, path: '/sapi/v1/account/apiRestrictions' })
    expect(wallet.status).toBe(200)
    expect(wallet.headers.get('x-sapi-used-ip-weight-1m')).toBe('1')
  })
})
