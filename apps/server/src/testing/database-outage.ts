import type { TestDatabase } from '@opentrade/db/testing'

/** A database of a test that can be taken away from everybody but the test. */
export interface Outage {
  /** Ends every connection of the product's roles and refuses new ones, as a restart does. */
  begin: () => Promise<void>
  /** Ends every connection; new ones are taken at once. */
  cut: () => Promise<void>
  end: () => Promise<void>
  close: () => void
}

/** @param db its superuser's connection is taken until `close` */
export async function prepareOutage(db: TestDatabase): Promise<Outage> {
  const client = await db.superuser.pool.connect()
  const { rows } = await client.query<{ name: string }>('SELECT quote_ident(current_database()) AS name')
  const name = rows[0]?.name ?? ''

  async function cut(): Promise<void> {
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND usename <> current_user`,
    )
  }

  return {
    async begin() {
      await client.query(`ALTER DATABASE ${name} CONNECTION LIMIT 0`)
      await cut()
    },
    cut,
    async end() {
      await client.query(`ALTER DATABASE ${name} CONNECTION LIMIT -1`)
    },
    close: () => client.release(),
  }
}
