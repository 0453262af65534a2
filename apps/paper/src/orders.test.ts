import { Decimal } from 'decimal.js'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findMarket, formatAmount, priceOf } from './market/markets.ts'
import { createSeededSource } from './market/seeded.ts'
import { createTestVenue, type TestAccount, type TestVenue } from './testing/test-venue.ts'

const START = Date.UTC(2026, 10, 20, 8)
const HOUR = 3_600_000

let time = START
let venue: TestVenue

beforeAll(async () => {
  venue = await createTestVenue({ clock: () => time })
})
afterAll(() => venue.close())

const source = createSeededSource({ seed: 'opentrade' })

function marketOf(symbol: string) {
  const market = findMarket(symbol)
  if (!market) throw new Error(`${symbol} is no market`)
  return market
}

/** The price that the market trades at `ahead` milliseconds from now, or its extreme until then. */
function future(symbol: string, ahead: number, which: 'high' | 'low'): Decimal {
  const market = marketOf(symbol)
  const from = Math.ceil(time / 1_000) * 1_000
  const stretch = source.stretch({ market, from, to: time + ahead, now: time + ahead })
  return priceOf(market, stretch?.[which] ?? 0)
}

function order(account: TestAccount, parameters: Record<string, string>) {
  return venue.call({ account, method: 'POST', path: '/api/v3/order', parameters })
}

async function query(account: TestAccount, symbol: string, orderId: unknown) {
  const parameters = { symbol, orderId: String(orderId) }
  const answer = await venue.call({ account, path: '/api/v3/order', parameters })
  return answer.json as Record<string, string | number>
}

type Holdings = Record<string, { free: Decimal; locked: Decimal }>

async function holdings(account: TestAccount): Promise<Holdings> {
  const parameters = { omitZeroBalances: 'true' }
  const answer = await venue.call({ account, path: '/api/v3/account', parameters })
  const { balances } = answer.json as { balances: { asset: string; free: string; locked: string }[] }
  return Object.fromEntries(
    balances.map(({ asset, free, locked }) => [
      asset,
      { free: new Decimal(free), locked: new Decimal(locked) },
    ]),
  )
}

/** What the trades of an account did to each asset, fees included. */
async function tradeEffects(account: TestAccount): Promise<Record<string, Decimal>> {
  const { rows } = await venue.database.pool.query(
    'SELECT * FROM paper.trades WHERE account_id = $1 ORDER BY trade_id',
    [account.accountId],
  )
  const effects: Record<string, Decimal> = {}
  const add = (asset: string, amount: Decimal) => {
    effects[asset] = (effects[asset] ?? new Decimal(0)).plus(amount)
  }
  for (const row of rows) {
    const market = marketOf(row.symbol)
    const sign = row.is_buyer ? 1 : -1
    add(market.base, new Decimal(row.qty).mul(sign))
    add(market.quote, new Decimal(row.quote_qty).mul(-sign))
    add(row.commission_asset, new Decimal(row.commission).neg())
  }
  return effects
}

async function expectSound(account: TestAccount, start: Holdings): Promise<void> {
  const now = await holdings(account)
  const open = await venue.call({ account, path: '/api/v3/openOrders' })
  const locked: Record<string, Decimal> = {}
  for (const resting of open.json as Record<string, string>[]) {
    const market = marketOf(resting.symbol ?? '')
    const quantity = new Decimal(resting.origQty ?? 0)
    const [asset, amount] =
      resting.side === 'BUY'
        ? [market.quote, quantity.mul(resting.price ?? 0).toDecimalPlaces(8, Decimal.ROUND_UP)]
        : [market.base, quantity]
    locked[asset] = (locked[asset] ?? new Decimal(0)).plus(amount)
  }
  const effects = await tradeEffects(account)
  const none = { free: new Decimal(0), locked: new Decimal(0) }
  for (const asset of new Set([...Object.keys(now), ...Object.keys(start), ...Object.keys(locked)])) {
    const { free, locked: held } = now[asset] ?? none
    const before = start[asset] ?? none
    expect(free.gte(0), asset).toBe(true)
    expect(held.toFixed(), asset).toBe((locked[asset] ?? none.free).toFixed())
    const expected = before.free.plus(before.locked).plus(effects[asset] ?? 0)
    expect(free.plus(held).toFixed(), asset).toBe(expected.toFixed())
  }
}

