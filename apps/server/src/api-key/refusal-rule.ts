const MINUTE_SECONDS = 60
const HOUR_SECONDS = 60 * MINUTE_SECONDS

/** Exchanges also refuse good keys for a while: only refusals that are spread over this long count. */
const CONFIRMED_AFTER_SECONDS = 10 * MINUTE_SECONDS

/** How long after the first refusal a key is asked about again, until the refusals are confirmed. */
const ASKED_AFTER_SECONDS = [1 * MINUTE_SECONDS, 5 * MINUTE_SECONDS, CONFIRMED_AFTER_SECONDS]

/** A key that was just asked about is left alone for this long, whatever the plan was. */
const SHORTEST_WAIT_SECONDS = 30

/** A key whose refusals are confirmed is asked about ever more seldom, between these. */
const FIRST_RECHECK_SECONDS = 1 * HOUR_SECONDS
const LAST_RECHECK_SECONDS = 6 * HOUR_SECONDS

/** A refusal of a stored key, and those before it without a good answer in between. */
interface Refusals {
  refusedSince: Date
  now: Date
}

/**
 * The one rule for stored keys: the exchange's refusals make a key invalid when they have gone on for ten minutes, and
 * any good answer in between starts anew.
 */
export function isRefusalConfirmed({ refusedSince, now }: Refusals): boolean {
  return secondsBetween(refusedSince, now) >= CONFIRMED_AFTER_SECONDS
}

/**
 * When a refused key is asked about again: about 1, 5 and 10 minutes after the first refusal, then after an hour, and
 * up to every six hours. Spread by up to a fifth, so that keys that were refused together are not asked about together.
 */
export function nextAskAt({ refusedSince, now }: Refusals, random: () => number = Math.random): Date {
  const elapsed = secondsBetween(refusedSince, now)
  const planned = ASKED_AFTER_SECONDS.find((seconds) => seconds >= elapsed + SHORTEST_WAIT_SECONDS)
  const wait = isRefusalConfirmed({ refusedSince, now })
    ? Math.min(Math.max(elapsed, FIRST_RECHECK_SECONDS), LAST_RECHECK_SECONDS) * (0.8 + 0.2 * random())
    : // Never sooner: the last of these has to come after the ten minutes.
      Math.max((planned ?? CONFIRMED_AFTER_SECONDS) - elapsed, SHORTEST_WAIT_SECONDS) * (1 + 0.2 * random())
  return new Date(now.getTime() + Math.ceil(wait) * 1000)
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000
}
