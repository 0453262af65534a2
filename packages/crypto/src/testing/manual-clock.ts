import type { Clock } from '../clock.ts'

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves time on and runs what falls due on the way, in order. */
  advance(ms: number): void
  /** How many things wait to be run. */
  waiting(): number
}

/** @param onMove is told the new time, so that a server can share it */
export function manualClock(onMove: (now: number) => void = () => {}): ManualClock {
  let now = 0
  const due = new Set<{ at: number; run: () => void }>()
  return {
    now: () => now,
    schedule(run, afterMs) {
      const entry = { at: now + afterMs, run }
      due.add(entry)
      return () => void due.delete(entry)
    },
    advance(ms) {
      now += ms
      onMove(now)
      for (const entry of [...due].sort((left, right) => left.at - right.at)) {
        if (entry.at > now) continue
        due.delete(entry)
        entry.run()
      }
    },
    waiting: () => due.size,
  }
}
