/** No sync holds a wallet, nor waits for its start, under a longer lease. */
export const MAX_LEASE_SECONDS = 120

/** No sync and no check is planned further ahead than this: a day, and a tenth of it that they are spread over. */
export const MAX_PLAN_SECONDS = 24 * 3_600 * 1.1

/** The clocks of the server, which plans, and of PostgreSQL, which looks, may differ by this. */
export const CLOCK_SLACK_SECONDS = 60

/**
 * A lease that ends later than this was written by a clock that was ahead. The slack is for callers that meet, too:
 * whoever waited for the row of another reads a lease that begins later than its own `now()`.
 */
export const LEASE_LIMIT_SECONDS = MAX_LEASE_SECONDS + CLOCK_SLACK_SECONDS

/** The present as SQL, for a plan that is due at once: plans are kept in milliseconds, which would be rounded up. */
export const THIS_MILLISECOND = "date_trunc('milliseconds', now())"
