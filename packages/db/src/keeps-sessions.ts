import pg from 'pg'
import { createClient } from './connections.ts'

const ANSWER_WITHIN_MS = 10_000
/** So many transactions at a time drive a pooler to hand out a connection that another client has just used. */
const PINS = 4
const SETTING = 'app.session_probe'

/**
 * Whether a connection to this address keeps one session of PostgreSQL for as long as it lasts. It does not where a
 * pooler in transaction or statement mode stands between (pgbouncer's `pool_mode`), which lends each transaction
 * whichever connection is free: settings, prepared statements, advisory locks and LISTEN are lost there.
 * A second client that begins a transaction holds what a pooler has lent it; so one of the two shows whether they share.
 * @throws what the database answers when it cannot be reached
 */
export async function keepsSessions(url: string): Promise<boolean> {
  const clients: pg.Client[] = []
  async function connect(): Promise<pg.Client> {
    const client = createClient({
      connectionString: url,
      application_name: 'opentrade start',
      query_timeout: ANSWER_WITHIN_MS,
    })
    clients.push(client)
    await client.connect()
    return client
  }
  try {
    const first = await connect()
    const { pid } = await readSession(first, `set_config('${SETTING}', 'kept', false)`)
    for (let pin = 0; pin < PINS; pin += 1) {
      const holder = await connect()
      if (!(await begins(holder))) return false
      const held = await readSession(holder, `current_setting('${SETTING}', true)`)
      if (held.pid === pid || held.value === 'kept') return false
      const own = await readSession(first, `current_setting('${SETTING}', true)`)
      if (own.pid !== pid || own.value !== 'kept') return false
    }
    return true
  } finally {
    // Whatever is open is rolled back with it.
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)))
  }
}

/** pgbouncer in statement mode refuses transactions. */
async function begins(client: pg.Client): Promise<boolean> {
  try {
    await client.query('BEGIN')
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '08P01') return false
    throw error
  }
}

async function readSession(
  client: pg.Client,
  expression: string,
): Promise<{ pid: number; value: string | null }> {
  const { rows } = await client.query<{ pid: number; value: string | null }>(
    `SELECT pg_backend_pid() AS pid, ${expression} AS value`,
  )
  const [session] = rows
  if (session === undefined) throw new Error('PostgreSQL did not tell the session of a connection.')
  return session
}
