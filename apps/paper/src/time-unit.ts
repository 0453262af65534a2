import { BinanceError } from './errors.ts'

/** Fields of answers that hold a time. */
const TIME_FIELDS = new Set([
  'time',
  'updateTime',
  'workingTime',
  'transactTime',
  'serverTime',
  'openTime',
  'closeTime',
  'T',
])

/**
 * Whether times are wanted in microseconds, by the X-MBX-TIME-UNIT header.
 * @throws BinanceError -1194 for a unit that there is not.
 */
export function wantsMicroseconds(header: string | undefined): boolean {
  if (header === undefined) return false
  const unit = header.toUpperCase()
  if (unit === 'MICROSECOND') return true
  if (unit === 'MILLISECOND') return false
  throw new BinanceError({
    code: -1194,
    message: 'Invalid value for time unit; expected either MICROSECOND or MILLISECOND.',
  })
}

/** An answer with its times in microseconds; candles, which are lists, hold them in their places 0 and 6. */
export function inMicroseconds(answer: unknown): unknown {
  if (Array.isArray(answer))
    return answer.map((item) => (isCandle(item) ? candle(item) : inMicroseconds(item)))
  if (typeof answer !== 'object' || answer === null) return answer
  return Object.fromEntries(
    Object.entries(answer).map(([name, value]) => [
      name,
      TIME_FIELDS.has(name) && typeof value === 'number' && value > 0 ? value * 1_000 : inMicroseconds(value),
    ]),
  )
}

function isCandle(item: unknown): item is unknown[] {
  return Array.isArray(item) && item.length === 12
}

function candle(item: unknown[]): unknown[] {
  return item.map((value, place) => {
    if (typeof value !== 'number') return value
    if (place === 0) return value * 1_000
    return place === 6 ? value * 1_000 + 999 : value
  })
}
