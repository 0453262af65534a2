import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { applyAccess } from './access.ts'
import { createClient } from './connections.ts'
import { lookAcrossUsers } from './roles.ts'
import { withSchemaEngine } from './schema-engine.ts'

/**
 * Why a database cannot be used by this version of the code:
 * - `NEWER_DATABASE`: a newer version has migrated it,
 * - `FAILED_MIGRATION`: a migration failed, now or earlier,
 * - `UNFINISHED_RESTORE`: the restore of a backup into it did not finish,
 * - `NOT_OWNER`: there is something to migrate, and the role of the connection may not,
 * - `UNSUPPORTED_VERSION`: PostgreSQL is older than 15,
 * - `UNSUPPORTED_ENCODING`: the database is not in UTF-8.
 */
export type MigrationErrorCode =
  | 'NEWER_DATABASE'
  | 'FAILED_MIGRATION'
  | 'UNFINISHED_RESTORE'
  | 'NOT_OWNER'
  | 'UNSUPPORTED_VERSION'
  | 'UNSUPPORTED_ENCODING'

/** Its message is a sentence for the operator that says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
  readonly code: MigrationErrorCode

  constructor(code: MigrationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

interface Migration {
  name: string
  sql: string
}

interface AppliedMigration {
  migration_name: string
  finished: boolean
  logs: string | null
}

/** 'OpenTrad' in ASCII: the advisory lock that lets one process migrate at a time. */
const migrationLock = '5724422889041878372'

/**
 * Sent with each migration's script, in its transaction: whatever happens to this process, a migration is
 * marked as finished if and only if it was applied. (The engine marks it again, a moment later.)
 */
const markFinished =
  'UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL;'

/** The folders of prisma/migrations. */
export const migrationsFolder = fileURLToPath(new URL('../prisma/migrations', import.meta.url))

/** A schema that a database has while a backup is restored into it, from before the first table on. */
export const unfinishedRestore = 'unfinished_restore'

/**
 * Brings the database to the state that this code knows, by the folders of prisma/migrations in the order
 * of their names, makes the partitions that the next months need, and gives each role what it may do.
 * Several processes may call it at once: one works, the others wait and find nothing to do. A role that owns
 * nothing, such as the server's, may call it, too: it finds that there is nothing to do, or an error.
 *
 * @param options.isRestore true for a restore, which has marked the database as unfinished itself
 * @returns the names of the migrations that this call applied.
 * @throws MigrationError when the database cannot be used; nothing has been changed then, but for a failed
 * migration's record.
 */
export async function migrate(options: {
  url: string
  folder?: string
  isRestore?: boolean
}): Promise<{ applied: string[] }> {
  const { url, folder = migrationsFolder, isRestore = false } = options
  const client = createClient({ connectionString: url, application_name: 'opentrade migrate' })
  await client.connect()
  try {
    await lookAcrossUsers(client)
    await assertSupported(client)
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
    if (!isRestore) await assertRestored(client)
    const migrations = await readMigrations(folder)
    const isOwner = await mayMigrate(client)
    const missing = await findMissing({ client, migrations, isOwner })
    if (!isOwner) {
      if (missing.length > 0) throw notOwner(missing)
      return { applied: [] }
    }
    const applied = missing.length === 0 ? [] : await apply({ client, url, folder, migrations })
    await client.query(
      `SELECT ensure_snapshot_partition(now() + month * interval '1 month') FROM generate_series(0, 2) AS month`,
    )
    await applyAccess(client)
    return { applied }
  } finally {
    // Ends the session, and with it the lock.
    await client.end()
  }
}

/**
 * Gives each role what it may do, as `migrate` does at its end: to be called when the job queue has made its
 * own tables. A role that owns nothing changes nothing.
 */
export async function grantAccess(options: { url: string }): Promise<void> {
  const client = createClient({ connectionString: options.url, application_name: 'opentrade migrate' })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
    if (await mayMigrate(client)) await applyAccess(client)
  } finally {
    await client.end()
  }
}

/** Whether the role of the connection may make tables, and owns those that there are. */
async function mayMigrate(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    `SELECT has_schema_privilege('public', 'CREATE') AND NOT EXISTS (
       SELECT FROM pg_class WHERE oid = to_regclass('_prisma_migrations')
         AND NOT pg_has_role(current_user, relowner, 'USAGE')
     ) AS may`,
  )
  return rows[0]?.may ?? false
}

function notOwner(missing: string[]): MigrationError {
  return new MigrationError(
    'NOT_OWNER',
    `The database needs migrations (${missing.join(', ')}), and the role in DATABASE_URL may not change its tables. Name the role that owns them in DATABASE_OWNER_URL.`,
  )
}

