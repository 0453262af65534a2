import { hostname } from 'node:os'
import { type CombinedRootKeys, CryptoError } from '@opentrade/crypto'
import type { Database, Queryable } from '@opentrade/db'
import type { Logger } from 'pino'
import type { Events } from '../events.ts'
import { type RootKeyName, settleRootKeyFile } from './retired-root-keys.ts'
import type { SealingProblem, SealProbe } from './seal-probe.ts'

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
  /** Why it can seal nothing; null when it can. */
  problem: SealingProblem | null
}

/** What keeps a process and the database of one mind about root keys. */
export interface RootKeyReader {
  /** Settles at once what the root key file and the database disagree about. */
  settle: () => Promise<void>
  close: () => Promise<void>
}

/** What a process needs to say how it stands. */
export interface Reporter {
  db: Database
  rootKeys: CombinedRootKeys
  rootKeyFile: string
  sealing: SealProbe
  processId: string
  role: string
  log: Logger
}

/**
 * Says regularly that this process lives, which new root keys it can read (none is used before every process can),
 * and which one it wraps with (none is retired that a process still uses). It looks at once when a rotation moves on.
 */
export async function openRootKeyReader(o: Reporter & { events: Events }): Promise<RootKeyReader> {
  let reporting: Promise<void> | null = null
  let again = false

  /** One at a time; what was asked for meanwhile is done once more, since it may be about something newer. */
  function ask(): void {
    if (reporting) {
      again = true
      return
    }
    reporting = reportProcess(o)
      .catch((error: unknown) => o.log.warn({ err: error }, 'This process could not say that it lives'))
      .finally(() => {
        reporting = null
        if (!again) return
        again = false
        ask()
      })
  }

  await reportProcess(o)
  const unsubscribe = o.events.subscribe((event) => {
    if (event.type === 'rotation') ask()
    if (event.type === 'root-keys') o.sealing.look().then(ask, ask)
  }, ask)
  const timer = setInterval(ask, REPORT_EVERY_MS).unref()
  return {
    settle: () => settle(o),
    async close() {
      clearInterval(timer)
      unsubscribe()
      again = false
      await reporting
      await o.db.pool.query('DELETE FROM server_processes WHERE process_id = $1', [o.processId])
    },
  }
}

/** Settles what the root key file and the database disagree about, and says once how this process stands. */
export async function reportProcess(o: Reporter): Promise<void> {
  await settle(o)
  const readable = await readableTargets(o)
  const { current, problem } = await o.sealing.state()
  await o.db.pool.query(
    `INSERT INTO server_processes
       (process_id, host, pid, role, readable_root_keys, current_root_key, sealing_problem)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (process_id) DO UPDATE
       SET readable_root_keys = $5, current_root_key = $6, sealing_problem = $7, seen_at = now()`,
    [
      ...[o.processId, hostname(), process.pid, o.role, readable],
      ...[current && nameOf(current), problem && JSON.stringify(problem)],
    ],
  )
}

/** A file that cannot be read or written is told of by what is sealed with it; this process lives all the same. */
async function settle(o: Reporter): Promise<void> {
  try {
    await settleRootKeyFile(o)
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error
    o.log.debug({ err: error }, 'The root key file could not be compared with the database')
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
export async function canRead(rootKeys: CombinedRootKeys, target: RootKeyName): Promise<boolean> {
  const provider = rootKeys.providers.find(({ name }) => name === target.provider)
  try {
    return (await provider?.holds?.(target.rootKeyId)) ?? false
  } catch {
    return false
  }
}

function nameOf(o: RootKeyName): string {
  return `${o.provider}:${o.rootKeyId}`
}

const COLUMNS = `host, pid, role, started_at AS "startedAt", seen_at AS "seenAt", sealing_problem AS problem`

/** The living processes that have not said that they can read a root key. */
export async function readProcessesWithout(q: Queryable, target: RootKeyName): Promise<ServerProcess[]> {
  const { rows } = await q.query<ServerProcess>(
    `SELECT ${COLUMNS} FROM server_processes
     WHERE ${ALIVE} AND NOT ($2 = ANY (readable_root_keys))
     ORDER BY host, pid`,
    [GONE_AFTER_SECONDS, nameOf(target)],
  )
  return rows
}

/** Every living process. */
export async function readProcesses(q: Queryable): Promise<ServerProcess[]> {
  const { rows } = await q.query<ServerProcess>(
    `SELECT ${COLUMNS} FROM server_processes WHERE ${ALIVE} ORDER BY host, pid`,
    [GONE_AFTER_SECONDS],
  )
  return rows
}

/** Whether another living process that serves requests can seal something new. */
export async function canAnotherSeal(q: Queryable, o: { besides: string }): Promise<boolean> {
  const { rowCount } = await q.query(
    `SELECT FROM server_processes
     WHERE ${ALIVE} AND role <> 'worker' AND process_id <> $2
       AND current_root_key IS NOT NULL AND sealing_problem IS NULL LIMIT 1`,
    [GONE_AFTER_SECONDS, o.besides],
  )
  return rowCount === 1
}

/** Forgets processes that were killed. */
export async function forgetGoneProcesses(q: Queryable): Promise<void> {
  await q.query(`DELETE FROM server_processes
     WHERE seen_at NOT BETWEEN now() - interval '1 hour' AND now() + interval '1 hour'`)
}
