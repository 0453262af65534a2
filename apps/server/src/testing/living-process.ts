import { randomUUID } from 'node:crypto'
import type pg from 'pg'

const REPORT_EVERY_MS = 1_000

/** Another process of the installation as the database sees it: it lives, and reports, until it is ended. */
export interface LivingProcess {
  processId: string
  end(): Promise<void>
}

/** @param o.readableRootKeys as `<provider>:<root key id>`, like `currentRootKey`; by default none */
export async function startLivingProcess(
  pool: pg.Pool,
  o: { readableRootKeys?: readonly string[]; currentRootKey?: string } = {},
): Promise<LivingProcess> {
  const processId = randomUUID()
  await pool.query(
    `INSERT INTO server_processes (process_id, host, pid, role, readable_root_keys, current_root_key)
     VALUES ($1, 'elsewhere', 7, 'api', $2, $3)`,
    [processId, o.readableRootKeys ?? [], o.currentRootKey ?? null],
  )
  const report = () =>
    pool.query('UPDATE server_processes SET seen_at = now() WHERE process_id = $1', [processId])
  let reporting: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    // A test that failed may have closed the database.
    reporting = reporting.then(report).catch(() => undefined)
  }, REPORT_EVERY_MS).unref()
  return {
    processId,
    async end() {
      clearInterval(timer)
      await reporting
      await pool.query('DELETE FROM server_processes WHERE process_id = $1', [processId])
    },
  }
}