async function assertSupported(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: string; version: string; encoding: string }>(
    `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS version,
       current_setting('server_encoding') AS encoding`,
  )
  const [server] = rows
  if (server === undefined) throw new Error('PostgreSQL did not tell its version.')
  if (Number(server.number) < 150_000) {
    throw new MigrationError(
      'UNSUPPORTED_VERSION',
      `The database runs PostgreSQL ${server.version}, and OpenTrade needs 15 or later. Upgrade the server, or leave DATABASE_URL empty to use the embedded one.`,
    )
  }
  if (server.encoding !== 'UTF8') {
    throw new MigrationError(
      'UNSUPPORTED_ENCODING',
      `The database is encoded in ${server.encoding}, and OpenTrade needs UTF8. Make a new one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name it in DATABASE_URL.`,
    )
  }
}

async function assertRestored(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ isUnfinished: boolean }>(
    'SELECT to_regnamespace($1) IS NOT NULL AS "isUnfinished"',
    [unfinishedRestore],
  )
  if (!rows[0]?.isUnfinished) return
  throw new MigrationError(
    'UNFINISHED_RESTORE',
    'The restore of a backup into this database did not finish. Run `opentrade admin restore` again.',
  )
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return await Promise.all(
    names
      .sort()
      .map(async (name) => ({ name, sql: await readFile(join(folder, name, 'migration.sql'), 'utf8') })),
  )
}

/** Returns the names that are still to be applied, after making sure that the history is one we know. */
async function findMissing(o: {
  client: pg.Client
  migrations: Migration[]
  isOwner: boolean
}): Promise<string[]> {
  const { client, migrations } = o
  // Begun, neither finished nor failed: its process was killed, and nothing of it was applied.
  if (o.isOwner && (await hasHistory(client))) {
    await client.query(
      'DELETE FROM _prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL AND logs IS NULL',
    )
  }
  const applied = await readApplied(client)
  const failed = applied.find((migration) => !migration.finished)
  if (failed !== undefined) throw failedMigration(failed.migration_name, failed.logs ?? 'no reason recorded')

  const known = new Set(migrations.map((migration) => migration.name))
  const unknown = applied.filter((migration) => !known.has(migration.migration_name))
  if (unknown.length > 0) {
    const names = unknown.map((migration) => migration.migration_name).join(', ')
    throw new MigrationError(
      'NEWER_DATABASE',
      `The database was migrated by a newer version of OpenTrade (it holds ${names}). Start that version or a later one, or restore a backup from before the upgrade.`,
    )
  }
  const done = new Set(applied.map((migration) => migration.migration_name))
  return migrations.map((migration) => migration.name).filter((name) => !done.has(name))
}

async function hasHistory(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found`,
  )
  return rows[0]?.found ?? false
}

async function readApplied(client: pg.Client): Promise<AppliedMigration[]> {
  if (!(await hasHistory(client))) return []
  const { rows } = await client.query<AppliedMigration>(
    `SELECT migration_name, finished_at IS NOT NULL AS finished, logs
       FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
  )
  return rows
}

async function apply(o: {
  client: pg.Client
  url: string
  folder: string
  migrations: Migration[]
}): Promise<string[]> {
  const lockfile = await readFile(join(o.folder, 'migration_lock.toml'), 'utf8')
  const migrationsList = {
    baseDir: o.folder,
    lockfile: { path: 'migration_lock.toml', content: lockfile },
    shadowDbInitScript: '',
    migrationDirectories: o.migrations.map((migration) => ({
      path: migration.name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: migration.sql } },
    })),
  }
  try {
    const filters = { externalTables: [], externalEnums: [] }
    const scripts = new Set(o.migrations.map((migration) => migration.sql))
    const { appliedMigrationNames } = await withSchemaEngine({
      url: o.url,
      amendScript: (script) => (scripts.has(script) ? `${script}\n;${markFinished}` : script),
      use: (engine) => engine.applyMigrations({ migrationsList, filters }),
    })
    return appliedMigrationNames
  } catch (error) {
    // The engine has noted which one failed, and what PostgreSQL said.
    const failed = (await readApplied(o.client)).find((migration) => !migration.finished)
    if (failed === undefined) throw error
    throw failedMigration(failed.migration_name, failed.logs ?? String(error), error)
  }
}

function failedMigration(name: string, logs: string, cause?: unknown): MigrationError {
  // The engine's log is a trace; what PostgreSQL said stands in one line of it.
  const reason = /ERROR: .*/.exec(logs)?.[0] ?? logs
  return new MigrationError(
    'FAILED_MIGRATION',
    `The migration ${name} failed and was undone: ${reason.trim()}\nRemove the cause, then let it run again with: DELETE FROM _prisma_migrations WHERE migration_name = '${name}' AND finished_at IS NULL;`,
    { cause },
  )
}
