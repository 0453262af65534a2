/** Times as one person reads them, in their locale and time zone. */
export interface TimeFormats {
  /** Date and time to the minute. */
  dateTime(at: string | Date): string
  /** Date, time to the second and the zone's name: what a hover shows. */
  moment(at: string | Date): string
  /** The date alone. */
  day(at: string | Date): string
  /** Day and month, for an axis. */
  shortDay(at: string | Date): string
  /** Month and year, for an axis. */
  month(at: string | Date): string
  /** Hours and minutes. */
  clock(at: string | Date): string
  /** Hours, minutes and seconds. */
  clockSeconds(at: string | Date): string
  /** "3 minutes ago" or "in 2 days", seen from `now`. */
  relative(at: string | Date, now: Date): string
}

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** From the largest step down: the first whose `from` is reached names the unit. */
const STEPS = [
  { from: 365 * DAY_MS, size: 365 * DAY_MS, unit: 'year' },
  { from: 60 * DAY_MS, size: 30 * DAY_MS, unit: 'month' },
  { from: DAY_MS, size: DAY_MS, unit: 'day' },
  { from: HOUR_MS, size: HOUR_MS, unit: 'hour' },
  { from: MINUTE_MS, size: MINUTE_MS, unit: 'minute' },
  { from: 10 * SECOND_MS, size: SECOND_MS, unit: 'second' },
] as const

/** Builds the formats of a locale and an IANA time zone that Intl knows. */
export function timeFormats(locale: string, timeZone: string): TimeFormats {
  const formatter = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, { timeZone, ...options })
    return (at: string | Date) => format.format(new Date(at))
  }
  // Words stand within the page's own sentences, which are English in every locale.
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

  return {
    dateTime: formatter({ dateStyle: 'medium', timeStyle: 'short' }),
    moment: formatter({ dateStyle: 'full', timeStyle: 'long' }),
    day: formatter({ dateStyle: 'medium' }),
    shortDay: formatter({ day: 'numeric', month: 'short' }),
    month: formatter({ month: 'short', year: 'numeric' }),
    clock: formatter({ timeStyle: 'short' }),
    clockSeconds: formatter({ timeStyle: 'medium' }),
    relative: (at, now) => {
      const elapsed = new Date(at).getTime() - now.getTime()
      const step = STEPS.find(({ from }) => Math.abs(elapsed) >= from)
      if (!step) return relative.format(0, 'second')
      // A token of 90 days has lasted for none as soon as a second is gone, and expires in three months all the same.
      const cut = elapsed > 0 ? Math.round : Math.trunc
      return relative.format(cut(elapsed / step.size), step.unit)
    },
  }
}
