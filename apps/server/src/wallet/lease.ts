/**
 * How long a sync may go without a sign of life before the wallet is due again, for anyone. A running sync
 * renews its lease; one whose process was killed does not, and so it is done again and not lost.
 */
export const SYNC_LEASE_SECONDS = 45

/** How often a running sync writes its step and renews its lease: the step if it is new, the lease when a third of it is used up. */
export const PROGRESS_TICK_MS = 250
