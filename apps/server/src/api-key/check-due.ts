import { takeDueKeyChecks } from '@opentrade/db'
import type { Services } from '../context.ts'
import { checkKeyJob, checkKeyKey } from './check-key.job.ts'

const BATCH = 100
/** How long a check may wait in the queue and run before the key is due again, should it have been lost. */
const LEASE_SECONDS = 600

/**
 * Puts every key whose check is due into the queue, in batches; any number of workers may do so at once and no key
 * is taken by two.
 */
export async function checkDueKeys(o: { services: Services; signal: AbortSignal }): Promise<void> {
  const { db, jobs } = o.services
  while (!o.signal.aborted) {
    const due = await takeDueKeyChecks(db.scheduler, { limit: BATCH, leaseSeconds: LEASE_SECONDS })
    for (const { userId, apiKeyId } of due) {
      await jobs.add(checkKeyJob, { userId, apiKeyId }, { key: checkKeyKey(apiKeyId), maxAttempts: 1 })
    }
    if (due.length < BATCH) return
  }
}
