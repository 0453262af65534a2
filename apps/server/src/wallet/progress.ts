import { renewWalletSync } from '@opentrade/db'
import type { UserContext } from '../context.ts'
import { publishEvent } from '../events.ts'
import { PROGRESS_TICK_MS, RUN_LEASE_SECONDS } from './lease.ts'

export type SyncStep = 'connecting' | 'reading balances' | 'pricing' | 'saving'

export interface Progress {
  step: (name: SyncStep) => void
  /** Ends the writing. Awaits a write under way, so that none comes after the sync's own last one. */
  close: () => Promise<void>
}

/**
 * Shows where a running sync stands and keeps its lease. A step that is over sooner than anyone could read it
 * is not written at all: a thousand quick syncs cost no write for it.
 */
export function openProgress(o: { ctx: UserContext; walletId: string; startedAt: Date }): Progress {
  const { services, actor } = o.ctx
  const { userId } = actor
  const { walletId, startedAt } = o
  let current: SyncStep = 'connecting'
  // The claim has written the first step, and told nobody.
  let written: SyncStep | null = null
  let writtenAt = performance.now()
  let writing: Promise<void> | null = null

  async function write(step: SyncStep): Promise<void> {
    try {
      const isNews = step !== written
      await services.db.withUserSql(userId, async (client) => {
        const renewal = { userId, walletId, startedAt, step, leaseSeconds: RUN_LEASE_SECONDS }
        const isOurs = await renewWalletSync(client, renewal)
        if (isOurs && isNews) await publishEvent(client, { type: 'wallet', userId, walletId })
      })
      written = step
      writtenAt = performance.now()
    } catch (error) {
      services.log.warn({ err: error, walletId }, 'The step of a sync could not be written')
    }
  }

  const timer = setInterval(() => {
    const renewAt = writtenAt + (RUN_LEASE_SECONDS * 1000) / 3
    if (writing || (current === written && performance.now() < renewAt)) return
    writing = write(current).finally(() => {
      writing = null
    })
  }, PROGRESS_TICK_MS)

  return {
    step(name) {
      current = name
    },
    async close() {
      clearInterval(timer)
      await writing
    },
  }
}
