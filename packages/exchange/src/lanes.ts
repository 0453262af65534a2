import { createHash } from 'node:crypto'
import { createLimiter, type Limiter } from './limiter.ts'
import type { Credentials } from './types.ts'

/** What all accounts with one key share: a place in line, and a nonce that only grows. */
export interface Lane {
  limiter: Limiter
  /** Runs one at a time, so that nonces reach the exchange in their order. */
  run<T>(task: () => Promise<T>): Promise<T>
  /** The nonce itself, or the next higher one if it was used already. */
  nextNonce(nonce: number): number
}

interface Kept<T> {
  value: T
  isIdle(): boolean
}

/** Idle entries are forgotten beyond this many, so that a thousand users leave nothing behind. */
const keptEntries = 64

/** A map that forgets its oldest idle entries. */
function createPool<T>(make: () => Kept<T>): { get(key: string): T; readonly size: number } {
  const entries = new Map<string, Kept<T>>()
  function forgetIdle(): void {
    for (const [key, entry] of entries) {
      // They stand in the order of their last use: behind one that is busy none has been idle for longer.
      if (entries.size <= keptEntries || !entry.isIdle()) return
      entries.delete(key)
    }
  }
  return {
    get(key) {
      const known = entries.get(key)
      const entry = known ?? make()
      entries.delete(key)
      entries.set(key, entry)
      if (known === undefined) forgetIdle()
      return entry.value
    },
    get size() {
      return entries.size
    },
  }
}

function createLane(): Kept<Lane> {
  // Per key only the exchange's own pauses count; the pace is that of the whole address.
  const limiter = createLimiter(0)
  let last: Promise<unknown> = Promise.resolve()
  let running = 0
  let lastNonce = 0
  let lastUse = 0

  function run<T>(task: () => Promise<T>): Promise<T> {
    running += 1
    lastUse = performance.now()
    const result = last.then(task)
    last = result.then(
      () => {
        running -= 1
      },
      () => {
        running -= 1
      },
    )
    return result
  }

  function nextNonce(nonce: number): number {
    lastNonce = nonce > lastNonce || lastNonce - nonce > 60_000 ? nonce : lastNonce + 1
    return lastNonce
  }

  return {
    value: { limiter, run, nextNonce },
    // A minute covers every nonce that was pushed ahead of the clock.
    isIdle: () => running === 0 && limiter.isIdle() && performance.now() - lastUse > 60_000,
  }
}

const lanes = createPool(createLane)

/** How many lanes are kept now. */
export function laneCount(): number {
  return lanes.size
}

/** The lane of one key at one exchange. Only a hash of the credentials is kept. */
export function laneOf(options: { venue: string; credentials: Credentials }): Lane {
  const hash = createHash('sha256').update(options.venue)
  for (const [name, value] of Object.entries(options.credentials).sort()) hash.update(`\0${name}\0${value}`)
  return lanes.get(hash.digest('base64'))
}

const venues = new Map<string, Limiter>()

/** The one limiter of an exchange at a base URL in this process: limits count per address. */
export function venueLimiter(options: { venue: string; paceMs: number }): Limiter {
  const known = venues.get(options.venue)
  if (known !== undefined) return known
  const limiter = createLimiter(options.paceMs)
  venues.set(options.venue, limiter)
  return limiter
}
