import type { Logger } from 'pino'

const LOOK_EVERY_MS = 10_000
/** What a clock may be set back by without anybody noticing, as time services do all the time. */
const TOLERATED_MS = 2_000

/**
 * Notes in the log when the clock of this machine was set back. What was planned meanwhile by the wrong time is
 * brought forward wherever due work is looked for.
 */
export function watchClock(o: {
  log: Logger
  everyMs?: number
  /** Milliseconds since the epoch. */
  wall?: () => number
  /** Milliseconds by a clock that nobody sets. */
  steady?: () => number
}): { close: () => void } {
  const { log, everyMs = LOOK_EVERY_MS, wall = Date.now, steady = () => performance.now() } = o
  let difference = wall() - steady()
  const timer = setInterval(() => {
    const next = wall() - steady()
    const setBackMs = difference - next
    difference = next
    if (setBackMs <= TOLERATED_MS) return
    const seconds = Math.round(setBackMs / 1_000)
    log.warn({ seconds }, 'The clock of this machine was set back; what it had put off is due now')
  }, everyMs)
  timer.unref()
  return { close: () => clearInterval(timer) }
}
