import { BinanceError } from './errors.ts'

const MINUTE = 60_000

/** Addresses remembered at most; beyond, the oldest are forgotten. */
const MAX_ADDRESSES = 10_000

/** Requests that may be refused in a minute before the address is banned. */
const REFUSALS_BEFORE_BAN = 20

/** A first ban, and the longest one, in seconds (Binance: from 2 minutes to 3 days). */
const FIRST_BAN = 120
const LONGEST_BAN = 3 * 86_400

interface Address {
  minute: number
  used: number
  refused: number
  bans: number
  bannedUntil: number
}

/** Request weight per address and minute. */
export interface WeightLimits {
  /** Weight used in this minute by an address, the request under way included. */
  used(address: string, now: number): number
  /**
   * Counts a request.
   * @throws BinanceError 429 with -1003 beyond the limit, 418 once requests go on after that.
   */
  spend(o: { address: string; weight: number; now: number }): void
}

/** Limits per address (never per key, as at Binance); `limit` is the weight of a minute. */
export function createWeightLimits(o: { limit: number }): WeightLimits {
  const addresses = new Map<string, Address>()

  function find(address: string, now: number): Address {
    const minute = Math.floor(now / MINUTE)
    let found = addresses.get(address)
    if (!found) {
      if (addresses.size >= MAX_ADDRESSES) addresses.delete(addresses.keys().next().value ?? '')
      found = { minute, used: 0, refused: 0, bans: 0, bannedUntil: 0 }
      addresses.set(address, found)
    }
    if (found.minute !== minute) Object.assign(found, { minute, used: 0, refused: 0 })
    return found
  }

  return {
    used: (address, now) => find(address, now).used,
    spend({ address, weight, now }) {
      const found = find(address, now)
      if (now < found.bannedUntil) throw banned(found, now)
      found.used += weight
      if (found.used <= o.limit) return
      found.refused += 1
      if (found.refused > REFUSALS_BEFORE_BAN) {
        const seconds = Math.min(LONGEST_BAN, FIRST_BAN * 4 ** found.bans)
        found.bans += 1
        found.bannedUntil = now + seconds * 1_000
        throw banned(found, now)
      }
      throw tooManyRequests(o.limit, Math.ceil((MINUTE - (now % MINUTE)) / 1_000))
    },
  }
}

/** 429 with -1003, to be tried again after so many seconds. */
export function tooManyRequests(limit: number, retryAfter: number): BinanceError {
  return new BinanceError({
    code: -1003,
    message: `Too much request weight used; current limit is ${limit} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`,
    status: 429,
    retryAfter,
  })
}

/** 418 with -1003, until a time in Unix milliseconds. */
export function addressBanned(until: number, retryAfter: number): BinanceError {
  return new BinanceError({
    code: -1003,
    message: `Way too much request weight used; IP banned until ${until}. Please use WebSocket Streams for live updates to avoid bans.`,
    status: 418,
    retryAfter,
  })
}

function banned(address: Address, now: number): BinanceError {
  return addressBanned(address.bannedUntil, Math.max(1, Math.ceil((address.bannedUntil - now) / 1_000)))
}
