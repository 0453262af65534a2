import { Decimal } from 'decimal.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHoldings } from './normalize.ts'

const Exact = Decimal.clone({ precision: 100 })

/** An amount as exchanges write it: up to 20 digits before and 18 after the point. */
const amounts = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 19n }), fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }))
  .map(([whole, part]) => `${whole}.${part.toString().padStart(18, '0')}`)

type Amounts = { free?: unknown; used?: unknown; total?: unknown; debt?: unknown; gain?: unknown }

function read(stated: Amounts, accountType = 'margin') {
  return toHoldings([{ accountType, asset: 'BTC', ...stated }])
}

function one(stated: Amounts) {
  return read(stated).holdings[0]
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
          for (const holding of read({ free, used, total, debt }).holdings) {
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
    expect(read({ free: '0.000000000000000000000009' })).toEqual({ holdings: [], unread: [] })
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

  it('takes what may be missing beside a stated amount as not there', () => {
    expect(one({ free: '1', used: undefined })).toMatchObject({ free: '1', locked: '0', total: '1' })
    expect(one({ free: null, used: '', total: '3' })).toMatchObject({ free: '3', locked: '0', total: '3' })
    expect(one({ free: '1', used: '2', total: null })).toMatchObject({ free: '1', locked: '2', total: '3' })
  })

  it.each<[string, Amounts]>([
    ['nothing', {}],
    ['no total', { total: null }],
    ['nothing but what is locked', { free: null, used: '0' }],
    ['an empty text', { free: '', used: '0' }],
    ['no key at all for what is free', { free: undefined, used: '0' }],
    ['null for what is locked', { free: '1', used: null }],
    ['a free amount without the total', { free: '1', total: null }],
  ])('tells an asset of which an exchange states %s', (what, stated) => {
    const unread = [{ accountType: 'margin', asset: 'BTC', reason: 'no-amount' }]
    expect(read(stated)).toEqual({ holdings: [], unread: what === 'nothing' ? [] : unread })
  })

  it('tells what is no amount', () => {
    const wrong = [
      'NaN',
      'Infinity',
      '-Infinity',
      'abc',
      '0x10',
      '0b1',
      '0o7',
      ' 1',
      '1 ',
      '1_000',
      '1,5',
      '١',
      '1e',
      '.',
    ]
    for (const free of [...wrong, {}, [], ['1'], true, Number.NaN]) {
      for (const stated of [{ free }, { free: '1', used: free }, { total: '1', free }, { total: free }]) {
        expect(read(stated).holdings, String(free)).toEqual([])
        expect(read(stated).unread, String(free)).toMatchObject([{ reason: 'not-a-number' }])
      }
    }
  })

  it('reads a number with a plus, and one without digits on one side of the point', () => {
    expect(['+1', '1.', '.5', '+1e-1'].map((free) => one({ free })?.total)).toEqual(['1', '1', '0.5', '0.1'])
  })

  it('tells an amount of more than 60 digits, however it is written', () => {
    for (const free of [`1${'0'.repeat(60)}`, '1e400', '-1e60', '1e999999999', '1e99999999999999999999'])
      expect(read({ free })).toMatchObject({ holdings: [], unread: [{ reason: 'too-large' }] })
    expect(one({ free: `1${'0'.repeat(59)}` })?.total).toBe(`1${'0'.repeat(59)}`)
    expect(one({ free: '1', used: '1e-999999999' })?.total).toBe('1')
  })

  it('tells less than nothing where nothing can be owed, and never makes locked up of it', () => {
    for (const accountType of ['spot', 'funding', 'earn', 'staking', 'vault']) {
      for (const stated of [{ free: '-5' }, { free: '-1', used: '3' }, { total: '-1' }])
        expect(read(stated, accountType)).toMatchObject({
          holdings: [],
          unread: [{ accountType, asset: 'BTC' }],
        })
    }
    for (const accountType of ['spot', 'margin'])
      for (const stated of [
        { free: '5', used: '-7' },
        { total: '5', used: '-7' },
      ])
        expect(read(stated, accountType)).toMatchObject({ holdings: [], unread: [{ asset: 'BTC' }] })
    expect(
      toHoldings([{ accountType: 'spot', asset: 'USD', total: '-5', mayOwe: true }]).holdings,
    ).toMatchObject([{ total: '-5' }])
  })

  it('never shows a part of an asset for the whole', () => {
    const rows = [{ free: '1' }, { free: null }, { free: '2' }].map((row) => ({
      ...{ accountType: 'spot', asset: 'BTC', ...row },
    }))
    const other = { accountType: 'spot', asset: 'USDT', free: '250' }
    expect(toHoldings([...rows, other])).toMatchObject({
      holdings: [{ asset: 'USDT', total: '250' }],
      unread: [{ asset: 'BTC', reason: 'no-amount' }],
    })
  })

  it('counts what open positions have won or lost as free', () => {
    expect(one({ total: '10', used: '4', gain: '-3' })).toMatchObject({ free: '3', locked: '4', total: '7' })
    expect(one({ total: '10', free: '8', gain: '5' })).toMatchObject({ free: '13', locked: '2', total: '15' })
    expect(one({ gain: '-2.5' })).toMatchObject({ free: '-2.5', locked: '0', total: '-2.5' })
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
      ]).holdings,
    ).toEqual([{ accountType: 'earn', asset: 'BTC', priceAsset: 'BTC', free: '0', locked: '1', total: '1' }])
  })
})
