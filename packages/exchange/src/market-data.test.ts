import { afterEach, describe, expect, it } from 'vitest'
import { openMarketData } from './market-data.ts'
import { publicPayloads } from './testing/public-payloads.ts'
import { type ReplayServer, startReplayServer } from './testing/replay-server.ts'
import { refusalOf } from './testing/replayed-exchange.ts'
import type { MarketData } from './types.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
let server: ReplayServer
afterEach(() => server.close())

async function dataOf(ccxtId: string, exchangeId = ccxtId): Promise<MarketData> {
  server = await startReplayServer()
  server.onAll(publicPayloads[ccxtId] ?? {})
  return openMarketData({ exchangeId, ccxtId, baseUrl: server.url, clock: () => now, paceMs: 0 })
}

const binanceTickers = [
  {
    symbol: 'BTCUSDT',
    lastPrice: '65000.123456789012345',
    bidPrice: '1',
    askPrice: '2',
    closeTime: now - 1000,
  },
  {
    symbol: 'ETHUSDT',
    lastPrice: '0.00000000',
    bidPrice: '3000.1',
    askPrice: '3000.2',
    closeTime: now + 99_000,
  },
  { symbol: 'LDOUSDT', lastPrice: '0', bidPrice: '0', askPrice: '1', closeTime: now },
  { symbol: 'UNLISTED', lastPrice: '5', closeTime: now },
]

describe('tickers', () => {
  it('are read by one request: the last price, else the middle of bid and ask, with its time', async () => {
    const data = await dataOf('binance')
    server.on('/api/v3/ticker/24hr', { body: binanceTickers })
    expect(await data.fetchTickers()).toEqual([
      {
        symbol: 'BTC/USDT',
        base: 'BTC',
        quote: 'USDT',
        price: '65000.123456789012345',
        at: '2026-11-22T11:59:59.000Z',
      },
      { symbol: 'ETH/USDT', base: 'ETH', quote: 'USDT', price: '3000.15', at: '2026-11-22T12:00:00.000Z' },
    ])
    expect(server.count('/api/v3/ticker/24hr')).toBe(1)
  })

  it('are read for some symbols, without those that the exchange does not have', async () => {
    const data = await dataOf('binance')
    server.on('/api/v3/ticker/24hr', { body: binanceTickers.slice(0, 1) })
    const tickers = await data.fetchTickers({ symbols: ['BTC/USDT', 'NO/SUCH'] })
    expect(tickers.map(({ symbol }) => symbol)).toEqual(['BTC/USDT'])
    expect(await data.fetchTickers({ symbols: ['NO/SUCH'] })).toEqual([])
  })

  it('are of spot markets at an exchange whose usual ones are derivatives', async () => {
    const data = await dataOf('bybit')
    server.on('/v5/market/tickers', ({ query }) => ({
      body: {
        retCode: 0,
        retMsg: 'OK',
        result: {
          category: query.get('category'),
          list: [{ symbol: 'BTCUSDT', lastPrice: '90000.5', bid1Price: '1', ask1Price: '2' }],
        },
        time: now,
      },
    }))
    expect(await data.fetchTickers()).toMatchObject([{ symbol: 'BTC/USDT', price: '90000.5' }])
    expect(server.seen.find(({ path }) => path === '/v5/market/tickers')?.query.get('category')).toBe('spot')
  })

  it('are read one by one where no call gives them all', async () => {
    server = await startReplayServer()
    server.onAny(() => ({ body: { h: 1, l: 1, ll: '250000.5', av: '1', a: '1' } }))
    const data = openMarketData({
      exchangeId: 'bit2c',
      ccxtId: 'bit2c',
      baseUrl: server.url,
      clock: () => now,
      paceMs: 0,
    })
    expect(await data.fetchTickers({ symbols: ['BTC/NIS'] })).toMatchObject([
      { symbol: 'BTC/NIS', base: 'BTC', quote: 'NIS', price: '250000.5' },
    ])
  })

  it.each(['<html>', '', '{}', '{"success":true}'])('that are none (%s) are a bad response', async (body) => {
    const data = await dataOf('binance')
    server.on('/api/v3/ticker/24hr', { body })
    expect((await refusalOf(data.fetchTickers())).code).toBe('BAD_RESPONSE')
  })

  it('of an exchange that lists none are none', async () => {
    const data = await dataOf('binance')
    server.on('/api/v3/ticker/24hr', { body: [] })
    expect(await data.fetchTickers()).toEqual([])
  })
})

describe('markets', () => {
  it.each(Object.keys(publicPayloads))('of %s are spot markets with exact steps', async (ccxtId) => {
    const data = await dataOf(ccxtId)
    const btc = (await data.fetchMarkets()).find(({ base }) => base === 'BTC')
    expect(btc).toMatchObject({ base: 'BTC', quote: expect.stringMatching(/^USDT?$/), active: true })
    for (const step of [btc?.priceStep, btc?.amountStep]) expect(step ?? '0.1').toMatch(/^0\.0*1$/)
  })

  it('ask for neither derivatives nor anything signed', async () => {
    const data = await dataOf('binance')
    await data.fetchMarkets()
    expect(server.seen.map(({ path }) => path).sort()).toEqual(['/api/v3/exchangeInfo', '/api/v3/time'])
  })
})
