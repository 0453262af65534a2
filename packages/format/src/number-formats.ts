import { compareDecimals, type Decimal, divideDecimals, isDecimal, magnitude, signOf } from './decimal.ts'

/** The currency that a person reads amounts in, and what one unit of it is worth in US dollars. */
export interface ShownCurrency {
  code: string
  usdPrice: string
}

export const DOLLARS: ShownCurrency = { code: 'USD', usdPrice: '1' }

/** More fraction digits than the 18 of any amount on the wire, and what older engines allow at most. */
const EVERY_DIGIT = 20
/** What lies below is written as "less than this": its zeros would say nothing. */
const SMALLEST_SHOWN: Decimal = '0.00000001'

/** From here on four significant digits are those of one unit, and so are its decimals. */
const ROUNDED_TO_ONE: Decimal = '0.99995'

/** Exact decimals as one locale writes them. Each function takes plain decimal notation. */
export interface NumberFormats {
  /** The code of the currency that amounts in dollars are shown in. */
  currency: string
  /** An amount in dollars as the plain decimal that it is in that currency. */
  inCurrency(value: string): string
  /** An amount in dollars, in the person's currency: its decimals, or two significant digits of what is smaller. */
  usd(value: string): string
  /** As `usd`, with a sign on gains and losses. */
  usdChange(value: string): string
  /** US dollars, whatever the person's currency, with every digit that the value has. */
  usdExact(value: string): string
  /** A price of one unit: enough digits to tell one price from the next. */
  price(value: string): string
  /** An amount of an asset, cut (never rounded up) to what fits a table. */
  amount(value: string): string
  /** An amount with every digit that the value has. */
  exact(value: string): string
  /** A signed percentage; `value` counts per cent, so that "1.5" is +1.50%. */
  percentChange(value: string): string
  /** A part of a whole; `value` runs from 0 to 1. */
  share(value: string): string
  count(value: number): string
}

/**
 * Builds the formats of a locale that Intl knows. Every value goes to Intl as a string, so that no digit
 * passes through a float. A value that is no plain decimal comes back as it is: a wrong figure would be
 * worse than an odd one.
 */
export function numberFormats(locale: string, currency: ShownCurrency): NumberFormats {
  return { ...moneyFormats(locale, currency), ...amountFormats(locale) }
}

/** Currencies of which a hundredth is a lot. */
const FINE: Record<string, number> = { BTC: 5, ETH: 4 }

type MoneyFormats = Pick<
  NumberFormats,
  'currency' | 'inCurrency' | 'usd' | 'usdChange' | 'usdExact' | 'price'
>

function moneyFormats(locale: string, { code, usdPrice }: ShownCurrency): MoneyFormats {
  const digits = FINE[code]
  const dollars: Intl.NumberFormatOptions = {
    style: 'currency',
    currency: code,
    currencyDisplay: 'narrowSymbol',
    ...(digits !== undefined && { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  }
  const signed: Intl.NumberFormatOptions = { ...dollars, signDisplay: 'exceptZero' }
  const usd = new Intl.NumberFormat(locale, dollars)
  // Two significant digits would be fewer than a currency with many decimals has otherwise.
  const few = { maximumSignificantDigits: 2, roundingPriority: 'morePrecision' } as const
  const usdSmall = new Intl.NumberFormat(locale, { ...dollars, ...few })
  const usdSigned = new Intl.NumberFormat(locale, signed)
  const usdSignedSmall = new Intl.NumberFormat(locale, { ...signed, ...few })
  const usdExact = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    maximumFractionDigits: EVERY_DIGIT,
  })
  const priceMiddle = new Intl.NumberFormat(locale, { ...dollars, maximumFractionDigits: digits ?? 4 })
  const priceSmall = new Intl.NumberFormat(locale, {
    ...dollars,
    minimumSignificantDigits: 2,
    maximumSignificantDigits: 4,
  })

  // A currency without decimals would write what lies below one unit of it as nothing.
  const limit: Decimal = usd.resolvedOptions().maximumFractionDigits === 0 ? '1' : '0.01'

  const inCurrency = (value: string) => (usdPrice === '1' ? value : divideDecimals(value, usdPrice, 18))
  /** A format of what a value in dollars is in the person's currency. */
  const converted = (format: (value: Decimal) => string) => {
    const exact = exactly(format)
    return (value: string) => exact(isDecimal(value) ? inCurrency(value) : value)
  }

  return {
    currency: code,
    inCurrency: exactly(inCurrency),
    usd: converted((value) => {
      if (isTiny(value)) return `< ${usdSmall.format(SMALLEST_SHOWN)}`
      return (isBelow(value, limit) ? usdSmall : usd).format(value)
    }),
    usdChange: converted((value) => (isBelow(value, limit) ? usdSignedSmall : usdSigned).format(value)),
    usdExact: exactly((value) => usdExact.format(value)),
    price: converted((value) => {
      if (isBelow(value, ROUNDED_TO_ONE)) return priceSmall.format(value)
      return (isBelow(value, '100') ? priceMiddle : usd).format(value)
    }),
  }
}

function amountFormats(
  locale: string,
): Pick<NumberFormats, 'amount' | 'exact' | 'percentChange' | 'share' | 'count'> {
  const cutTo = (maximumFractionDigits: number) =>
    new Intl.NumberFormat(locale, { roundingMode: 'trunc', maximumFractionDigits })
  const large = cutTo(4)
  const middle = cutTo(6)
  const small = cutTo(8)
  const exact = new Intl.NumberFormat(locale, { maximumFractionDigits: EVERY_DIGIT })
  const share = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  })
  const percent = new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: 'percent',
    signDisplay: 'exceptZero',
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  })

  return {
    amount: exactly((value) => {
      if (isTiny(value)) return `< ${exact.format(SMALLEST_SHOWN)}`
      // Of a debt that small, every digit: cut, it would be a zero with a sign.
      if (isBelow(value, SMALLEST_SHOWN)) return exact.format(value)
      if (isBelow(value, '1')) return small.format(value)
      return (isBelow(value, '1000') ? middle : large).format(value)
    }),
    exact: exactly((value) => exact.format(value)),
    percentChange: exactly((value) => percent.format(value)),
    share: exactly((value) => {
      if (signOf(value) > 0 && isBelow(value, '0.001')) return `< ${share.format('0.001')}`
      return share.format(value)
    }),
    count: (value) => exact.format(value),
  }
}

function exactly(format: (value: Decimal) => string): (value: string) => string {
  return (value) => (isDecimal(value) ? format(value) : value)
}

function isBelow(value: string, limit: Decimal): boolean {
  return signOf(value) !== 0 && compareDecimals(magnitude(value), limit) < 0
}

function isTiny(value: string): boolean {
  return signOf(value) > 0 && isBelow(value, SMALLEST_SHOWN)
}
