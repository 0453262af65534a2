/** Counts calls per caller. Kept in memory: each process has its own count, which a balancer multiplies. */
export interface CallLimiter {
  /** Null when the call may go on, else when the next may. */
  take: (key: string, callsPerMinute: number) => Date | null
}

const WINDOW_MS = 60_000
/** More callers than this in a minute, and the oldest are forgotten: memory stays bounded under a flood. */
const MAX_CALLERS = 50_000

interface Count {
  since: number
  calls: number
}

/** A limiter that allows so many calls in each minute that begins with a caller's first call. */
export function createCallLimiter(now: () => Date): CallLimiter {
  const counts = new Map<string, Count>()
  return {
    take(key, callsPerMinute) {
      const at = now().getTime()
      const count = counts.get(key)
      // A clock that was set back must not make anybody wait until it has caught up.
      if (!count || at - count.since >= WINDOW_MS || at < count.since) {
        counts.delete(key)
        counts.set(key, { since: at, calls: 1 })
        if (counts.size > MAX_CALLERS) forgetOldest(counts)
        return null
      }
      count.calls += 1
      return count.calls > callsPerMinute ? new Date(count.since + WINDOW_MS) : null
    },
  }
}

function forgetOldest(counts: Map<string, Count>): void {
  for (const key of counts.keys()) {
    counts.delete(key)
    return
  }
}
