import type { Ticker } from '@opentrade/exchange'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Fallback, NO_FALLBACK } from './fallback.ts'
import { Money, sumMoney } from './money.ts'
import { valueHoldings } from './value-holdings.ts'

const NOW = new Date('2026-01-02T00:00:00Z')
const AT = '2026-01-01T23:59:00.000Z'

function ticker(symbol: string, price: string, at = AT): Ticker {
  const [base = '', quote = ''] = symbol.split(':')[0]?.split('/') ?? []
  return { symbol, base, quote, price, at }
}

function holding(asset: string, total = '1', priceAsset = asset) {
  return { asset, total, priceAsset }
}

function value(o: {
  holdings: ReturnType<typeof holding>[]
  tickers?: Ticker[]
  fallback?: Fallback
  exchangeId?: string
}) {
  const { tickers = [] } = o
  const answered = tickers.length > 0
  return valueHoldings({
    ...{ exchangeId: 'binance', tickers, answered, fallback: NO_FALLBACK, now: NOW },
    ...o,
  })
}

function priceOf(asset: string, tickers: Ticker[], fallback = NO_FALLBACK) {
  const [valued] = value({ holdings: [holding(asset)], tickers, fallback }).holdings
  return { price: valued?.usdPrice, source: valued?.priceSource }
}

/** What Kraken said of its markets in USD. */
const kraken = (prices: Record<string, string>): Fallback => {
  return (asset, inAsset) => {
    const price = prices[asset]
    if (!price || inAsset !== 'USD') return []
    const quote = { source: `kraken ${asset}/USD`, at: new Date(AT), restsOnPar: false, isRemembered: true }
    return [{ exchangeId: 'kraken', quote: { ...quote, price: new Money(price) } }]
  }
}

