import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allocationSlices, SLICE_COLORS } from './allocation-slices.ts'

function asset(name: string, share: string | null) {
  return { asset: name, total: '1', usdValue: share, share, wallets: 1 }
}

describe('the allocation bar', () => {
  it('leaves out what has no price', () => {
    expect(allocationSlices([asset('BTC', '1'), asset('MYST', null)])).toEqual([{ label: 'BTC', width: 1 }])
  })

  it('joins the small ones and keeps the whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (count) => {
        const share = (1 / count).toFixed(18)
        const slices = allocationSlices(
          Array.from({ length: count }, (_, index) => asset(`A${index}`, share)),
        )
        expect(slices.length).toBeLessThanOrEqual(SLICE_COLORS.length)
        expect(slices.reduce((sum, slice) => sum + slice.width, 0)).toBeCloseTo(1, 9)
      }),
    )
  })
})
