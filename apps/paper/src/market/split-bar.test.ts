import fc from 'fast-check'
import { expect, it } from 'vitest'
import { joinBars } from './bar.ts'
import { splitBar } from './split-bar.ts'

const bars = fc
  .record({
    prices: fc.array(fc.integer({ min: 1, max: 20_000_000 }), { minLength: 4, maxLength: 4 }),
    lots: fc.integer({ min: 0, max: 10 ** 14 }),
    order: fc.boolean(),
  })
  .map(({ prices, lots, order }) => {
    const [low = 1, lower = 1, upper = 1, high = 1] = [...prices].sort((left, right) => left - right)
    const [open, close] = order ? [lower, upper] : [upper, lower]
    return { open, high, low, close, lots }
  })

it('cuts a bar into parts that make exactly that bar again', () => {
  fc.assert(
    fc.property(
      bars,
      fc.constantFrom(2, 3, 4, 5, 60),
      fc.nat(),
      fc.nat(1_000),
      (bar, parts, seed, floorLots) => {
        const children = splitBar({ bar, parts, seed, floorLots })
        expect(children).toHaveLength(parts)
        expect(joinBars(children)).toEqual(bar)
        for (const [index, child] of children.entries()) {
          expect(child.open).toBe(index === 0 ? bar.open : children[index - 1]?.close)
          expect(child.high).toBeGreaterThanOrEqual(Math.max(child.open, child.close))
          expect(child.low).toBeLessThanOrEqual(Math.min(child.open, child.close))
          expect(child.lots).toBeGreaterThanOrEqual(Math.min(floorLots, Math.floor(bar.lots / parts)))
        }
      },
    ),
  )
})

it('cuts the same bar the same way again', () => {
  fc.assert(
    fc.property(bars, fc.nat(), (bar, seed) => {
      const cut = () => splitBar({ bar, parts: 5, seed, floorLots: 1 })
      expect(cut()).toEqual(cut())
    }),
  )
})
