import { Decimal } from 'decimal.js'

/** Places after the point in the database: NUMERIC(38,18). */
const SCALE = 18

/** A constructor of our own: 80 digits hold every product of two NUMERIC(38,18), half to even favours nobody. */
export const Money = Decimal.clone({
  precision: 80,
  rounding: Decimal.ROUND_HALF_EVEN,
  toExpNeg: -9e15,
  toExpPos: 9e15,
})
export type Money = Decimal

/** A finite number from text, or null. */
export function parseMoney(text: string): Money | null {
  if (!/^[+-]?\d+(\.\d+)?(e[+-]?\d{1,3})?$/i.test(text)) return null
  return new Money(text)
}

/** Rounds to what the database holds: 18 places, half to even. */
export function toScale(amount: Money): Money {
  return amount.toDecimalPlaces(SCALE)
}

/** Plain notation: no exponent, no trailing zeros after the point, never "-0". */
export function formatMoney(amount: Money): string {
  return amount.isZero() ? '0' : amount.toFixed()
}

/** The exact sum, in plain notation. Throws TypeError for a text that is no number. */
export function sumMoney(amounts: Iterable<string>): string {
  let sum = new Money(0)
  for (const text of amounts) {
    const amount = parseMoney(text)
    if (!amount) throw new TypeError('An amount is not a number.')
    sum = sum.plus(amount)
  }
  return formatMoney(sum)
}
