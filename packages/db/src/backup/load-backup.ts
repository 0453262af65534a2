import type pg from 'pg'
import type { Progress } from './back-up-database.ts'
import { ourSchemas, quoted, readTables } from './catalogue.ts'
import { prepareTransaction } from './connect.ts'
import { copyIn } from './copy-rows.ts'
import { BackupError } from './error.ts'
import type { Manifest, TableSummary } from './manifest.ts'
import { readBackup } from './read-backup.ts'

/** What a restore has put in. */
export interface LoadReport {
  tables: TableSummary[]
  /** Tables of the archive that OpenTrade does not know and so did not make, such as the operator's own. */
  skipped: string[]
}

/**
 * Replaces everything in a migrated database with what the archive holds, in one transaction: all of it, or
 * nothing. Nobody else may use the database meanwhile.
 *
 * @param o.client of the owner of the tables
 * @throws BackupError of the archive, or `NOT_RESTORED`
 */
export async function loadBackup(o: {
  client: pg.Client
  path: string
  onProgress?: ((progress: Progress) => void) | undefined
}): Promise<LoadReport> {
  const { client } = o
  await client.query('BEGIN')
  try {
    await prepareTransaction(client)
    const known = new Set((await readTables(client)).map((table) => quoted(client, table)))
    const skipped = new Set<string>()
    let putBack: string[] = []
    let rows = 0
    const { manifest, tables } = await readBackup({
      path: o.path,
      async onManifest(archived) {
        await ensurePartitions(client, archived)
        putBack = await clear(client)
      },
      async onRows({ table, part }) {
        const name = `${table.schema}.${table.name}`
        if (known.has(quoted(client, table))) rows += await copyIn({ client, table, part })
        else skipped.add(name)
        o.onProgress?.({ table: name, rows })
      },
    })
    const restored = tables.filter((table) => known.has(quoted(client, table)))
    await assertCounts(client, restored)
    await setSequences(client, manifest)
    for (const statement of putBack) await client.query(statement)
    await client.query('COMMIT')
    return { tables: restored, skipped: [...skipped] }
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error instanceof BackupError ? error : notRestored(error)
  }
}

/** Makes the months that the snapshots were kept in. Where one is missing, the default partition takes them. */
async function ensurePartitions(client: pg.Client, { tables }: Manifest): Promise<void> {
  const months = tables.flatMap(({ partitions }) =>
    partitions.flatMap(
      (name) => /^wallet_snapshots_(\d{4})_(\d{2})$/.exec(name)?.slice(1, 3).join('-') ?? [],
    ),
  )
  for (const month of months) {
    await client.query('SELECT public.ensure_snapshot_partition($1)', [`${month}-01T00:00:00Z`])
  }
}

/**
 * Empties every table and takes away what would refuse or slow the rows: triggers of ours, foreign keys, and
 * the row-level security of the owner, under which PostgreSQL has no COPY.
 * @returns the statements that put it back; foreign keys are checked then
 */
async function clear(client: pg.Client): Promise<string[]> {
  const names = (await readTables(client)).map((table) => quoted(client, table))
  const forced = await readStatements(
    client,
    `SELECT oid::regclass::text AS table FROM pg_class
     WHERE relforcerowsecurity AND relnamespace::regnamespace::text = ANY ($1)`,
  )
  const keys = await readStatements(
    client,
    `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint
     WHERE contype = 'f' AND conparentid = 0 AND connamespace::regnamespace::text = ANY ($1)
     ORDER BY 1, 2`,
  )
  const triggers = await readStatements(
    client,
    `SELECT DISTINCT tgrelid::regclass::text AS table FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE NOT tgisinternal AND tgenabled = 'O' AND tgparentid = 0
       AND c.relnamespace::regnamespace::text = ANY ($1)`,
  )
  for (const { table } of triggers) await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`)
  for (const { table, name } of keys) await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`)
  for (const { table } of forced) await client.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`)
  await client.query(`TRUNCATE ${names.join(', ')}`)
  return [
    ...keys.map(({ table, name, definition }) => `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`),
    ...triggers.map(({ table }) => `ALTER TABLE ${table} ENABLE TRIGGER USER`),
    ...forced.map(({ table }) => `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`),
  ]
}

interface TableStatement {
  table: string
  name: string
  definition: string
}

async function readStatements(client: pg.Client, text: string): Promise<TableStatement[]> {
  return (await client.query<TableStatement>(text, [ourSchemas])).rows
}

async function assertCounts(client: pg.Client, tables: TableSummary[]): Promise<void> {
  for (const table of tables) {
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${quoted(client, table)}`)
    const count = Number(rows[0]?.count)
    if (count === table.rows) continue
    throw new BackupError(
      'NOT_RESTORED',
      `${table.schema}.${table.name} has ${count} rows after the restore, and the backup has ${table.rows}. Nothing was changed.`,
    )
  }
}

async function setSequences(client: pg.Client, { sequences }: Manifest): Promise<void> {
  for (const sequence of sequences) {
    await client.query('SELECT setval(to_regclass($1), $2, $3)', [
      quoted(client, sequence),
      sequence.lastValue,
      sequence.isCalled,
    ])
  }
}

function notRestored(error: unknown): BackupError {
  const reason = error instanceof Error ? error.message : String(error)
  return new BackupError(
    'NOT_RESTORED',
    `The database refused the data of the backup, and nothing of it was kept: ${reason}`,
    { cause: error },
  )
}
