import { afterEach, describe, expect, it } from 'vitest'
import { openMarketData } from './market-data.ts'
import { publicPayloads } from './testing/public-payloads.ts'
import { type ReplayServer, startReplayServer } from './testing/replay-server.ts'
import { refusalOf } from './testing/replayed-exchange.ts'
import type { MarketData } from './types.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
let server: ReplayServer
afterEach(() => server.close())

async function dataOf(ccxtId: string, clock = () => now): Promise<MarketData> {
  server = await startReplayServer()
  server.onAll(publicPayloads[ccxtId] ?? {})
  return openMarketData({ exchangeId: ccxtId, ccxtId, baseUrl: server.url, clock, paceMs: 0 })
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

const binanceMarket = (baseAsset: string, status: string) => ({
  ...{ symbol: `${baseAsset}USDT`, status, baseAsset, quoteAsset: 'USDT', baseAssetPrecision: 8 },
  ...{ quotePrecision: 8, isSpotTradingAllowed: true, isMarginTradingAllowed: false, filters: [] },
  permissions: ['SPOT'],
})
const binanceMarkets = (statuses: Record<string, string>) => ({
  body: {
    ...{ timezone: 'UTC', serverTime: now, rateLimits: [] },
    symbols: Object.entries(statuses).map(([base, status]) => binanceMarket(base, status)),
  },
})
const binanceTicker = (base: string, over: object = {}) => ({
  ...{ symbol: `${base}USDT`, lastPrice: '80', bidPrice: '79', askPrice: '81', volume: '1' },
  ...{ closeTime: now, ...over },
})
const halted = {
  bidPrice: '0.00000000',
  askPrice: '0.00000000',
  volume: '0.00000000',
  quoteVolume: '0',
  count: 0,
}
const symbolsOf = async (data: MarketData) => (await data.fetchTickers()).map(({ symbol }) => symbol)

describe('a closed market', () => {
  it('has no price at Gate, whose tickers have no time', async () => {
    const data = await dataOf('gate')
    const pair = (base: string, trade_status: string) => ({
      ...{ id: `${base}_USDT`, base, quote: 'USDT', fee: '0.2', trade_status, precision: 2 },
      ...{ min_base_amount: '0.001', min_quote_amount: '1.0', amount_precision: 3 },
    })
    const quote = (base: string, over: object = {}) => ({
      ...{ currency_pair: `${base}_USDT`, last: '80', lowest_ask: '', highest_bid: '', base_volume: '0' },
      ...{ quote_volume: '0', ...over },
    })
    server.on('/api/v4/spot/currency_pairs', {
      body: [
        pair('OLD', 'untradable'),
        pair('GONE', 'untradable'),
        pair('DEAD', 'tradable'),
        pair('NEW', 'tradable'),
        pair('BTC', 'tradable'),
      ],
    })
    server.on('/api/v4/spot/tickers', {
      body: [
        quote('OLD'),
        quote('GONE', { lowest_ask: '81', highest_bid: '79', base_volume: '5' }),
        quote('DEAD'),
        quote('NEW', { highest_bid: '79' }),
        quote('BTC', { base_volume: '1' }),
      ],
    })
    expect(await symbolsOf(data)).toEqual(['NEW/USDT', 'BTC/USDT'])
  })

  it('has no price at Binance, whose tickers go on having a time', async () => {
    const data = await dataOf('binance')
    server.on('/api/v3/exchangeInfo', binanceMarkets({ OLD: 'BREAK', DEAD: 'TRADING', BTC: 'TRADING' }))
    server.on('/api/v3/ticker/24hr', {
      body: [binanceTicker('OLD', halted), binanceTicker('DEAD', halted), binanceTicker('BTC')],
    })
    expect(await symbolsOf(data)).toEqual(['BTC/USDT'])
  })

  it('is noticed within half an hour of closing, and of opening again', async () => {
    let time = now
    const data = await dataOf('binance', () => time)
    let status = 'TRADING'
    server.on('/api/v3/exchangeInfo', () => binanceMarkets({ OLD: status, BTC: 'TRADING' }))
    server.on('/api/v3/ticker/24hr', () => ({
      body: [binanceTicker('OLD', { closeTime: time }), binanceTicker('BTC', { closeTime: time })],
    }))
    const open = ['OLD/USDT', 'BTC/USDT']
    const closed = ['BTC/USDT']
    expect(await symbolsOf(data)).toEqual(open)
    status = 'BREAK'
    time += 29 * 60_000
    expect(await symbolsOf(data)).toEqual(open)
    time += 60_000
    expect(await symbolsOf(data)).toEqual(closed)
    status = 'TRADING'
    time += 30 * 60_000
    expect(await symbolsOf(data)).toEqual(open)
    expect(server.count('/api/v3/exchangeInfo')).toBe(3)
  })

  it('is told by the last list of markets while there is no newer one, which is not asked for all the time', async () => {
    let time = now
    const data = await dataOf('binance', () => time)
    server.on('/api/v3/exchangeInfo', binanceMarkets({ OLD: 'BREAK', BTC: 'TRADING' }))
    server.on('/api/v3/ticker/24hr', { body: [binanceTicker('OLD'), binanceTicker('BTC')] })
    await data.fetchTickers()
    server.on('/api/v3/exchangeInfo', { status: 503, body: 'Down' })
    time += 30 * 60_000
    for (let round = 0; round < 3; round++) expect(await symbolsOf(data)).toEqual(['BTC/USDT'])
    expect(server.count('/api/v3/exchangeInfo')).toBe(2)
  })

  it('is not one of many that are all closed at once: then the exchange is under maintenance', async () => {
    const data = await dataOf('binance')
    const statuses = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`A${index}`, 'BREAK']))
    server.on('/api/v3/exchangeInfo', binanceMarkets(statuses))
    server.on('/api/v3/ticker/24hr', { body: Object.keys(statuses).map((base) => binanceTicker(base)) })
    expect(await refusalOf(data.fetchTickers())).toMatchObject({ code: 'MAINTENANCE', retryable: true })
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
