import type pg from 'pg'
import { createClient } from '../connections.ts'

/**
 * Runs `run` on a connection of its own.
 * @throws whatever `run` throws; the pg error of a connection that cannot be made
 */
export async function withClient<T>(url: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = createClient({ connectionString: url, application_name: 'opentrade backup' })
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** How values are written and read, whatever the server's settings; and no limit on how long that takes. */
const settings = {
  'app.across_users': 'on',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  lock_timeout: '0',
}

/** Sets this for the transaction that has begun. Session settings would not survive a pooler. */
export async function prepareTransaction(client: pg.Client): Promise<void> {
  const statements = Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = '${value}'`)
  await client.query(statements.join('; '))
}
