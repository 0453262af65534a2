import type { Holding } from '@opentrade/exchange'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Money } from '../price/money.ts'
import { storableHoldings } from './storable-holdings.ts'

function holding(over: Partial<Holding>): Holding {
  const { free = '1', locked = '0', asset = 'BTC', accountType = 'spot' } = over
  return {
    accountType,
    asset,
    priceAsset: asset,
    free,
    locked,
    total: new Money(free).plus(locked).toFixed(),
  }
}

test('what fits passes unchanged', () => {
  const given = [holding({ free: '0.000000000000000001', locked: '99999999999999999998.5' })]
  expect(storableHoldings(given)).toEqual({ holdings: given, leftOut: [] })
})

test('digits beyond the eighteenth are cut, never rounded up, and the total is still the sum', () => {
  const { holdings } = storableHoldings([
    holding({ free: '0.1234567890123456789', locked: '-0.0000000000000000019' }),
  ])
  expect(holdings[0]).toMatchObject({
    ...{ free: '0.123456789012345678', locked: '-0.000000000000000001', total: '0.123456789012345677' },
  })
})

test('an asset that is named twice in an account type is added up', () => {
  const { holdings } = storableHoldings([holding({ free: '1' }), holding({ free: '0.5', locked: '2' })])
  expect(holdings).toEqual([holding({ free: '1.5', locked: '2' })])
})

test('what is neither held nor owed is dropped', () => {
  expect(storableHoldings([holding({ free: '0', locked: '0' })]).holdings).toEqual([])
  expect(storableHoldings([holding({ free: '-1', locked: '1' })]).holdings).toHaveLength(1)
})

test.each<[string, Partial<Holding>, string?]>([
  ['an amount of 10^20', { free: '100000000000000000000' }],
  ['a sum of 10^20', { free: '99999999999999999999', locked: '1' }],
  ['no number', { free: 'NaN' }],
  ['a control character', { asset: 'B\u0000TC' }, 'B<U+0000>TC'],
  ['half of a surrogate pair', { asset: 'A\ud800' }, 'A<U+D800>'],
  ['a name that reads backwards', { asset: 'A\u202eB' }, 'A<U+202E>B'],
  ['a name of nothing that is seen', { asset: ' ' }, '(no name)'],
  ['an endless name', { asset: 'B'.repeat(65) }, `${'B'.repeat(64)}…`],
  ['an account type that cannot be stored', { accountType: 'spot\u0000' }],
])('%s is left out and named', (_, over, name = 'BTC') => {
  const odd = { ...holding({}), ...over }
  const result = storableHoldings([odd, holding({ asset: 'ETH' })])
  expect(result.holdings).toEqual([holding({ asset: 'ETH' })])
  expect(result.leftOut).toEqual([name])
})

test('a name is never cut in the middle of a character', () => {
  const { leftOut } = storableHoldings([holding({ asset: '💰'.repeat(65) })])
  expect(leftOut).toEqual([`${'💰'.repeat(64)}…`])
})

test('what is priced by a name that cannot be stored has no price', () => {
  const odd = { ...holding({}), priceAsset: 'A\u0000' }
  expect(storableHoldings([odd]).holdings).toEqual([{ ...odd, priceAsset: '' }])
})

test('the total is always exactly free plus locked', () => {
  const amount = fc
    .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 25 }))
    .map(([digits, places]) => new Money(digits.toString()).div(new Money(10).pow(places)).toFixed())
  fc.assert(
    fc.property(fc.array(fc.tuple(amount, amount), { maxLength: 5 }), (amounts) => {
      const given = amounts.map(([free, locked]) => holding({ free, locked }))
      for (const row of storableHoldings(given).holdings) {
        expect(new Money(row.free).plus(row.locked).eq(row.total)).toBe(true)
        expect(row.total).toMatch(/^-?\d{1,20}(\.\d{1,18})?$/)
      }
    }),
  )
})
