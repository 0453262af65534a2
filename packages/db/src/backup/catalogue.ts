import type pg from 'pg'
import type { ArchivedTable, Manifest } from './manifest.ts'

/** The schemas whose tables are the product's: its own, the paper exchange's, the job queue's. */
export const ourSchemas = ['public', 'paper', 'graphile_worker']

/** Every table of these schemas that is no partition and belongs to no extension. */
const ourTables = `
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`

/** Lists what an archive must hold: every table of our schemas, with the columns that are stored. */
export async function readTables(client: pg.Client): Promise<ArchivedTable[]> {
  const { rows } = await client.query<ArchivedTable>(
    `SELECT n.nspname AS schema, c.relname AS name,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
             ORDER BY a.attnum) AS columns,
       ARRAY(SELECT p.relname::text FROM pg_partition_tree(c.oid) t JOIN pg_class p ON p.oid = t.relid
             WHERE t.level > 0 ORDER BY 1) AS partitions
     ${ourTables} ORDER BY 1, 2`,
    [ourSchemas],
  )
  return rows
}

/** Lists the values of all sequences. They belong to no snapshot: what is read is the newest. */
export async function readSequences(client: pg.Client): Promise<Manifest['sequences']> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = ANY ($1) AND c.relkind = 'S' ORDER BY 1, 2`,
    [ourSchemas],
  )
  const sequences: Manifest['sequences'] = []
  for (const sequence of rows) {
    const { rows: values } = await client.query<{ lastValue: string; isCalled: boolean }>(
      `SELECT last_value AS "lastValue", is_called AS "isCalled" FROM ${quoted(client, sequence)}`,
    )
    for (const value of values) sequences.push({ ...sequence, ...value })
  }
  return sequences
}

/** A table that the role of the connection does not see all rows of. */
export interface HiddenTable {
  name: string
  role: string
}

/**
 * Names a table that the role may not read, or whose row-level policies would silently hide rows from it.
 * `app.across_users` must be on: with it, the owner's policy lets every row through.
 */
export async function findHiddenTable(client: pg.Client): Promise<HiddenTable | null> {
  const { rows } = await client.query<HiddenTable>(
    `SELECT n.nspname || '.' || c.relname AS name, current_user AS role
     ${ourTables} AND NOT (
       has_table_privilege(c.oid, 'SELECT') AND (
         NOT row_security_active(c.oid)
         OR current_setting('app.across_users', true) = 'on'
           AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive)
           AND EXISTS (
             SELECT FROM pg_policy p, unnest(p.polroles) AS role (oid)
             WHERE p.polrelid = c.oid AND p.polname = 'owner_across_users'
               AND pg_has_role(current_user, role.oid, 'USAGE'))))
     ORDER BY 1 LIMIT 1`,
    [ourSchemas],
  )
  return rows[0] ?? null
}

/** What says which version of the code the database belongs to, and what opens it. */
export async function readOrigin(
  client: pg.Client,
): Promise<
  Pick<
    Manifest,
    'postgresVersion' | 'takenAt' | 'deploymentId' | 'migrations' | 'queueMigration' | 'rootKeys'
  >
> {
  const [facts] = await readIf<{ postgresVersion: string; takenAt: Date }>(
    client,
    null,
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS "postgresVersion", now() AS "takenAt"`,
  )
  const migrations = await readIf<{ name: string }>(
    client,
    'public._prisma_migrations',
    `SELECT migration_name AS name FROM public._prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1`,
  )
  const [deployment] = await readIf<{ id: string }>(
    client,
    'public.deployment',
    'SELECT deployment_id AS id FROM public.deployment',
  )
  const [queue] = await readIf<{ id: number | null }>(
    client,
    'graphile_worker.migrations',
    'SELECT max(id) AS id FROM graphile_worker.migrations',
  )
  if (facts === undefined) throw new Error('PostgreSQL did not tell its version.')
  return {
    postgresVersion: facts.postgresVersion,
    takenAt: facts.takenAt.toISOString(),
    deploymentId: deployment?.id ?? null,
    migrations: migrations.map(({ name }) => name),
    queueMigration: queue?.id ?? null,
    rootKeys: await readRootKeys(client),
  }
}

async function readRootKeys(client: pg.Client): Promise<Manifest['rootKeys']> {
  const found = new Map<string, Manifest['rootKeys'][number]>()
  for (const table of ['public.data_keys', 'public.signing_keys', 'public.deployment_secrets']) {
    const keys = await readIf<Manifest['rootKeys'][number]>(
      client,
      table,
      `SELECT DISTINCT provider, root_key_id AS "rootKeyId" FROM ${table} ORDER BY 1, 2`,
    )
    for (const key of keys) found.set(`${key.provider} ${key.rootKeyId}`, key)
  }
  return [...found.values()]
}

/** The rows of a query, or none where there is no such table. */
async function readIf<Row extends pg.QueryResultRow>(
  client: pg.Client,
  table: string | null,
  text: string,
): Promise<Row[]> {
  if (table !== null) {
    const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS found', [table])
    if (!rows[0]?.found) return []
  }
  return (await client.query<Row>(text)).rows
}

/** The name of a table or sequence in SQL. */
export function quoted(client: pg.Client, o: { schema: string; name: string }): string {
  return `${client.escapeIdentifier(o.schema)}.${client.escapeIdentifier(o.name)}`
}

/** The name of a table with its columns, as COPY takes it. */
export function quotedWithColumns(client: pg.Client, table: ArchivedTable): string {
  return `${quoted(client, table)} (${table.columns.map((name) => client.escapeIdentifier(name)).join(', ')})`
}
