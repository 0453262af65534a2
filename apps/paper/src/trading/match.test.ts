import { Decimal } from 'decimal.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bookAt } from '../market/book.ts'
import { findMarket, MARKETS, type Market, priceOf, quantityOf } from '../market/markets.ts'
import { holdOf, movesOf, planOrder, sum } from './match.ts'
import type { OrderRequest } from './order-request.ts'

const none = new Decimal(0)

function requestOf(market: Market, o: Partial<OrderRequest>): OrderRequest {
  return {
    market,
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: null,
    quoteOrderQty: null,
    price: null,
    stopPrice: null,
    clientOrderId: 'id',
    responseType: 'FULL',
    ...o,
  }
}

const cases = fc.record({
  market: fc.constantFrom(...MARKETS),
  ticks: fc.integer({ min: 100, max: 10_000_000 }),
  at: fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }),
  side: fc.constantFrom('BUY' as const, 'SELL' as const),
  lots: fc.integer({ min: 1, max: 10 ** 9 }),
  offset: fc.integer({ min: -50, max: 50 }),
})

describe('an order against the book', () => {
  it('is filled whole and no worse than its limit, or not at all', () => {
    fc.assert(
      fc.property(cases, ({ market, ticks, at, side, lots, offset }) => {
        const book = bookAt({ market, ticks, at, levels: 20 })
        const price = priceOf(market, ticks + offset)
        const quantity = quantityOf(market, lots)
        const request = requestOf(market, { side, price, quantity })
        const plan = planOrder({ request, book, lastPrice: priceOf(market, ticks) })
        const best = side === 'BUY' ? book.asks[0] : book.bids[0]
        const crosses =
          side === 'BUY' ? ticks + offset >= (best?.ticks ?? 0) : ticks + offset <= (best?.ticks ?? 0)
        expect(plan.kind).toBe(crosses ? 'fill' : 'rest')
        if (plan.kind !== 'fill') return
        expect(sum(plan.fills.map((fill) => fill.qty)).eq(quantity)).toBe(true)
        for (const fill of plan.fills) {
          expect(side === 'BUY' ? fill.price.lte(price) : fill.price.gte(price)).toBe(true)
        }
      }),
    )
  })

  it('of a quote quantity never spends more than that', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 10_000_000 }), ({ market, ticks, at, side }, amount) => {
        const book = bookAt({ market, ticks, at, levels: 20 })
        const quoteOrderQty = new Decimal(amount).div(100)
        const request = requestOf(market, { side, type: 'MARKET', quoteOrderQty })
        const plan = planOrder({ request, book, lastPrice: priceOf(market, ticks) })
        const fills = plan.kind === 'fill' ? plan.fills : []
        expect(['fill', 'expire']).toContain(plan.kind)
        expect(sum(fills.map((fill) => fill.quoteQty)).lte(quoteOrderQty)).toBe(true)
        for (const fill of fills) expect(fill.qty.mod(market.lotSize).isZero()).toBe(true)
      }),
    )
  })

  it('moves exactly what its fills say: nothing appears and nothing is lost', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), ({ market, ticks, at, side, lots }, wasResting) => {
        const book = bookAt({ market, ticks, at, levels: 20 })
        const quantity = quantityOf(market, lots)
        const price = priceOf(market, side === 'BUY' ? ticks * 2 : 1)
        const plan = planOrder({
          request: requestOf(market, { side, price, quantity }),
          book,
          lastPrice: priceOf(market, ticks),
        })
        if (plan.kind !== 'fill') throw new Error('a crossing order must be filled')
        const held = wasResting ? holdOf({ market, side, price, quantity }).amount : none
        const [paid, received] = movesOf({ market, side, fills: plan.fills, held })
        const quote = sum(plan.fills.map((fill) => fill.quoteQty))
        const fees = sum(plan.fills.map((fill) => fill.commission))
        expect(
          paid.free
            .plus(paid.locked)
            .neg()
            .eq(side === 'BUY' ? quote : quantity),
        ).toBe(true)
        expect(received.free.plus(fees).eq(side === 'BUY' ? quantity : quote)).toBe(true)
        expect(paid.locked.eq(held.neg())).toBe(true)
        if (wasResting) expect(paid.free.gte(0)).toBe(true)
        for (const move of [paid, received]) expect(move.free.decimalPlaces()).toBeLessThanOrEqual(8)
      }),
    )
  })

  it('that is immediate and cannot trade expires', () => {
    const market = findMarket('BTCUSDT')
    if (!market) throw new Error('BTCUSDT is a market')
    const book = bookAt({ market, ticks: 9_000_000, at: 0, levels: 20 })
    const price = priceOf(market, 8_000_000)
    for (const timeInForce of ['IOC', 'FOK'] as const) {
      const request = requestOf(market, { price, quantity: market.lotSize, timeInForce })
      expect(planOrder({ request, book, lastPrice: priceOf(market, 9_000_000) })).toEqual({ kind: 'expire' })
    }
  })
})

describe('the book', () => {
  it('never crosses, is sorted, and is the same within a second', () => {
    fc.assert(
      fc.property(cases, ({ market, ticks, at }) => {
        const book = bookAt({ market, ticks, at, levels: 50 })
        const second = Math.floor(at / 1_000) * 1_000
        expect(bookAt({ market, ticks, at: second, levels: 50 })).toEqual(book)
        expect(book.bids[0]?.ticks).toBe(ticks)
        expect(book.asks[0]?.ticks).toBeGreaterThan(ticks)
        const sorted = (levels: { ticks: number }[], direction: number) =>
          levels.every(
            (level, index) => index === 0 || (level.ticks - (levels[index - 1]?.ticks ?? 0)) * direction > 0,
          )
        expect(sorted(book.asks, 1)).toBe(true)
        expect(sorted(book.bids, -1)).toBe(true)
        for (const level of [...book.asks, ...book.bids]) expect(level.lots).toBeGreaterThan(0)
      }),
    )
  })
})
