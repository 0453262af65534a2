import { takeDueWallets } from '@opentrade/db'
import type { Services } from '../context.ts'
import { longestIdleSeconds } from './schedule.ts'
import { syncWalletJob, syncWalletKey } from './sync-wallet.job.ts'

const BATCH = 100

/**
 * Puts every wallet that is due into the queue, in batches; any number of workers may do so at once and no
 * wallet is taken by two. Should one die in between, its wallets are due again when their lease is over.
 */
export async function syncDueWallets(o: { services: Services; signal: AbortSignal }): Promise<void> {
  const { db, jobs, env } = o.services
  const longest = longestIdleSeconds(env.syncIntervalSeconds)
  while (!o.signal.aborted) {
    const due = await takeDueWallets(db.scheduler, { limit: BATCH, longestIdleSeconds: longest })
    for (const { userId, walletId } of due) {
      await jobs.add(syncWalletJob, { userId, walletId }, { key: syncWalletKey(walletId), maxAttempts: 1 })
    }
    if (due.length < BATCH) return
  }
}