describe('a resting order', () => {
  it('is filled at its own price once the market has been there, with the fee of a maker', async () => {
    const account = await venue.openAccount('resting')
    const start = await holdings(account)
    const low = future('BTCUSDT', HOUR, 'low')
    const placed = await order(account, {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.01',
      price: low.toFixed(),
    })
    expect(placed.json).toMatchObject({ status: 'NEW', executedQty: '0.00000000', fills: [] })
    const { orderId } = placed.json as { orderId: number }
    time += HOUR
    const filled = await query(account, 'BTCUSDT', orderId)
    expect(filled).toMatchObject({ status: 'FILLED', price: formatAmount(low), executedQty: '0.01000000' })
    expect(filled.updateTime).toBeGreaterThan(time - HOUR)
    const trades = await venue.call({ account, path: '/api/v3/myTrades', parameters: { symbol: 'BTCUSDT' } })
    expect(trades.json).toMatchObject([
      {
        isMaker: true,
        isBuyer: true,
        commission: '0.00001000',
        commissionAsset: 'BTC',
        price: formatAmount(low),
      },
    ])
    await expectSound(account, start)
  })

  it('stays open when the market stays away from it', async () => {
    const account = await venue.openAccount('away')
    const price = future('ETHUSDT', HOUR, 'high').plus('0.01')
    const parameters = {
      symbol: 'ETHUSDT',
      side: 'SELL',
      type: 'LIMIT_MAKER',
      quantity: '1',
      price: price.toFixed(),
    }
    const { orderId } = (await order(account, parameters)).json as { orderId: number }
    time += HOUR - 1_000
    expect(await query(account, 'ETHUSDT', orderId)).toMatchObject({ status: 'NEW', isWorking: true })
  })
})

describe('a stop order', () => {
  it('waits for its stop price, then trades', async () => {
    const account = await venue.openAccount('stop')
    const start = await holdings(account)
    const stopPrice = future('SOLUSDT', HOUR, 'low')
    const { json, status } = await order(account, {
      symbol: 'SOLUSDT',
      side: 'SELL',
      type: 'STOP_LOSS_LIMIT',
      timeInForce: 'GTC',
      quantity: '3',
      price: stopPrice.mul('0.95').toDecimalPlaces(2).toFixed(),
      stopPrice: stopPrice.toFixed(),
      newOrderRespType: 'RESULT',
    })
    expect(status).toBe(200)
    const { orderId } = json as { orderId: number }
    expect(await query(account, 'SOLUSDT', orderId)).toMatchObject({ status: 'NEW', isWorking: false })
    time += HOUR
    const filled = await query(account, 'SOLUSDT', orderId)
    expect(filled).toMatchObject({ status: 'FILLED', isWorking: true })
    const average = new Decimal(filled.cummulativeQuoteQty ?? 0).div(3)
    expect(average.gte(stopPrice.mul('0.95'))).toBe(true)
    await expectSound(account, start)
  })

  it('is refused when its stop price has passed already', async () => {
    const account = await venue.openAccount('stop')
    const price = future('SOLUSDT', 2_000, 'low').mul('1.2').toDecimalPlaces(2).toFixed()
    const answer = await order(account, {
      symbol: 'SOLUSDT',
      side: 'SELL',
      type: 'STOP_LOSS_LIMIT',
      timeInForce: 'GTC',
      quantity: '3',
      price,
      stopPrice: price,
    })
    expect(answer.json).toEqual({ code: -2010, msg: 'Order would trigger immediately.' })
  })
})

describe('a refused order', () => {
  const wrong: [string, Record<string, string>, number, string][] = [
    ['an unknown market', { symbol: 'NOPE' }, -1121, 'Invalid symbol.'],
    ['a wrong side', { side: 'HOLD' }, -1117, 'Invalid side.'],
    ['a wrong type', { type: 'GUESS' }, -1116, 'Invalid orderType.'],
    ['a wrong time in force', { timeInForce: 'GTX' }, -1115, 'Invalid timeInForce.'],
    ['a price off the tick', { price: '50000.001' }, -1013, 'Filter failure: PRICE_FILTER'],
    ['a price far from the market', { price: '900000' }, -1013, 'Filter failure: PERCENT_PRICE_BY_SIDE'],
    ['a quantity off the lot', { quantity: '0.000015' }, -1013, 'Filter failure: LOT_SIZE'],
    ['too small a value', { quantity: '0.00005' }, -1013, 'Filter failure: NOTIONAL'],
    ['no quantity at all', { quantity: '0' }, -1013, 'Invalid quantity.'],
    ['too fine a price', { price: '1.123456789' }, -1111, "Parameter 'price' has too much precision."],
    [
      'more than there is',
      { quantity: '90' },
      -2010,
      'Account has insufficient balance for requested action.',
    ],
    ['a market order at a stop price', { type: 'STOP_LOSS' }, -1013, 'Stop loss orders are not supported'],
    ['an iceberg', { icebergQty: '0.0005' }, -1013, 'Iceberg orders are not supported for this symbol.'],
    ['a parameter that is not known', { colour: 'red' }, -1104, 'Not all sent parameters were read'],
    ['a quantity that is empty', { quantity: '' }, -1105, "Parameter 'quantity' was empty."],
    ['a negative quantity', { quantity: '-1' }, -1100, "Illegal characters found in parameter 'quantity'"],
  ]

  it.each(wrong)('for %s says so and changes nothing', async (_name, change, code, message) => {
    const account = await venue.openAccount('refused')
    const before = await holdings(account)
    const parameters = {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.001',
      price: '50000',
      ...change,
    }
    const answer = await order(account, parameters)
    expect(answer.status).toBe(400)
    expect(answer.json).toMatchObject({ code, msg: expect.stringContaining(message) })
    expect(await holdings(account)).toEqual(before)
  })
})

