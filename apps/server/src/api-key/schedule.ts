import { MAX_PLAN_SECONDS } from '@opentrade/db'

const MINUTE_SECONDS = 60
const HOUR_SECONDS = 60 * MINUTE_SECONDS

/** How a check of a key ended, as far as it matters for when the next one is due; for a refusal see refusal-rule.ts. */
export type CheckOutcome =
  /** Accepted, and the exchange said what the key may do, or has no way to say it. */
  | 'accepted'
  /** Accepted, but the call that says what the key may do failed in a way that may pass. */
  | 'rights-unread'
  /** The exchange, or our own vault, could not be asked. */
  | 'unanswered'
  /** The exchange does not serve the place of this server: asking again soon is no use. */
  | 'not-served'

/** At the longest; each check is spread over the last fifth of it. */
const WAIT_SECONDS: Record<CheckOutcome, number> = {
  accepted: 24 * HOUR_SECONDS,
  'rights-unread': 10 * MINUTE_SECONDS,
  unanswered: 30 * MINUTE_SECONDS,
  'not-served': 8 * HOUR_SECONDS,
}

/** When a key is checked again by itself: up to a fifth sooner than it must be, so that checks spread out. */
export function nextCheckAt(
  o: { now: Date; outcome: CheckOutcome; notBefore?: Date | undefined },
  random: () => number = Math.random,
): Date {
  const waitMs = WAIT_SECONDS[o.outcome] * 1_000 * (0.8 + 0.2 * random())
  const at = Math.max(o.now.getTime() + waitMs, o.notBefore?.getTime() ?? 0)
  // A plan beyond the longest would be taken for one of a wrong clock.
  return new Date(Math.min(at, o.now.getTime() + MAX_PLAN_SECONDS * 1_000))
}
