import type { UserContext } from '../context.ts'

/** One run of a sync, as the database knows it. */
export interface SyncRun {
  ctx: UserContext
  walletId: string
  exchangeId: string
  /** The run's name: what it writes is refused once another run has taken the wallet over. */
  startedAt: Date
  /** How many runs in a row have failed before this one. */
  failures: number
}
