const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Lengths of the candle intervals in milliseconds; a month has none. */
const LENGTHS: Record<string, number> = {
  '1s': SECOND,
  '1m': MINUTE,
  '3m': 3 * MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': HOUR,
  '2h': 2 * HOUR,
  '4h': 4 * HOUR,
  '6h': 6 * HOUR,
  '8h': 8 * HOUR,
  '12h': 12 * HOUR,
  '1d': DAY,
  '3d': 3 * DAY,
  '1w': 7 * DAY,
}

/** The first Monday after the epoch: weeks start there. */
const FIRST_MONDAY = 4 * DAY

/** An interval of Binance's: `1s` to `1w` by length, `1M` by calendar. */
export type Interval = string & { readonly __interval: unique symbol }

/** The interval of that name, or null when Binance has none such. Names are case-sensitive (1m, 1M). */
export function parseInterval(name: string): Interval | null {
  // A checked name becomes the branded type here and nowhere else.
  return name === '1M' || Object.hasOwn(LENGTHS, name) ? (name as Interval) : null
}

/** When the candle that holds `at` opened, in Unix milliseconds; `offset` is the time zone's, in milliseconds. */
export function openTimeOf(interval: Interval, at: number, offset: number): number {
  const local = at + offset
  if (interval === '1M') {
    const date = new Date(local)
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) - offset
  }
  const length = LENGTHS[interval] ?? DAY
  const origin = interval === '1w' ? FIRST_MONDAY : 0
  return Math.floor((local - origin) / length) * length + origin - offset
}

/** When the candle after (`steps` 1) or before (`steps` -1, …) the one that opened at `openTime` opens. */
export function shiftOpenTime(o: {
  interval: Interval
  openTime: number
  steps: number
  offset: number
}): number {
  const { interval, openTime, steps, offset } = o
  if (interval === '1M') {
    const date = new Date(openTime + offset)
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + steps, 1) - offset
  }
  return openTime + steps * (LENGTHS[interval] ?? DAY)
}

/**
 * The offset in milliseconds of Binance's `timeZone` parameter ('0', '8', '-1:00', '05:45'), or null when it is
 * malformed or beyond -12:00 to +14:00.
 */
export function parseTimeZone(text: string): number | null {
  const match = /^([+-]?)(\d{1,2})(?::([0-5]\d))?$/.exec(text)
  if (!match) return null
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0)
  const offset = (match[1] === '-' ? -minutes : minutes) * MINUTE
  return offset < -12 * HOUR || offset > 14 * HOUR ? null : offset
}