describe('the path of a price', () => {
  test('USD is one dollar, with or without tickers', () => {
    expect(priceOf('USD', [])).toEqual({ price: '1', source: 'par' })
  })

  test('a market in USD comes before any other', () => {
    const tickers = [ticker('BTC/USDT', '100'), ticker('BTC/USD', '99'), ticker('USDT/USD', '1.5')]
    expect(priceOf('BTC', tickers)).toEqual({ price: '99', source: 'binance BTC/USD' })
  })

  test('a stablecoin is worth what its market says, and so is what is priced in it', () => {
    const tickers = [ticker('SOL/USDT', '100'), ticker('USDT/USD', '0.98')]
    expect(priceOf('USDT', tickers)).toEqual({ price: '0.98', source: 'binance USDT/USD' })
    expect(priceOf('SOL', tickers)).toEqual({ price: '98', source: 'binance SOL/USDT × USDT/USD' })
  })

  test('a stablecoin without a market in USD is priced through one that has it', () => {
    const tickers = [ticker('USDC/USDT', '0.8'), ticker('USDC/USD', '1')]
    expect(priceOf('USDT', tickers)).toEqual({ price: '1.25', source: 'binance 1/(USDC/USDT) × USDC/USD' })
  })

  test('a stablecoin without any market here takes the price of another source', () => {
    const tickers = [ticker('BTC/USDT', '50000')]
    expect(priceOf('BTC', tickers, kraken({ USDT: '0.9' }))).toEqual({
      price: '45000',
      source: 'binance BTC/USDT × kraken USDT/USD',
    })
  })

  test('a stablecoin without a market anywhere counts as one dollar, and says so', () => {
    const tickers = [ticker('BTC/USDT', '50000')]
    expect(priceOf('USDT', tickers)).toEqual({ price: '1', source: 'USDT par (no USD market)' })
    expect(priceOf('BTC', tickers)).toEqual({
      price: '50000',
      source: 'binance BTC/USDT × USDT par (no USD market)',
    })
  })

  test('no stablecoin counts as one dollar while the exchange does not answer', () => {
    expect(priceOf('USDT', [])).toEqual({ price: null, source: null })
  })

  test('an asset that is only a quote is priced by the inverse market', () => {
    const tickers = [ticker('USDT/EUR', '0.8'), ticker('USDT/USD', '1')]
    expect(priceOf('EUR', tickers)).toEqual({ price: '1.25', source: 'binance 1/(USDT/EUR) × USDT/USD' })
    expect(priceOf('JPY', [ticker('USD/JPY', '160')])).toEqual({
      price: '0.00625',
      source: 'binance 1/(USD/JPY)',
    })
  })

  test.each(['USDT', 'USDC', 'BTC', 'ETH', 'EUR'])('an asset may be priced through %s', (anchor) => {
    const tickers = [ticker(`AAA/${anchor}`, '2'), ticker(`${anchor}/USD`, '3')]
    expect(priceOf('AAA', tickers)).toEqual({ price: '6', source: `binance AAA/${anchor} × ${anchor}/USD` })
  })

  test('an asset that is the same everywhere takes the price of another source where it has none', () => {
    const tickers = [ticker('BTC/USD', '50000')]
    expect(priceOf('SOL', tickers, kraken({ SOL: '7' }))).toEqual({ price: '7', source: 'kraken SOL/USD' })
    expect(priceOf('SOL', tickers)).toEqual({ price: null, source: null })
  })

  test('any other asset stays unpriced, with what another source says of its name beside it', () => {
    const tickers = [ticker('BTC/USD', '50000')]
    const other = kraken({ NEIRO: '0.02965' })
    const result = value({ holdings: [holding('NEIRO', '1000000')], tickers, fallback: other })
    const nothing = { usdPrice: null, usdValue: null, priceSource: null, pricedAt: null }
    expect(result).toMatchObject({ totalUsdValue: '0', unpricedAssets: 1, holdings: [nothing] })
    expect(result.holdings[0]?.suggestion).toEqual({
      ...{ usdPrice: '0.02965', source: 'kraken NEIRO/USD', at: new Date(AT) },
    })
    const own = [...tickers, ticker('NEIRO/USD', '0.0002666')]
    const [priced] = value({
      holdings: [holding('NEIRO', '1000000')],
      tickers: own,
      fallback: other,
    }).holdings
    expect(priced).toMatchObject({ usdValue: '266.6', priceSource: 'binance NEIRO/USD', suggestion: null })
  })

  test('a form of an asset is priced elsewhere by what it is a form of', () => {
    const other = kraken({ 'SOL.F': '1', SOL: '7', 'ODD.F': '1', ODD: '3' })
    const held = [holding('SOL.F', '2', 'SOL'), holding('ODD.F', '2', 'ODD')]
    const { holdings } = value({ holdings: held, fallback: other })
    expect(holdings[0]).toMatchObject({ usdValue: '14', suggestion: null })
    expect(holdings[1]).toMatchObject({ usdValue: null, suggestion: { usdPrice: '3' } })
  })

  test.each(['0', '-1', 'NaN', 'Infinity', '1e300', '1e16', '', 'abc', '0x10', '1e-30'])(
    'a price of %j is no price',
    (price) => {
      expect(priceOf('BTC', [ticker('BTC/USD', price)])).toEqual({ price: null, source: null })
    },
  )

  test('a market that died is passed over, even if another one tells a time in the future', () => {
    const tickers = [
      ticker('OLD/USD', '5', '2025-12-20T00:00:00.000Z'),
      ticker('BTC/USD', '50000'),
      ticker('ODD/USD', '1', '2099-01-01T00:00:00.000Z'),
    ]
    expect(priceOf('OLD', tickers).price).toBeNull()
    expect(priceOf('BTC', tickers).price).toBe('50000')
  })

  test('the spot market of a pair wins over a derivative of the same pair', () => {
    const tickers = [ticker('BTC/USD:BTC', '51000'), ticker('BTC/USD', '50000')]
    expect(priceOf('BTC', tickers).price).toBe('50000')
  })

  test('of two prices of one market the newer counts', () => {
    const tickers = [ticker('BTC/USD', '3'), ticker('BTC/USD', '2', '2026-01-01T23:58:00.000Z')]
    expect(priceOf('BTC', tickers).price).toBe('3')
    expect(priceOf('BTC', tickers.toReversed()).price).toBe('3')
  })

  test('a staked form is priced as what it is a form of', () => {
    const [valued] = value({
      holdings: [holding('BTC.F', '2', 'BTC')],
      tickers: [ticker('BTC/USD', '10')],
    }).holdings
    expect(valued).toMatchObject({ asset: 'BTC.F', usdValue: '20', priceSource: 'binance BTC/USD' })
  })

  test('the time of a price is the oldest on its path', () => {
    const tickers = [ticker('SOL/USDT', '100'), ticker('USDT/USD', '1', '2026-01-01T12:00:00.000Z')]
    const [valued] = value({ holdings: [holding('SOL')], tickers }).holdings
    expect(valued?.pricedAt?.toISOString()).toBe('2026-01-01T12:00:00.000Z')
  })
})

describe('exactness', () => {
  test('small parts of large amounts are kept', () => {
    const result = value({
      holdings: [
        holding('BTC', '12345678901234567.000000000000000001'),
        holding('USD', '0.000000000000000001'),
      ],
      tickers: [ticker('BTC/USD', '0.000000000000000003')],
    })
    expect(result.holdings.map((row) => row.usdValue)).toEqual([
      '0.037037036703703701',
      '0.000000000000000001',
    ])
    expect(result.totalUsdValue).toBe('0.037037036703703702')
  })

  test('a value beyond reason counts as unpriced', () => {
    const result = value({
      holdings: [holding('SCAM', '1000000000000000')],
      tickers: [ticker('SCAM/USD', '1000')],
    })
    expect(result).toMatchObject({ totalUsdValue: '0', unpricedAssets: 1 })
  })

  test('a debt counts against the total', () => {
    const tickers = [ticker('BTC/USD', '10')]
    expect(value({ holdings: [holding('USD', '25'), holding('BTC', '-1')], tickers }).totalUsdValue).toBe(
      '15',
    )
  })
})

