/** Names of headers in lower case, as undici gives them. */
export type Headers = Record<string, string | string[] | undefined>

function header(headers: Headers, name: string): string | null {
  const value = headers[name]
  return (Array.isArray(value) ? value[0] : value)?.trim() ?? null
}

/**
 * How long to leave an exchange alone whose page says that it was asked too often, in milliseconds, if it does not
 * say how long. Bybit asks for ten minutes (https://bybit-exchange.github.io/docs/v5/rate-limit).
 */
export function pauseAfterPage(dialect: string): number {
  return dialect === 'bybit' ? 600_000 : 60_000
}

/** More than a day is no pause but a fault, of the exchange or of a clock. */
const longestPauseMs = 24 * 3600 * 1000

function within(time: number, now: number): Date | null {
  return time > now && time - now <= longestPauseMs ? new Date(time) : null
}

/** Seconds or an HTTP date, as RFC 9110 section 10.2.3 allows. */
function retryAfter(value: string, now: number): Date | null {
  if (/^\d+(\.\d+)?$/.test(value)) return within(now + Number(value) * 1000, now)
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : within(date, now)
}

/** A time in seconds, or a wait in seconds: no wait is as long as the time since 1970. */
function resetTime(seconds: number, now: number): Date | null {
  return within(seconds * 1000 > longestPauseMs ? seconds * 1000 : now + seconds * 1000, now)
}

/**
 * When an exchange that was asked too often allows the next request; null if it does not say.
 *
 * Reads the Retry-After header, the reset headers of Bybit, Bitvavo and HTX (a time in ms), Gate (a time in s) and
 * KuCoin (a wait in ms), the X-RateLimit-Reset of others (a time or a wait in s), and the "banned until" of Binance's
 * and BingX's messages (a time in ms).
 */
export function retryTime(options: { headers: Headers; body: string; now: number }): Date | null {
  const { headers, body, now } = options
  const after = header(headers, 'retry-after')
  const banned = /(?:banned until|unblocked after) (\d{13})/.exec(body)?.[1]
  const times = [
    'x-bapi-limit-reset-timestamp',
    'bitvavo-ratelimit-resetat',
    'x-hb-ratelimit-requests-expire',
  ]
  const others = header(headers, 'x-ratelimit-reset')
  const gate = header(headers, 'x-gate-ratelimit-reset-timestamp')
  const kucoin = header(headers, 'gw-ratelimit-reset')
  const stated = [
    after === null ? null : retryAfter(after, now),
    // Binance bans for up to three days; asking again within it makes it longer.
    banned === undefined ? null : within(Math.min(Number(banned), now + longestPauseMs), now),
    ...times.map((name) => within(Number(header(headers, name)), now)),
    others === null ? null : resetTime(Number(others), now),
    gate === null ? null : within(Number(gate) * 1000, now),
    kucoin === null ? null : within(now + Number(kucoin), now),
  ]
  const known = stated.filter((time) => time !== null).map((time) => time.getTime())
  return known.length === 0 ? null : new Date(Math.max(...known))
}
