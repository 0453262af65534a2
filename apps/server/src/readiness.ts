import type { Services } from './context.ts'
import { diskProblems } from './disk-space.ts'
import type { Worker } from './worker.ts'

interface State {
  services: Services
  /** Null when this process runs no jobs. */
  worker: Worker | null
  stopping: boolean
}

/** Why this process should get no requests, in sentences; none when it may. */
export async function checkReadiness({ services, worker, stopping }: State): Promise<string[]> {
  const reasons: string[] = []
  if (stopping) reasons.push('The server is stopping.')
  if (!(await databaseAnswers(services)))
    reasons.push('The database does not answer, or has no tables of ours.')
  if (!services.events.listening()) reasons.push('The connection for events is lost.')
  reasons.push(...(await diskProblems(services)))
  if (worker && !worker.alive()) reasons.push('The worker has stopped.')
  return reasons
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