const ASSETS = ['USD', 'USDT', 'USDC', 'BTC', 'ETH', 'EUR', 'AAA', 'BBB'] as const
const asset = fc.constantFrom(...ASSETS)
const price = fc
  .tuple(fc.integer({ min: 1, max: 99_999_999 }), fc.integer({ min: 0, max: 8 }))
  .map(([digits, places]) => new Money(digits).div(new Money(10).pow(places)).toFixed())
const tickers = fc.array(
  fc
    .record({ base: asset, quote: asset, price, ageMinutes: fc.integer({ min: 0, max: 2000 }) })
    .map((one) => ({
      ...{ base: one.base, quote: one.quote, price: one.price, symbol: `${one.base}/${one.quote}` },
      at: new Date(NOW.getTime() - one.ageMinutes * 60_000).toISOString(),
    })),
  { maxLength: 20 },
)
const amount = fc
  .tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.constantFrom('1e-18', '1e-8', '1'))
  .map(([digits, unit]) => new Money(digits.toString()).times(unit))
  .filter((one) => one.abs().lt('1e20'))
  .map((one) => one.toDecimalPlaces(18).toFixed())
const holdings = fc.array(
  fc.record({ asset, total: amount }).map((one) => holding(one.asset, one.total)),
  { maxLength: 12 },
)
const fallback = fc
  .dictionary(asset, price)
  .map((prices) => kraken(Object.fromEntries(Object.entries(prices))))

describe('properties', () => {
  test('the total is exactly the sum of the values shown', () => {
    fc.assert(
      fc.property(holdings, tickers, fallback, (held, market, other) => {
        const result = value({ holdings: held, tickers: market, fallback: other })
        expect(result.totalUsdValue).toBe(sumMoney(result.holdings.map((row) => row.usdValue ?? '0')))
      }),
    )
  })

  test('each value is exactly the total times the price shown, at 18 places', () => {
    fc.assert(
      fc.property(holdings, tickers, (held, market) => {
        for (const row of value({ holdings: held, tickers: market }).holdings) {
          if (row.usdPrice === null || row.usdValue === null) continue
          const product = new Money(row.total).times(row.usdPrice)
          expect(new Money(row.usdValue).minus(product).abs().lte('5e-19')).toBe(true)
          expect(row.usdPrice).toMatch(/^\d{1,20}(\.\d{1,18})?$/)
          expect(row.usdValue).toMatch(/^-?\d{1,20}(\.\d{1,18})?$/)
        }
      }),
    )
  })

  test('what has no price has no value either, and is counted once per asset', () => {
    fc.assert(
      fc.property(holdings, tickers, (held, market) => {
        const result = value({ holdings: held, tickers: market })
        for (const row of result.holdings) {
          const parts = [row.usdPrice, row.usdValue, row.priceSource, row.pricedAt]
          expect(row.suggestion).toBeNull()
          expect(new Set(parts.map((part) => part === null)).size).toBe(1)
        }
        const unpriced = result.holdings.filter(
          (row) => row.usdPrice === null && !new Money(row.total).isZero(),
        )
        expect(result.unpricedAssets).toBe(new Set(unpriced.map((row) => row.asset)).size)
      }),
    )
  })

  test('the order of the tickers does not matter', () => {
    fc.assert(
      fc.property(holdings, tickers, fc.infiniteStream(fc.nat()), (held, market, random) => {
        const keyed = market.map((one) => ({ one, key: random.next().value ?? 0 }))
        const shuffled = keyed.sort((left, right) => left.key - right.key).map(({ one }) => one)
        expect(value({ holdings: held, tickers: shuffled })).toEqual(
          value({ holdings: held, tickers: market }),
        )
      }),
    )
  })

  test('ten times as much is worth ten times as much, at the same prices', () => {
    fc.assert(
      fc.property(asset, fc.bigInt({ min: 1n, max: 10n ** 12n }), tickers, (one, units, market) => {
        const single = value({ holdings: [holding(one, units.toString())], tickers: market })
        const tenfold = value({ holdings: [holding(one, (units * 10n).toString())], tickers: market })
        fc.pre(single.unpricedAssets === tenfold.unpricedAssets)
        expect(tenfold.holdings[0]?.usdPrice).toBe(single.holdings[0]?.usdPrice)
        const expected = new Money(single.totalUsdValue).times(10)
        expect(new Money(tenfold.totalUsdValue).minus(expected).abs().lte('5e-18')).toBe(true)
      }),
    )
  })

  test('no price is taken from elsewhere when this exchange has a market in USD', () => {
    fc.assert(
      fc.property(tickers, fallback, price, (market, other, usdPrice) => {
        const own = { symbol: 'AAA/USD', base: 'AAA', quote: 'USD', price: usdPrice, at: NOW.toISOString() }
        const rest = market.filter((one) => one.symbol !== 'AAA/USD')
        const [row] = value({ holdings: [holding('AAA')], tickers: [...rest, own], fallback: other }).holdings
        expect(row).toMatchObject({ usdPrice, priceSource: 'binance AAA/USD' })
      }),
    )
  })
})
