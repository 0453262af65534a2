import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareDecimals, divideDecimals, isDecimal, magnitude, signOf } from './decimal.ts'

const digits = fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n })

/** `units` counted in 10^-18, as NUMERIC(38,18) holds them. */
function decimalOf(units: bigint): string {
  const text = (units < 0n ? -units : units).toString().padStart(19, '0')
  const fraction = text.slice(-18).replace(/0+$/, '')
  return `${units < 0n ? '-' : ''}${text.slice(0, -18)}${fraction && `.${fraction}`}`
}

describe('decimals', () => {
  it('are ordered as the numbers they stand for', () => {
    fc.assert(
      fc.property(digits, digits, (left, right) => {
        const order = left < right ? -1 : left > right ? 1 : 0
        expect(compareDecimals(decimalOf(left), decimalOf(right))).toBe(order)
      }),
    )
  })

  it('differ in the last of 18 places', () => {
    expect(compareDecimals('9007199254740993.000000000000000001', '9007199254740993')).toBe(1)
  })

  it('know their sign and their magnitude', () => {
    expect([signOf('-0.1'), signOf('0.000'), signOf('3')]).toEqual([-1, 0, 1])
    expect(magnitude('-12.5')).toBe('12.5')
  })

  it.each(['1e5', ' 1', '1.', '.5', 'NaN', 'Infinity', '', '+1', '0x1'])('are not written as %j', (text) => {
    expect(isDecimal(text)).toBe(false)
  })
})

describe('divided decimals', () => {
  it('are the exact quotient, cut towards zero', () => {
    const scale = 10n ** 18n
    fc.assert(
      fc.property(
        digits,
        digits.filter((units) => units > 0n),
        (value, divisor) => {
          const quotient = divideDecimals(decimalOf(value), decimalOf(divisor), 18)
          expect(BigInt(quotient.replace('.', ''))).toBe((value * scale) / divisor)
        },
      ),
    )
  })

  it('have the digits that were asked for', () => {
    expect(divideDecimals('1', '3', 4)).toBe('0.3333')
    expect(divideDecimals('-10', '4', 1)).toBe('-2.5')
    expect(divideDecimals('0', '7', 2)).toBe('0.00')
    expect(() => divideDecimals('1', '0', 2)).toThrow(RangeError)
  })
})
