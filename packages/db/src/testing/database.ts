import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { inject } from 'vitest'
import { type Database, openDatabase, type Queryable } from '../database.ts'
import type { RoleName, RoleUrls } from '../roles.ts'
import { execute, withDatabase } from './execute.ts'
import type {} from './global-setup.ts'

export interface TestDatabase extends Database {
  /** As the superuser, whom no policy holds: for what a test puts in or looks up behind the product's back. */
  superuser: Database
  /** Runs each statement as the server does for this user, in a transaction of its own. */
  forUser(userId: string): Queryable
  /** The database as each of the product's roles. */
  roleUrls: RoleUrls
  /** Closes the connections and removes the database. */
  drop(): Promise<void>
}

/**
 * Clones a migrated, otherwise empty database for one test or one file of tests. It is opened as the server's
 * role (or the one that is named), so that a query which forgets its user finds nothing here either. Needs
 * `globalSetup: '@opentrade/db/testing/global-setup'` in the project's vitest.config.ts.
 */
export async function createTestDatabase(o: { role?: RoleName } = {}): Promise<TestDatabase> {
  const { url, template, roleUrls: serverUrls } = inject('opentradeTestServer')
  const name = `opentrade_test_${randomUUID().replaceAll('-', '')}`
  await execute(
    url,
    `CREATE DATABASE ${name} TEMPLATE ${template} OWNER opentrade_owner STRATEGY FILE_COPY`,
    // A clone does not take over the rights on the database itself.
    `REVOKE TEMPORARY ON DATABASE ${name} FROM PUBLIC`,
  )
  const roleUrls: RoleUrls = {
    owner: withDatabase(serverUrls.owner, name),
    app: withDatabase(serverUrls.app, name),
    scheduler: withDatabase(serverUrls.scheduler, name),
    paper: withDatabase(serverUrls.paper, name),
  }
  const database = openDatabase({
    url: roleUrls[o.role ?? 'app'],
    schedulerUrl: roleUrls.scheduler,
    applicationName: name,
  })
  const superuser = openDatabase({ url: withDatabase(url, name), poolSize: 3, applicationName: name })
  return {
    ...database,
    superuser,
    forUser: (userId) => forUser(database, userId),
    roleUrls,
    async drop() {
      await Promise.all([database.close(), superuser.close()])
      await execute(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}

function forUser(database: Database, userId: string): Queryable {
  const query = (statement: pg.QueryConfig, values?: unknown[]) =>
    database.withUserSql(userId, (client) => client.query(statement, values))
  // Of a pool, the functions under test use `query` alone.
  return { query } as unknown as pg.Pool
}
