import { Decimal as Exact } from 'decimal.js'
import type { Decimal } from './types.ts'

/** Enough for the sum of any two amounts of 38 digits, and for odd ones on their way to be cut. */
const Amount = Exact.clone({ precision: 100, toExpNeg: -1000, toExpPos: 1000 })

type Amount = InstanceType<typeof Amount>

/** What the database's NUMERIC(38,18) keeps after the point. */
const decimalPlaces = 18
/** Worthless tokens come in amounts beyond all tables; the caller leaves those out. More than this is nonsense. */
const mostDigits = 60
const tooLarge = new Amount(10).pow(mostDigits)

/** A decimal number as JSON writes it, a leading plus allowed: no hexadecimal, no separators, no white space. */
const decimalNotation = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/** Thrown for what an exchange calls an amount and is none, or one that no table could hold. */
export class AmountError extends Error {
  override readonly name = 'AmountError'
  readonly reason: 'not-a-number' | 'too-large'

  constructor(reason: AmountError['reason']) {
    super(
      reason === 'too-large'
        ? `An amount has more than ${mostDigits} digits before the point`
        : 'An amount is not a number',
    )
    this.reason = reason
  }
}

/**
 * The amount that an exchange stated; null if it stated none (missing, null or empty).
 *
 * Digits beyond the eighteenth after the point are cut off towards zero, so that no rounding ever shows
 * more than there is. Throws AmountError for anything that is not a decimal number, or has more than 60 digits
 * before the point.
 */
export function parseAmount(value: unknown): Amount | null {
  if (value === undefined || value === null || value === '') return null
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || !decimalNotation.test(text)) throw new AmountError('not-a-number')
  const exact = new Amount(text)
  // An exponent beyond what decimal.js holds makes it infinite.
  if (!exact.isFinite() || exact.abs().gte(tooLarge)) throw new AmountError('too-large')
  return exact.toDecimalPlaces(decimalPlaces, Exact.ROUND_DOWN)
}

/** The amount in plain notation: no exponent, no zeros at the end, no negative zero. */
export function formatAmount(amount: Amount): Decimal {
  return amount.isZero() ? '0' : amount.toFixed()
}

/** The amount zero. */
export const zero = new Amount(0)

export type { Amount }
