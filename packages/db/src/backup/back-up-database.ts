import type pg from 'pg'
import product from '../../package.json' with { type: 'json' }
import { writeArchive } from './archive.ts'
import { createArchiveFile } from './archive-file.ts'
import {
  findHiddenTable,
  type HiddenTable,
  quoted,
  readOrigin,
  readSequences,
  readTables,
} from './catalogue.ts'
import { prepareTransaction, withClient } from './connect.ts'
import { copyOut, createTally } from './copy-rows.ts'
import { BackupError } from './error.ts'
import {
  type ArchivedTable,
  archiveFormat,
  folderOf,
  type Manifest,
  manifestName,
  summaryName,
  type TableSummary,
} from './manifest.ts'
import type { Entry } from './tar.ts'

/** How far a backup or a restore is. */
export interface Progress {
  /** Such as `public.balances`. */
  table: string
  /** Of all tables so far. */
  rows: number
}

/** What was written. */
export interface BackupReport {
  path: string
  /** In bytes. */
  size: number
  manifest: Manifest
  tables: TableSummary[]
}

export interface BackUpDatabaseOptions {
  /** Of a role that sees all rows: the owner of the tables, or a superuser. */
  url: string
  path: string
  onProgress?: (progress: Progress) => void
}

const maxAttempts = 10

/**
 * Writes every table of the database, as it is at one moment, to a file that must not exist yet. The product
 * may go on running: nothing waits for a backup but a change of the tables themselves.
 *
 * @throws BackupError `NO_DATABASE`, `ROWS_HIDDEN`, or of the file; errors of the connection
 */
export async function backUpDatabase(o: BackUpDatabaseOptions): Promise<BackupReport> {
  return await withClient(o.url, async (client) => {
    const tables = await openSnapshot(client)
    const manifest = await readManifest(client, tables)
    const summaries: TableSummary[] = []
    const entries = readEntries({ client, manifest, summaries, onProgress: o.onProgress })
    const { path } = o
    const size = await createArchiveFile({ path, write: (file) => writeArchive(file, entries) })
    return { path, size, manifest, tables: summaries }
  })
}

/**
 * Begins the transaction that everything is read in. The tables are locked against changes of their shape
 * before the snapshot is taken: what such a change rewrites looks empty to an older snapshot.
 */
async function openSnapshot(client: pg.Client): Promise<ArchivedTable[]> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const seen = await readTables(client)
    if (!seen.some(({ schema, name }) => schema === 'public' && name === '_prisma_migrations')) {
      throw new BackupError('NO_DATABASE', 'The database holds no OpenTrade: there is nothing to back up.')
    }
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await prepareTransaction(client)
    try {
      await client.query(
        `LOCK TABLE ${seen.map((table) => quoted(client, table)).join(', ')} IN ACCESS SHARE MODE`,
      )
    } catch (error) {
      await client.query('ROLLBACK')
      if (hasCode(error, '42P01')) continue
      const hidden = hasCode(error, '42501') ? await findHiddenTable(client) : null
      throw hidden === null ? error : rowsHidden(hidden)
    }
    const hidden = await findHiddenTable(client)
    if (hidden !== null) throw rowsHidden(hidden)
    const tables = await readTables(client)
    if (JSON.stringify(tables) === JSON.stringify(seen)) return tables
    await client.query('ROLLBACK')
  }
  throw new Error('The tables of the database keep changing. Try again when no migration is running.')
}

function rowsHidden({ role, name }: HiddenTable): BackupError {
  return new BackupError(
    'ROWS_HIDDEN',
    `The role ${role} does not see every row of ${name}, so its backup would not be complete. Name the role that owns the tables in DATABASE_OWNER_URL.`,
  )
}

async function readManifest(client: pg.Client, tables: ArchivedTable[]): Promise<Manifest> {
  return {
    format: archiveFormat,
    opentradeVersion: product.version,
    ...(await readOrigin(client)),
    tables,
    sequences: await readSequences(client),
  }
}

async function* readEntries(o: {
  client: pg.Client
  manifest: Manifest
  summaries: TableSummary[]
  onProgress?: ((progress: Progress) => void) | undefined
}): AsyncGenerator<Entry> {
  const { client, manifest, summaries } = o
  yield jsonEntry(manifestName, manifest)
  let rows = 0
  for (const table of manifest.tables) {
    const tally = createTally()
    let parts = 0
    for await (const data of copyOut(client, table)) {
      rows += tally.add(data)
      parts += 1
      o.onProgress?.({ table: `${table.schema}.${table.name}`, rows })
      yield { name: `${folderOf(table)}/${String(parts).padStart(8, '0')}.copy`, data }
    }
    summaries.push({ schema: table.schema, name: table.name, ...tally.result() })
  }
  await client.query('COMMIT')
  yield jsonEntry(summaryName, { tables: summaries })
}

function jsonEntry(name: string, value: unknown): Entry {
  return { name, data: Buffer.from(`${JSON.stringify(value, null, 2)}\n`) }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
