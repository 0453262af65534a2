/** Time as the providers that hold leases see it. */
export interface Clock {
  /** Milliseconds, never set back. */
  now(): number
  /** Runs something later, unless the function that it returns is called first. Keeps no process alive. */
  schedule(run: () => void, afterMs: number): () => void
}

const MAX_TIMER_MS = 2 ** 31 - 1

/** The machine's own. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(run, afterMs) {
    const timer = setTimeout(run, Math.min(afterMs, MAX_TIMER_MS))
    timer.unref()
    return () => clearTimeout(timer)
  },
}
