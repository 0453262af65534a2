import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { type Database, openDatabase } from '../database.ts'
import type {} from './global-setup.ts'
import { execute, withDatabase } from './server.ts'

export interface TestDatabase extends Database {
  /** Closes the connections and removes the database. */
  drop(): Promise<void>
}

/**
 * Clones a migrated, otherwise empty database for one test or one file of tests. Needs
 * `globalSetup: '@opentrade/db/testing/global-setup'` in the project's vitest.config.ts.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url, template } = inject('opentradeTestServer')
  const name = `opentrade_test_${randomUUID().replaceAll('-', '')}`
  await execute(url, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`)
  const database = openDatabase({ url: withDatabase(url, name), applicationName: name })
  return {
    ...database,
    async drop() {
      await database.close()
      await execute(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}
