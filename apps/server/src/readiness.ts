import type { Services } from './context.ts'
import { fullDisk, logProblem } from './disk-space.ts'
import { canAnotherSeal } from './vault/root-key-readers.ts'
import type { Worker } from './worker.ts'

interface State {
  services: Services
  /** Null when this process runs no jobs. */
  worker: Worker | null
  stopping: boolean
}

/** What a health check is told. */
export interface Readiness {
  /** False: requests should go to another process, if there is one. */
  isReady: boolean
  /** In sentences; none when all is well. */
  reasons: string[]
}

/**
 * Says whether this process should get requests, and what is wrong with it.
 *
 * A process that can seal nothing still shows balances and signs people in. It is called not ready only while another
 * process can seal, which then gets the requests: a fault that all share, such as a provider of root keys that is
 * down, must not have a balancer take all of them out. One whose log cannot be written answers every request as before.
 */
export async function checkReadiness({ services, worker, stopping }: State): Promise<Readiness> {
  const reasons: string[] = []
  if (stopping) reasons.push('The server is stopping.')
  if (!(await databaseAnswers(services)))
    reasons.push('The database does not answer, or has no tables of ours.')
  if (!services.events.listening()) reasons.push('The connection for events is lost.')
  const full = await fullDisk(services)
  if (full !== null) reasons.push(full)
  if (worker && !worker.alive()) reasons.push('The worker has stopped.')
  const isReady = reasons.length === 0
  const log = logProblem(services)
  if (log !== null) reasons.push(log)
  // Whoever needs the database to say more has nothing to say.
  if (!isReady) return { isReady, reasons }
  const { problem } = await services.sealing.state()
  if (!problem) return { isReady, reasons }
  reasons.push(`No new secret can be stored. ${problem.message}`)
  return { isReady: !(await canAnotherSeal(services.db.pool, { besides: services.processId })), reasons }
}

async function databaseAnswers({ db, log }: Services): Promise<boolean> {
  try {
    // Any query of a migrated table will do: a start without migrations is refused before.
    await db.pool.query('SELECT FROM deployment')
    return true
  } catch (error) {
    log.warn({ err: error }, 'The database does not answer')
    return false
  }
}
