/**
 * How long a running sync may go without a sign of life before the wallet is anyone's again. A living one
 * renews its lease; one whose process was killed does not, and so it is done again and not lost.
 */
export const RUN_LEASE_SECONDS = 20

/** How long a request may wait in the queue before the wallet counts as due again, should it have been lost. */
export const QUEUE_LEASE_SECONDS = 120

/** How often a running sync looks whether its step is news, or its lease a third used up, and writes it then. */
export const PROGRESS_TICK_MS = 200
