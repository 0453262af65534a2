import { describe, expect, it } from 'vitest'
import { toTicker } from './normalize-market.ts'

const market = {
  ...{ symbol: 'BTC/USDT', id: 'BTCUSDT', base: 'BTC', quote: 'USDT', active: true, priceStep: null },
  ...{ amountStep: null, minAmount: null, maxAmount: null, minCost: null },
}

function priceOf(ticker: object, active = true): string | null {
  const markets = new Map([[market.symbol, { ...market, active }]])
  return toTicker({ ticker: { symbol: market.symbol, ...ticker }, markets, readAt: 1e12 })?.price ?? null
}

describe('the price of a ticker', () => {
  it('is the last trade, however wide the book is', () => {
    expect(priceOf({ last: '100' })).toBe('100')
    expect(priceOf({ last: '100', bid: '99', ask: '101' })).toBe('100')
    expect(priceOf({ last: '100', bid: '0.01', ask: '1000000' })).toBe('100')
    expect(priceOf({ last: '100', bid: '7', ask: '9' })).toBe('100')
    expect(priceOf({ close: '1E-8', last: null })).toBe('0.00000001')
  })

  it('is the middle of the book without a trade', () => {
    expect(priceOf({ last: null, bid: '100', ask: '101' })).toBe('100.5')
    expect(priceOf({ last: '0', bid: '100', ask: '101' })).toBe('100.5')
  })

  it.each([
    ['one side only', { bid: '100', ask: null }],
    ['offers that cross', { bid: '101', ask: '100' }],
    ['offers far apart', { bid: '0.0001', ask: '1000000' }],
    ['negative prices', { last: '-5', bid: '-2', ask: '-1' }],
    ['no numbers', { last: 'NaN', bid: 'x', ask: {} }],
  ])('is none for %s', (_name, ticker) => {
    expect(priceOf(ticker)).toBeNull()
  })
})

describe('a closed market', () => {
  it('has no price: the exchange calls it inactive', () => {
    expect(priceOf({ last: '80', bid: '79', ask: '81', baseVolume: '5' }, false)).toBeNull()
  })

  it.each([
    ['nothing offered and nothing traded', { bid: '0', ask: '0', baseVolume: '0', quoteVolume: '0' }],
    ['no volume, and offers not stated', { bid: undefined, ask: undefined, baseVolume: '0' }],
    ['no volume in the quote asset either', { ask: null, baseVolume: '0.000', quoteVolume: '0' }],
    ['no offers, and volume not stated', { bid: '0', ask: '0.0' }],
  ])('has no price: %s', (_name, ticker) => {
    expect(priceOf({ last: '80', ...ticker })).toBeNull()
  })

  it.each([
    ['none of it is stated', {}],
    [
      'none of it is stated, in other words',
      { bid: null, ask: null, baseVolume: null, quoteVolume: undefined },
    ],
    ['there is a bid', { bid: '1', ask: '0', baseVolume: '0' }],
    ['there is an ask', { ask: '90', baseVolume: '0' }],
    ['there was volume in the base asset', { bid: '0', ask: '0', baseVolume: '0.1' }],
    ['there was volume in the quote asset', { bid: '0', ask: '0', quoteVolume: '0.1' }],
  ])('is another one if %s', (_name, ticker) => {
    expect(priceOf({ last: '80', ...ticker })).toBe('80')
  })
})
