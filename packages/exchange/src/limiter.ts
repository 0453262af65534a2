import { TransportError } from './transport-error.ts'

/** Lets requests through at the pace that an exchange allows. */
export interface Limiter {
  /** Resolves when a request of this weight may be sent, in the order of the calls. */
  take(weight: number): Promise<void>
  /** No request before this time (milliseconds since the epoch, by the clock of now): the exchange said so. */
  pauseUntil(time: number): void
  /** True if nothing waits and the pace has recovered, so that forgetting it changes nothing. */
  isIdle(): boolean
}

/** A person waits at the other end: beyond this the job comes back later. */
const longestWaitMs = 60_000

/**
 * A limiter that spaces requests by their weight.
 *
 * `paceMs` is milliseconds per unit of weight, 0 for no spacing. A call that would wait for more than a
 * minute fails at once with TransportError 'queue-full', which names the time to come back.
 */
export function createLimiter(paceMs: number): Limiter {
  // The time at which the next request may go, by a clock that nobody sets: each pushes it on by its own cost.
  let free = 0
  let waiting = 0

  async function take(weight: number): Promise<void> {
    const now = performance.now()
    const start = Math.max(free, now)
    if (start - now > longestWaitMs) {
      throw new TransportError('queue-full', { retryAt: new Date(Date.now() + start - now) })
    }
    free = start + weight * paceMs
    if (start === now) return
    waiting += 1
    await new Promise((resolve) => setTimeout(resolve, start - now))
    waiting -= 1
  }

  return {
    take,
    pauseUntil: (time) => {
      // At once: should the clock be set later, the pause is as long as it was meant.
      free = Math.max(free, performance.now() + time - Date.now())
    },
    isIdle: () => waiting === 0 && free <= performance.now(),
  }
}
