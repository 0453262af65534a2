/** The exchange's own time, which an administrator may shift against the real one. */
export interface VenueClock {
  /** Unix milliseconds. */
  now(): number
  /** How far the exchange's clock is ahead, in milliseconds. */
  offset(): number
  setOffset(offset: number): void
}

/** A clock that follows `base` (by default the machine's), with no offset yet. */
export function createVenueClock(base: () => number = Date.now): VenueClock {
  let offset = 0
  return {
    now: () => base() + offset,
    offset: () => offset,
    setOffset(milliseconds) {
      offset = milliseconds
    },
  }
}
