import { Decimal } from 'decimal.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AmountError } from './decimal.ts'
import { statedHoldings, toHoldings } from './normalize.ts'

const Exact = Decimal.clone({ precision: 100 })

/** An amount as exchanges write it: up to 20 digits before and 18 after the point. */
const amounts = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 19n }), fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }))
  .map(([whole, part]) => `${whole}.${part.toString().padStart(18, '0')}`)

function one(stated: { free?: unknown; used?: unknown; total?: unknown; debt?: unknown }) {
  return toHoldings([{ accountType: 'spot', asset: 'BTC', ...stated }])[0]
}

describe('toHoldings', () => {
  it('always has total = free + locked, in plain notation', () => {
    fc.assert(
      fc.property(
        fc.option(amounts),
        fc.option(amounts),
        fc.option(amounts),
        fc.option(amounts),
        (free, used, total, debt) => {
          for (const holding of toHoldings([{ accountType: 'spot', asset: 'X', free, used, total, debt }])) {
            expect(new Exact(holding.free).plus(holding.locked).eq(holding.total)).toBe(true)
            for (const amount of [holding.free, holding.locked, holding.total]) {
              expect(amount).toMatch(/^(0|-?(0|[1-9]\d*)(\.\d{0,17}[1-9])?)$/)
            }
          }
        },
      ),
    )
  })

  it('keeps exactly what is stated as free and used', () => {
    fc.assert(
      fc.property(amounts, amounts, (free, used) => {
        const holding = one({ free, used })
        expect(new Exact(holding?.free ?? 0).eq(free)).toBe(true)
        expect(new Exact(holding?.locked ?? 0).eq(used)).toBe(true)
      }),
    )
  })

  it('adds what doubles cannot', () => {
    expect(one({ free: '0.123456789012345678', used: '1000000.000000000000000001' })).toMatchObject({
      total: '1000000.123456789012345679',
    })
  })

  it('expands exponents and drops zeros at the end', () => {
    expect(one({ free: '1E-18', used: '2.50000' })).toMatchObject({
      free: '0.000000000000000001',
      locked: '2.5',
    })
    expect(one({ free: '1e3', used: '-0' })).toMatchObject({ free: '1000', locked: '0' })
  })

  it('cuts digits beyond the eighteenth towards zero and never touches a whole unit', () => {
    expect(one({ free: '1.9999999999999999999999' })).toMatchObject({ free: '1.999999999999999999' })
    expect(one({ free: '-1.9999999999999999999999' })).toMatchObject({ free: '-1.999999999999999999' })
    expect(toHoldings([{ accountType: 'spot', asset: 'NEAR', free: '0.000000000000000000000009' }])).toEqual(
      [],
    )
  })

  it('takes locked from the total where used is missing', () => {
    expect(one({ free: '1', total: '3' })).toMatchObject({ free: '1', locked: '2', total: '3' })
  })

  it('lets the stated total win over a stated free amount', () => {
    expect(one({ free: '9', used: '1', total: '3' })).toMatchObject({ free: '2', locked: '1', total: '3' })
    expect(one({ free: '9', total: '3' })).toMatchObject({ free: '3', locked: '0', total: '3' })
  })

  it('shows a debt as a negative amount', () => {
    expect(one({ free: '100', used: '0', debt: '250.5' })).toMatchObject({ free: '-150.5', total: '-150.5' })
    expect(one({ total: '-40', free: '0' })).toMatchObject({ free: '-40', locked: '0', total: '-40' })
  })

  it('takes null, undefined and empty text as not stated', () => {
    expect(one({ free: null, used: undefined, total: '' })).toBeUndefined()
    expect(one({ free: '1', used: null, total: undefined })).toMatchObject({
      free: '1',
      locked: '0',
      total: '1',
    })
  })

  it('refuses what is no amount', () => {
    for (const free of ['NaN', 'Infinity', 'abc', '0x', {}, true, `1${'0'.repeat(60)}`]) {
      expect(() => one({ free })).toThrow(AmountError)
    }
  })

  it('hands on what is more than any table holds, so that one worthless token hides no other', () => {
    expect(one({ free: '123456789012345678901234.5' })).toMatchObject({ total: '123456789012345678901234.5' })
  })

  it('leaves out zeros and adds the same asset of one account type', () => {
    expect(
      toHoldings([
        { accountType: 'earn', asset: 'BTC', used: '0.25' },
        { accountType: 'earn', asset: 'BTC', used: '0.75' },
        { accountType: 'spot', asset: 'BTC', free: '0.000' },
      ]),
    ).toEqual([{ accountType: 'earn', asset: 'BTC', priceAsset: 'BTC', free: '0', locked: '1', total: '1' }])
  })
})

describe('statedHoldings', () => {
  it('reads assets and nothing else out of a balance', () => {
    const balance = {
      info: { BTC: {} },
      timestamp: 1,
      datetime: 'x',
      free: { BTC: '1' },
      used: {},
      total: {},
      debt: {},
      BTC: { free: '1', used: '2', total: '3' },
    }
    expect(statedHoldings({ accountType: 'spot', balance })).toEqual([
      { accountType: 'spot', asset: 'BTC', free: '1', used: '2', total: '3', debt: undefined },
    ])
  })
})
