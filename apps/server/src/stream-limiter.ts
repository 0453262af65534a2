import type { Actor } from './context.ts'
import type { Refusal } from './http-errors.ts'

/** Counts event streams while they are open. Kept in memory: each process has its own count. */
export interface StreamLimiter {
  /** A place for one more stream of this caller, or why there is none. */
  open: (actor: Actor) => Place | Refusal
}

interface Place {
  /** Gives the place back; more often than once does nothing. */
  close: () => void
}

export interface StreamLimits {
  /** Of one session or API token: a browser opens one or two per tab. */
  perCaller: number
  /** Of one person, by whatever sessions and tokens. */
  perPerson: number
  /** Of this process: each holds some 80 KiB. */
  inAll: number
}

const LIMITS: StreamLimits = { perCaller: 20, perPerson: 40, inAll: 2_000 }

/** A limiter without streams. */
export function createStreamLimiter(limits: StreamLimits = LIMITS): StreamLimiter {
  const counts = new Map<string, number>()
  const add = (key: string, by: number) => {
    const count = (counts.get(key) ?? 0) + by
    if (count > 0) counts.set(key, count)
    else counts.delete(key)
  }
  return {
    open(actor) {
      const caller = actor.token ? `token:${actor.token.tokenId}` : `session:${actor.sessionId}`
      const most = {
        [caller]: limits.perCaller,
        [`user:${actor.userId}`]: limits.perPerson,
        all: limits.inAll,
      }
      const full = Object.entries(most).find(([key, limit]) => (counts.get(key) ?? 0) >= limit)
      if (full) return full[0] === 'all' ? ALL_FULL : tooMany(full[1])
      const keys = Object.keys(most)
      for (const key of keys) add(key, 1)
      return {
        close() {
          for (const key of keys.splice(0)) add(key, -1)
        },
      }
    },
  }
}

function tooMany(limit: number): Refusal {
  return {
    status: 429,
    reason: 'TOO_MANY_STREAMS',
    message: `You have ${limit} event streams open, which is the limit. Close some of your tabs or programs, then try again.`,
  }
}

const ALL_FULL: Refusal = {
  status: 503,
  reason: 'BUSY',
  message: 'The server has no room for another event stream at the moment. Try again in a minute.',
}
