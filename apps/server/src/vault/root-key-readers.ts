import { hostname } from 'node:os'
import type { CombinedRootKeys } from '@opentrade/crypto'
import { type Database, type Queryable, uuidv7 } from '@opentrade/db'
import type { Logger } from 'pino'
import type { Events } from '../events.ts'

const REPORT_EVERY_MS = 5_000

/** A process that has not been heard of for so long is gone: killed, or cut off from the database. */
const GONE_AFTER_SECONDS = 15

/** One that was seen in the future died while the clock was ahead: a living one is seen again within seconds. */
const ALIVE = 'abs(extract(epoch FROM now() - seen_at)) < $1'

/** A process that lives. */
export interface ServerProcess {
  host: string
  pid: number
  role: string
  startedAt: Date
  seenAt: Date
}

/**
 * Says regularly that this process lives, and which new root keys it can read: none is used before every process
 * can. It looks at once when a rotation moves on.
 */
export async function openRootKeyReader(o: {
  db: Database
  rootKeys: CombinedRootKeys
  events: Events
  log: Logger
  role: string
}): Promise<{ close: () => Promise<void> }> {
  const processId = uuidv7()
  const { pool } = o.db
  let reporting: Promise<void> | null = null
  let again = false

  async function report(): Promise<void> {
    const readable = await readableTargets(o)
    await pool.query(
      `INSERT INTO server_processes (process_id, host, pid, role, readable_root_keys) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (process_id) DO UPDATE SET readable_root_keys = $5, seen_at = now()`,
      [processId, hostname(), process.pid, o.role, readable],
    )
  }

  /** One at a time; what was asked for meanwhile is done once more, since it may be about something newer. */
  function ask(): void {
    if (reporting) {
      again = true
      return
    }
    reporting = report()
      .catch((error: unknown) => o.log.warn({ err: error }, 'This process could not say that it lives'))
      .finally(() => {
        reporting = null
        if (!again) return
        again = false
        ask()
      })
  }

  await report()
  const unsubscribe = o.events.subscribe((event) => {
    if (event.type === 'rotation') ask()
  }, ask)
  const timer = setInterval(ask, REPORT_EVERY_MS).unref()
  return {
    async close() {
      clearInterval(timer)
      unsubscribe()
      again = false
      await reporting
      await pool.query('DELETE FROM server_processes WHERE process_id = $1', [processId])
    },
  }
}

/** The targets of rotations under way that this process has. */
async function readableTargets(o: { db: Database; rootKeys: CombinedRootKeys }): Promise<string[]> {
  const { rows } = await o.db.pool.query<{ provider: string; rootKeyId: string }>(
    `SELECT provider, root_key_id AS "rootKeyId" FROM rotations
     WHERE status IN ('running', 'waiting') AND root_key_id IS NOT NULL`,
  )
  const readable: string[] = []
  for (const row of rows) if (await canRead(o.rootKeys, row)) readable.push(nameOf(row))
  return readable
}

/** A root key that cannot be looked up, for whatever reason, cannot be read. */
async function canRead(
  rootKeys: CombinedRootKeys,
  target: { provider: string; rootKeyId: string },
): Promise<boolean> {
  const provider = rootKeys.providers.find(({ name }) => name === target.provider)
  try {
    return (await provider?.holds?.(target.rootKeyId)) ?? false
  } catch {
    return false
  }
}

function nameOf(o: { provider: string; rootKeyId: string }): string {
  return `${o.provider}:${o.rootKeyId}`
}

/** The living processes that have not said that they can read a root key. */
export async function readProcessesWithout(
  q: Queryable,
  target: { provider: string; rootKeyId: string },
): Promise<ServerProcess[]> {
  const { rows } = await q.query<ServerProcess>(
    `SELECT host, pid, role, started_at AS "startedAt", seen_at AS "seenAt" FROM server_processes
     WHERE ${ALIVE} AND NOT ($2 = ANY (readable_root_keys))
     ORDER BY host, pid`,
    [GONE_AFTER_SECONDS, nameOf(target)],
  )
  return rows
}

/** Every living process. */
export async function readProcesses(q: Queryable): Promise<ServerProcess[]> {
  const { rows } = await q.query<ServerProcess>(
    `SELECT host, pid, role, started_at AS "startedAt", seen_at AS "seenAt" FROM server_processes
     WHERE ${ALIVE} ORDER BY host, pid`,
    [GONE_AFTER_SECONDS],
  )
  return rows
}

/** Forgets processes that were killed. */
export async function forgetGoneProcesses(q: Queryable): Promise<void> {
  await q.query(`DELETE FROM server_processes
     WHERE seen_at NOT BETWEEN now() - interval '1 hour' AND now() + interval '1 hour'`)
}
