/** The first try after a failure comes soon; each further one waits twice as long, up to an hour. */
const FIRST_RETRY_SECONDS = 30
const LONGEST_RETRY_SECONDS = 3_600

/** Up to a tenth sooner or later, so that wallets that were synced together spread out. */
export function spreadSeconds(seconds: number, random: () => number = Math.random): number {
  return seconds * (0.9 + 0.2 * random())
}

/** How far ahead the next sync of a wallet that was read, if only in part, may be planned: as the two functions beside it do. */
export function longestIdleSeconds(intervalSeconds: number): number {
  return Math.max(LONGEST_RETRY_SECONDS, intervalSeconds) * 1.1
}

/**
 * How long to wait before the next try.
 * @param o.failures how many tries in a row had failed before the one that just did
 */
export function retryDelaySeconds(
  o: { failures: number; intervalSeconds: number },
  random: () => number = Math.random,
): number {
  const doubled = FIRST_RETRY_SECONDS * 2 ** Math.min(o.failures, 20)
  return spreadSeconds(Math.min(doubled, Math.max(LONGEST_RETRY_SECONDS, o.intervalSeconds)), random)
}