it('an order test checks all and places nothing', async () => {
  const account = await venue.openAccount('test-order')
  const before = await holdings(account)
  const parameters = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' }
  const answer = await venue.call({ account, method: 'POST', path: '/api/v3/order/test', parameters })
  expect(answer.json).toEqual({})
  expect(await holdings(account)).toEqual(before)
})

it('the same client order id at once opens one order', async () => {
  const account = await venue.openAccount('twice')
  const parameters = {
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: '0.001',
    price: '50000',
    newClientOrderId: 'only-one',
  }
  const answers = await Promise.all(Array.from({ length: 10 }, () => order(account, parameters)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  for (const answer of answers.filter(({ status }) => status !== 200)) {
    expect(answer.json).toEqual({ code: -2010, msg: 'Duplicate order sent.' })
  }
})

it('orders at once never spend more than there is', async () => {
  const account = await venue.openAccount('rush')
  const start = await holdings(account)
  const parameters = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quoteOrderQty: '3000' }
  const answers = await Promise.all(Array.from({ length: 8 }, () => order(account, parameters)))
  const free = start.USDT?.free ?? new Decimal(0)
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(free.div(3_000).floor().toNumber())
  await expectSound(account, start)
})

const RESTING = {
  GTC: { type: 'LIMIT', timeInForce: 'GTC' },
  IOC: { type: 'LIMIT', timeInForce: 'IOC' },
  FOK: { type: 'LIMIT', timeInForce: 'FOK' },
  maker: { type: 'LIMIT_MAKER' },
  takeProfit: { type: 'TAKE_PROFIT_LIMIT', timeInForce: 'GTC' },
  stopLoss: { type: 'STOP_LOSS_LIMIT', timeInForce: 'IOC' },
}

const step = fc.record({
  act: fc.constantFrom('market', 'limit', 'replace', 'cancel', 'cancelAll', 'wait'),
  resting: fc.constantFrom(...Object.values(RESTING)),
  symbol: fc.constantFrom('BTCUSDT', 'ETHBTC', 'ADAUSDT', 'SOLEUR', 'DOTBTC'),
  side: fc.constantFrom('BUY', 'SELL'),
  share: fc.integer({ min: 1, max: 400 }),
  offset: fc.integer({ min: -60, max: 60 }),
})

it('whatever is traded, nothing is created, lost, or locked for no order', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
      run += 1
      const account = await venue.openAccount(`random-${run}`)
      const start = await holdings(account)
      for (const { act, resting, symbol, side, share, offset } of steps) {
        const market = marketOf(symbol)
        const quantity = new Decimal(share).div(100).toDecimalPlaces(market.quantityDecimals).toFixed()
        const near = future(symbol, 1_500, 'low').mul(1 + offset / 1_000)
        const price = near.toDecimalPlaces(market.priceDecimals).toFixed()
        const stops: Record<string, string> = resting.type.endsWith('_LIMIT') ? { stopPrice: price } : {}
        const limit: Record<string, string> = { symbol, side, ...resting, quantity, price, ...stops }
        if (act === 'wait') time += share * 10_000
        if (act === 'market') await order(account, { symbol, side, type: 'MARKET', quantity })
        if (act === 'limit') await order(account, limit)
        if (act === 'cancelAll') {
          await venue.call({ account, method: 'DELETE', path: '/api/v3/openOrders', parameters: { symbol } })
        }
        if (act !== 'cancel' && act !== 'replace') continue
        const open = await venue.call({ account, path: '/api/v3/openOrders', parameters: { symbol } })
        const orderId = String((open.json as { orderId: number }[])[0]?.orderId ?? 1)
        if (act === 'cancel') {
          await venue.call({
            account,
            method: 'DELETE',
            path: '/api/v3/order',
            parameters: { symbol, orderId },
          })
        } else {
          const parameters = { ...limit, cancelReplaceMode: 'ALLOW_FAILURE', cancelOrderId: orderId }
          await venue.call({ account, method: 'POST', path: '/api/v3/order/cancelReplace', parameters })
        }
      }
      await expectSound(account, start)
    }),
    { numRuns: 20 },
  )
})
