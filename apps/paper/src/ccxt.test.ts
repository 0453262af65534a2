import { AuthenticationError, InsufficientFunds, OrderImmediatelyFillable } from 'ccxt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCcxtClient } from './testing/ccxt-client.ts'
import { createTestVenue, type TestAccount, type TestVenue } from './testing/test-venue.ts'

let venue: TestVenue
let account: TestAccount

beforeAll(async () => {
  venue = await createTestVenue()
  account = await venue.openAccount('ccxt')
})
afterAll(() => venue.close())

describe("ccxt's binance class", () => {
  it('loads markets, currencies and margins by its default options', async () => {
    const client = createCcxtClient(venue.url, account)
    const markets = await client.loadMarkets()
    expect(Object.keys(markets).filter((symbol) => symbol.endsWith('/USDT')).length).toBeGreaterThanOrEqual(
      24,
    )
    expect(markets['BTC/USDT']).toMatchObject({
      active: true,
      spot: true,
      precision: { amount: '0.00001000', price: '0.01000000' },
      limits: { cost: { min: '5.00000000' } },
    })
    expect(client.currencies.PAPERPT).toBeDefined()
  })

  it('reads exact balances of spot and funding, and hears that there is no margin account', async () => {
    const client = createCcxtClient(venue.url, account)
    const spot = await client.fetchBalance()
    expect(spot.BTC).toMatchObject({ free: '0.25000000', used: '0.00000000' })
    expect(spot.SOL).toMatchObject({ free: '34.00000000', used: '6.00000000', total: '40' })
    expect(spot.PAPERPT?.total).toBe('12500')
    const funding = await client.fetchBalance({ type: 'funding' })
    expect(funding.USDT?.total).toBe('250')
    await expect(client.fetchBalance({ type: 'margin' })).rejects.toThrow('Margin account does not exist.')
  })

  it('reads tickers, the order book, trades and candles of every timeframe', async () => {
    const client = createCcxtClient(venue.url)
    client.options.fetchMargins = false
    const tickers = await client.fetchTickers()
    expect(Object.keys(tickers).length).toBe(Object.keys(client.markets ?? {}).length)
    for (const ticker of Object.values(tickers)) {
      expect(Number(ticker.bid)).toBeLessThan(Number(ticker.ask))
      expect(Number(ticker.low)).toBeLessThanOrEqual(Number(ticker.last))
      expect(Number(ticker.high)).toBeGreaterThanOrEqual(Number(ticker.last))
      expect(Number(ticker.quoteVolume)).toBeGreaterThan(0)
    }
    const book = await client.fetchOrderBook('ETH/BTC', 20)
    expect(book.bids.length).toBe(20)
    expect((await client.fetchTrades('SOL/EUR', undefined, 50)).length).toBe(50)
    for (const timeframe of Object.keys(client.timeframes)) {
      const candles = await client.fetchOHLCV('BTC/USDT', timeframe, undefined, 3)
      expect(candles.length).toBe(3)
    }
  })

  it('places, finds and cancels a limit order', async () => {
    const client = createCcxtClient(venue.url, account)
    const { last } = await client.fetchTicker('ETH/USDT')
    const price = client.priceToPrecision('ETH/USDT', Number(last) * 0.7)
    const order = await client.createOrder('ETH/USDT', 'limit', 'buy', 0.5, Number(price))
    expect(order).toMatchObject({ status: 'open', side: 'buy', amount: '0.50000000', filled: '0.00000000' })
    expect((await client.fetchOpenOrders('ETH/USDT')).map(({ id }) => id)).toEqual([order.id])
    const locked = (await client.fetchBalance()).USDT
    const cancelled = await client.cancelOrder(String(order.id), 'ETH/USDT')
    expect(cancelled.status).toBe('canceled')
    expect(await client.fetchOpenOrders('ETH/USDT')).toEqual([])
    const released = (await client.fetchBalance()).USDT
    expect(Number(released?.used)).toBeCloseTo(Number(locked?.used) - Number(price) * 0.5, 6)
    expect(released?.total).toBe(locked?.total)
    expect((await client.fetchOrder(String(order.id), 'ETH/USDT')).status).toBe('canceled')
  })

  it('trades at the market and finds the trades and their fee', async () => {
    const client = createCcxtClient(venue.url, account)
    const before = await client.fetchBalance()
    const order = await client.createOrder('LTC/USDT', 'market', 'buy', 2)
    expect(order).toMatchObject({ status: 'closed', filled: '2.00000000' })
    const after = await client.fetchBalance()
    expect(Number(after.LTC?.total) - Number(before.LTC?.total)).toBeCloseTo(1.998, 8)
    expect(Number(before.USDT?.total) - Number(after.USDT?.total)).toBeCloseTo(Number(order.cost), 8)
    const trades = await client.fetchMyTrades('LTC/USDT')
    const bought = trades.reduce((sum, trade) => sum + Number(trade.amount), 0)
    expect(bought).toBeCloseTo(2, 8)
    expect(trades[0]?.fee?.currency).toBe('LTC')
    expect((await client.fetchClosedOrders('LTC/USDT')).map(({ id }) => id)).toEqual([order.id])
    const spent = await client.createMarketBuyOrderWithCost('LTC/USDT', 100)
    expect(Number(spent.cost)).toBeLessThanOrEqual(100)
    expect(Number(spent.cost)).toBeGreaterThan(99)
  })

  it('refuses a post-only order that would trade, and fills an IOC order that can', async () => {
    const client = createCcxtClient(venue.url, account)
    const { ask } = await client.fetchTicker('BTC/USDT')
    const high = Number(client.priceToPrecision('BTC/USDT', Number(ask) * 1.05))
    await expect(
      client.createOrder('BTC/USDT', 'limit', 'buy', 0.001, high, { postOnly: true }),
    ).rejects.toBeInstanceOf(OrderImmediatelyFillable)
    const order = await client.createOrder('BTC/USDT', 'limit', 'buy', 0.001, high, { timeInForce: 'IOC' })
    expect(order.status).toBe('closed')
    const low = Number(client.priceToPrecision('BTC/USDT', Number(ask) * 0.7))
    const expired = await client.createOrder('BTC/USDT', 'limit', 'buy', 0.001, low, { timeInForce: 'FOK' })
    expect(expired.status).toBe('expired')
  })

  it('names the trouble: funds, filters, keys and signatures', async () => {
    const client = createCcxtClient(venue.url, account)
    await expect(client.createOrder('BTC/USDT', 'market', 'buy', 5)).rejects.toBeInstanceOf(InsufficientFunds)
    await expect(client.createOrder('BTC/USDT', 'limit', 'buy', 0.00001, 50_000)).rejects.toThrow(
      'Filter failure: NOTIONAL',
    )
    const wrong = createCcxtClient(venue.url, { ...account, secret: 'x'.repeat(64) }, { fetchMargins: false })
    await expect(wrong.fetchBalance()).rejects.toThrow('-1022')
    const unknown = createCcxtClient(venue.url, { ...account, apiKey: 'x'.repeat(64) })
    await expect(unknown.fetchBalance()).rejects.toThrow('-2015')
    await expect(unknown.fetchBalance()).rejects.toBeInstanceOf(AuthenticationError)
  })

  it('reads the rights of its key, earn positions and server time', async () => {
    const client = createCcxtClient(venue.url, account)
    expect(await client.sapiGetAccountApiRestrictions()).toMatchObject({
      enableReading: true,
      enableSpotAndMarginTrading: true,
      enableWithdrawals: false,
      ipRestrict: false,
    })
    const earn = await client.sapiGetSimpleEarnFlexiblePosition({ size: 100 })
    const rows: { asset: string }[] = earn?.rows ?? []
    expect(rows.map(({ asset }) => asset)).toEqual(['ETH', 'USDT'])
    expect(Math.abs(Number(await client.fetchTime()) - Date.now())).toBeLessThan(2_000)
    expect((await client.fetchStatus())?.status).toBe('ok')
    await expect(client.withdraw('BTC', 0.1, 'an-address')).rejects.toThrow('not authorized')
  })
})
