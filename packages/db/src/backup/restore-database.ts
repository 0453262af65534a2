import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { openPool } from '../connections.ts'
import { grantAccess, migrate, migrationsFolder, unfinishedRestore } from '../migrate.ts'
import type { Progress } from './back-up-database.ts'
import { ourSchemas } from './catalogue.ts'
import { withClient } from './connect.ts'
import { BackupError } from './error.ts'
import { type LoadReport, loadBackup } from './load-backup.ts'
import type { Manifest } from './manifest.ts'
import { type BackupContents, verifyBackup } from './read-backup.ts'

/** What was restored, and from what. */
export interface RestoreReport extends LoadReport {
  manifest: Manifest
}

/**
 * Fills an empty database with what the archive holds. The archive is read as a whole first. A restore that
 * was interrupted leaves a database that refuses to start, and may be run again.
 *
 * @param o.ownerUrl of the role that is to own the tables
 * @throws BackupError; MigrationError; errors of the connection
 */
export async function restoreDatabase(o: {
  ownerUrl: string
  path: string
  onProgress?: (progress: Progress) => void
}): Promise<RestoreReport> {
  const contents = await readRestorable(o.path)
  return await fillDatabase({ ...o, contents })
}

/**
 * Reads the whole archive.
 * @throws BackupError when it is damaged, or when a newer version made it
 */
export async function readRestorable(path: string): Promise<BackupContents> {
  const contents = await verifyBackup(path)
  const { manifest } = contents
  const known = new Set(await readdir(migrationsFolder))
  const unknown = manifest.migrations.filter((name) => !known.has(name))
  if (unknown.length > 0) throw newerArchive(manifest, unknown.join(', '))
  return contents
}

/** The same as `restoreDatabase` with an archive that has been read. */
export async function fillDatabase(o: {
  ownerUrl: string
  path: string
  contents: BackupContents
  onProgress?: (progress: Progress) => void
}): Promise<RestoreReport> {
  const { ownerUrl: url } = o
  const { manifest } = o.contents
  await withClient(url, async (client) => {
    await assertEmpty(client)
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${unfinishedRestore}`)
  })
  await migrateTo({ url, manifest })
  if (manifest.queueMigration !== null) await migrateQueue({ url, manifest })
  const report = await withClient(url, async (client) => {
    const loaded = await loadBackup({ client, path: o.path, onProgress: o.onProgress })
    await client.query('ANALYZE')
    return loaded
  })
  await grantAccess({ url })
  await withClient(url, (client) => client.query(`DROP SCHEMA ${unfinishedRestore}`))
  return { ...report, manifest }
}

/** Refuses a database in which there is anything but what an interrupted restore left. */
async function assertEmpty(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ database: string; count: number; interrupted: boolean }>(
    `SELECT current_database() AS database, count(*)::int AS count,
       to_regnamespace($2) IS NOT NULL AS interrupted
     FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text = ANY ($1)
       AND NOT EXISTS (
         SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`,
    [ourSchemas, unfinishedRestore],
  )
  const [found] = rows
  if (found === undefined || found.count === 0 || found.interrupted) return
  throw new BackupError(
    'NOT_EMPTY',
    `The database ${found.database} is not empty: it holds ${found.count} tables. Restore into a new one (CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0), and name that.`,
  )
}

/** Applies the migrations that the archive's database had, and no newer one. */
async function migrateTo(o: { url: string; manifest: Manifest }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'opentrade-restore-'))
  try {
    for (const name of ['migration_lock.toml', ...o.manifest.migrations]) {
      await cp(join(migrationsFolder, name), join(folder, name), { recursive: true })
    }
    await migrate({ url: o.url, folder, isRestore: true })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Makes the job queue's tables. Its own migrations know no earlier state than the newest. */
async function migrateQueue(o: { url: string; manifest: Manifest }): Promise<void> {
  // Of these commands alone, and not of the server's start.
  const { Logger, runMigrations } = await import('graphile-worker')
  const pgPool = openPool({ connectionString: o.url, max: 2, application_name: 'opentrade restore' })
  try {
    await runMigrations({ pgPool, logger: new Logger(() => () => undefined) })
    const { rows } = await pgPool.query<{ newest: number }>(
      'SELECT max(id)::int AS newest FROM graphile_worker.migrations',
    )
    const newest = rows[0]?.newest ?? 0
    if ((o.manifest.queueMigration ?? 0) > newest)
      throw newerArchive(o.manifest, 'those of a newer job queue')
  } finally {
    await pgPool.end()
  }
}

function newerArchive(manifest: Manifest, missing: string): BackupError {
  return new BackupError(
    'NEWER_ARCHIVE',
    `The backup was made by a newer version of OpenTrade (${manifest.opentradeVersion}): this one does not know its migrations (${missing}). Restore it with that version, or a later one.`,
  )
}
