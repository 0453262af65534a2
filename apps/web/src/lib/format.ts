import {
  DOLLARS,
  type NumberFormats,
  numberFormats,
  type ShownCurrency,
  type TimeFormats,
  timeFormats,
} from '@opentrade/format'

/** How one person reads figures and times. */
export interface Formats extends NumberFormats, TimeFormats {
  locale: string
  timeZone: string
}

const built = new Map<string, Formats>()
/** A rate moves, and each has formats of its own. */
const MOST_BUILT = 50

/**
 * The formats of a locale and a time zone, built once each. What Intl does not know falls back to the
 * browser's own, so that a setting made elsewhere never breaks a page.
 */
export function formatsFor(locale: string, timeZone: string, currency: ShownCurrency = DOLLARS): Formats {
  const key = `${locale}|${timeZone}|${currency.code}|${currency.usdPrice}`
  const known = built.get(key)
  if (known) return known
  if (built.size >= MOST_BUILT) built.clear()
  const formats = build(usableLocale(locale), usableTimeZone(timeZone), currency)
  built.set(key, formats)
  return formats
}

/** The formats of a person who has not said otherwise. */
export function browserFormats(): Formats {
  return formatsFor('', '')
}

function build(locale: string, timeZone: string, currency: ShownCurrency): Formats {
  return { locale, timeZone, ...numberFormats(locale, currency), ...timeFormats(locale, timeZone) }
}

function usableLocale(locale: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale)[0] ?? browserLocale()
  } catch {
    return browserLocale()
  }
}

function usableTimeZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  } catch {
    return Intl.DateTimeFormat().resolvedOptions().timeZone
  }
}

function browserLocale(): string {
  return Intl.NumberFormat().resolvedOptions().locale
}
