import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { BadRequestError, Spot, SpotRestAPI, UnauthorizedError } from '@binance/spot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestVenue, type TestAccount, type TestVenue } from './testing/test-venue.ts'

let venue: TestVenue
let account: TestAccount

beforeAll(async () => {
  venue = await createTestVenue()
  account = await venue.openAccount('binance')
})
afterAll(() => venue.close())

function createClient(o: { apiKey: string; secret: string } = account) {
  return new Spot({
    configurationRestAPI: { apiKey: o.apiKey, apiSecret: o.secret, basePath: venue.url, retries: 1 },
  }).restAPI
}

describe("Binance's own client", () => {
  it('reads public data and the weight that it used', async () => {
    const api = createClient()
    const response = await api.exchangeInfo({ symbols: ['BTCUSDT', 'ETHBTC'] })
    expect((await response.data()).symbols?.map(({ symbol }) => symbol)).toEqual(['BTCUSDT', 'ETHBTC'])
    expect(response.rateLimits?.[0]).toMatchObject({ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE' })
    const candles = await (
      await api.klines({ symbol: 'BTCUSDT', interval: SpotRestAPI.KlinesIntervalEnum.INTERVAL_1h, limit: 5 })
    ).data()
    expect(candles.length).toBe(5)
    const price = await (await api.tickerPrice({ symbol: 'ETHBTC' })).data()
    expect(price).toMatchObject({ symbol: 'ETHBTC', price: expect.stringMatching(/^0\.0\d{7}$/) })
    const rolling = await (
      await api.ticker({ symbol: 'BTCUSDT', windowSize: SpotRestAPI.TickerWindowSizeEnum.WINDOW_SIZE_4h })
    ).data()
    expect(rolling).toMatchObject({ symbol: 'BTCUSDT' })
    expect((await (await api.depth({ symbol: 'BTCUSDT', limit: 5 })).data()).asks?.length).toBe(5)
    expect((await (await api.aggTrades({ symbol: 'BTCUSDT', limit: 5 })).data()).length).toBe(5)
    expect((await (await api.avgPrice({ symbol: 'BTCUSDT' })).data()).mins).toBe(5)
  })

  it('reads candles from the listing on, and trades around a time', async () => {
    const api = createClient()
    const interval = SpotRestAPI.KlinesIntervalEnum.INTERVAL_1d
    const days = await (await api.klines({ symbol: 'ETHBTC', interval, startTime: 0, limit: 2 })).data()
    expect(days.map(([openTime]) => openTime)).toEqual([Date.UTC(2020, 0, 1), Date.UTC(2020, 0, 2)])

    const at = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000 + 500
    const timesOf = async (o: { startTime?: number; endTime?: number; limit?: number }) => {
      const trades = await (await api.aggTrades({ symbol: 'ETHBTC', ...o })).data()
      return trades.map(({ T }) => Number(T) - at)
    }
    expect(await timesOf({ endTime: at, limit: 4 })).toEqual([-500, -334, -167, 0])
    expect(await timesOf({ startTime: at, limit: 3 })).toEqual([0, 166, 333])
    expect(await timesOf({ startTime: at - 200, endTime: at + 200 })).toEqual([-167, 0, 166])
    expect(await timesOf({ endTime: Date.UTC(2019, 0, 1) })).toEqual([])
  })

  it('reads the account without its empty balances', async () => {
    const data = await (await createClient().getAccount({ omitZeroBalances: true })).data()
    expect(data.accountType).toBe('SPOT')
    expect(data.balances?.find(({ asset }) => asset === 'SOL')).toEqual({
      asset: 'SOL',
      free: '34.00000000',
      locked: '6.00000000',
    })
    expect(data.balances?.some(({ asset }) => asset === 'PEPE')).toBe(false)
  })

  it('places, replaces, finds and cancels orders', async () => {
    const api = createClient()
    const { price } = (await (await api.tickerPrice({ symbol: 'ADAUSDT' })).data()) as { price: string }
    const order = {
      symbol: 'ADAUSDT',
      side: SpotRestAPI.NewOrderSideEnum.SELL,
      type: SpotRestAPI.NewOrderTypeEnum.LIMIT,
      timeInForce: SpotRestAPI.NewOrderTimeInForceEnum.GTC,
      quantity: 50,
      price: Number((Number(price) * 1.5).toFixed(4)),
    }
    const placed = await api.newOrder({ ...order, newClientOrderId: 'mine-1' })
    expect(placed.rateLimits?.some(({ rateLimitType }) => rateLimitType === 'ORDERS')).toBe(true)
    const first = await placed.data()
    expect(first).toMatchObject({ status: 'NEW', clientOrderId: 'mine-1', fills: [] })
    await expect(api.newOrder({ ...order, newClientOrderId: 'mine-1' })).rejects.toThrow(
      'Duplicate order sent.',
    )
    const replaced = await (
      await api.orderCancelReplace({
        ...order,
        side: SpotRestAPI.OrderCancelReplaceSideEnum.SELL,
        type: SpotRestAPI.OrderCancelReplaceTypeEnum.LIMIT,
        timeInForce: SpotRestAPI.OrderCancelReplaceTimeInForceEnum.GTC,
        cancelReplaceMode: SpotRestAPI.OrderCancelReplaceCancelReplaceModeEnum.STOP_ON_FAILURE,
        cancelOrigClientOrderId: 'mine-1',
      })
    ).data()
    expect(replaced).toMatchObject({ cancelResult: 'SUCCESS', newOrderResult: 'SUCCESS' })
    const open = await (await api.getOpenOrders({ symbol: 'ADAUSDT' })).data()
    expect(open.length).toBe(1)
    const cancelled = await (await api.deleteOpenOrders({ symbol: 'ADAUSDT' })).data()
    expect(cancelled.length).toBe(1)
    await expect(api.deleteOrder({ symbol: 'ADAUSDT', origClientOrderId: 'mine-1' })).rejects.toThrow(
      'Unknown order sent.',
    )
    const all = await (await api.allOrders({ symbol: 'ADAUSDT' })).data()
    expect(all.map(({ status }) => status)).toEqual(['CANCELED', 'CANCELED'])
  })

  it.each([
    ['Ed25519', generateKeyPairSync('ed25519')],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2_048 })],
  ])('signs with an %s key, whose public half alone the exchange has', async (_name, pair) => {
    const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' })
    const opened = await venue.admin('POST', '/paper/accounts', { reference: 'binance', publicKey })
    expect(opened.json).toMatchObject({ accountId: account.accountId, secret: null })
    const { apiKey } = opened.json as { apiKey: string }
    const signer = (key: KeyObject) =>
      new Spot({
        configurationRestAPI: {
          apiKey,
          privateKey: String(key.export({ type: 'pkcs8', format: 'pem' })),
          basePath: venue.url,
          retries: 1,
        },
      }).restAPI
    const { uid } = await (await signer(pair.privateKey).getAccount()).data()
    expect(uid).toBe(account.accountId)
    const stranger = signer(generateKeyPairSync('ed25519').privateKey)
    await expect(stranger.getAccount()).rejects.toMatchObject({ code: -1022 })
  })

  it('sees the code and the class of an error', async () => {
    const mixedUp = { symbol: 'BTCUSDT', orderId: 987_654, origClientOrderId: 'welcome-BTCUSDT' }
    await expect(createClient().getOrder(mixedUp)).rejects.toMatchObject({ code: -2039 })
    await expect(createClient().getOrder({ symbol: 'BTCUSDT', orderId: 987_654 })).rejects.toMatchObject({
      constructor: BadRequestError,
      message: 'Order does not exist.',
      code: -2013,
    })
    const unknown = createClient({ apiKey: 'k'.repeat(64), secret: 's' })
    await expect(unknown.getAccount()).rejects.toMatchObject({ constructor: UnauthorizedError, code: -2015 })
  })
})
