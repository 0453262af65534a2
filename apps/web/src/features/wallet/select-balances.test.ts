import { compareDecimals } from '@opentrade/format'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Balance } from '../../lib/types.ts'
import { accountTypesOf, type BalanceSelection, selectBalances } from './select-balances.ts'

function balance(asset: string, usdValue: string | null, accountType = 'spot'): Balance {
  const price = { usdPrice: usdValue, priceSource: null, pricedAt: null }
  return { asset, accountType, free: '1', locked: '0', total: '1', usdValue, ...price }
}

const everything: BalanceSelection = {
  sort: 'value',
  order: 'desc',
  account: undefined,
  query: '',
  smallestUsd: null,
}

const HELD = [
  balance('BTC', '60000'),
  balance('DUST', '0.2'),
  balance('MYST', null),
  balance('ETH', '3000', 'earn'),
  balance('DEBT', '-500', 'margin'),
]

function assets(selection: Partial<BalanceSelection>): string[] {
  return selectBalances(HELD, { ...everything, ...selection }).shown.map(({ asset }) => asset)
}

describe('the balances of a wallet', () => {
  it('stand by value, the greatest first and the unpriced last', () => {
    expect(assets({})).toEqual(['BTC', 'ETH', 'DUST', 'DEBT', 'MYST'])
  })

  it('leave the unpriced last the other way round too', () => {
    expect(assets({ order: 'asc' })).toEqual(['DEBT', 'DUST', 'ETH', 'BTC', 'MYST'])
  })

  it('can be ordered by name', () => {
    expect(assets({ sort: 'asset', order: 'asc' })).toEqual(['BTC', 'DEBT', 'DUST', 'ETH', 'MYST'])
  })

  it('hide what is small, and neither debts nor what nobody can price', () => {
    const selected = selectBalances(HELD, { ...everything, smallestUsd: '1' })
    expect(selected.shown.map(({ asset }) => asset)).toEqual(['BTC', 'ETH', 'DEBT', 'MYST'])
    expect(selected.hiddenSmall).toBe(1)
  })

  it('can be narrowed to an account type and a name', () => {
    expect(assets({ account: 'earn' })).toEqual(['ETH'])
    expect(assets({ query: ' us' })).toEqual(['DUST'])
    expect(accountTypesOf(HELD)).toEqual(['earn', 'margin', 'spot'])
  })

  it('are in exact order however close their values are', () => {
    const value = fc.bigInt({ min: 0n, max: 10n ** 30n }).map((units) => `9007199254740993.${units}`)
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), (values) => {
        const held = values.map((usdValue, index) => balance(`A${index}`, usdValue))
        const { shown } = selectBalances(held, everything)
        for (const [index, { usdValue }] of shown.slice(1).entries()) {
          const previous = shown[index]?.usdValue
          expect(compareDecimals(previous ?? '', usdValue ?? '')).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })
})
