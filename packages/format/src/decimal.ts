/** A number in plain decimal notation, as it stands on the wire. Never a float on its way to a person. */
export type Decimal = `${number}`

const PLAIN = /^-?\d+(?:\.\d+)?$/

/** True for plain decimal notation: no exponent, no blanks, no Infinity. */
export function isDecimal(value: string): value is Decimal {
  return PLAIN.test(value)
}

/**
 * Orders two plain decimals by value, exactly and at any length.
 * @returns -1, 0 or 1
 * @throws SyntaxError when one of them is no plain decimal
 */
export function compareDecimals(left: string, right: string): -1 | 0 | 1 {
  const scale = Math.max(fractionDigits(left), fractionDigits(right))
  const difference = toUnits(left, scale) - toUnits(right, scale)
  if (difference === 0n) return 0
  return difference < 0n ? -1 : 1
}

/**
 * Divides one plain decimal by another and cuts the quotient, towards zero, after so many fraction digits.
 * @throws RangeError when the divisor is zero
 */
export function divideDecimals(value: string, divisor: string, digits: number): string {
  const scale = Math.max(fractionDigits(value), fractionDigits(divisor))
  const quotient = (toUnits(value, scale) * 10n ** BigInt(digits)) / toUnits(divisor, scale)
  const whole = magnitude(quotient.toString()).padStart(digits + 1, '0')
  const sign = quotient < 0n ? '-' : ''
  return `${sign}${whole.slice(0, whole.length - digits)}.${whole.slice(whole.length - digits)}`
}

/** -1, 0 or 1 as the decimal is negative, zero or positive. */
export function signOf(value: string): -1 | 0 | 1 {
  return compareDecimals(value, '0')
}

/** The decimal without its sign. */
export function magnitude(value: string): string {
  return value.startsWith('-') ? value.slice(1) : value
}

/** The nearest float, for pixels on a screen only: never for a figure that a person reads. */
export function toPixels(value: string): number {
  return Number(value)
}

function fractionDigits(value: string): number {
  const point = value.indexOf('.')
  return point < 0 ? 0 : value.length - point - 1
}

/** The value as a whole count of 10^-scale. */
function toUnits(value: string, scale: number): bigint {
  const [whole = '', fraction = ''] = value.split('.')
  return BigInt(`${whole}${fraction.padEnd(scale, '0')}`)
}
