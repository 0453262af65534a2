import { createClient } from '../connections.ts'

/** What a database holds, for a comparison with another: every table's rows, and what hangs on the tables. */
export interface DatabaseDump {
  /** By table: the number of rows, and a hash of them in an order of their own. */
  rows: Record<string, string>
  /** Foreign keys, triggers, policies, indexes, sequences, rights: one line each. */
  shape: string[]
}

/** @param url of a superuser */
export async function dumpDatabase(url: string): Promise<DatabaseDump> {
  const client = createClient({ connectionString: url })
  await client.connect()
  try {
    await client.query(`SET timezone = 'UTC'`)
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p') ORDER BY 1`,
    )
    const rows: DatabaseDump['rows'] = {}
    for (const { name } of tables) {
      const { rows: found } = await client.query<{ digest: string }>(
        `SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, chr(10) ORDER BY t::text COLLATE "C")), '') AS digest
         FROM ${name} t`,
      )
      rows[name] = found[0]?.digest ?? ''
    }
    const { rows: shape } = await client.query<{ line: string }>(shapeQuery)
    return { rows, shape: shape.map(({ line }) => line) }
  } finally {
    await client.end()
  }
}

const shapeQuery = `
  WITH ours AS (
    SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
  ), lines AS (
    SELECT format('constraint %s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated) AS line
    FROM pg_constraint WHERE connamespace IN (SELECT oid FROM ours)
    UNION ALL
    SELECT format('trigger %s %s %s', tgrelid::regclass, pg_get_triggerdef(t.oid), tgenabled)
    FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal AND c.relnamespace IN (SELECT oid FROM ours)
    UNION ALL
    SELECT format('policy %s %s %s %s %s %s', schemaname, tablename, policyname, roles, qual, with_check) FROM pg_policies
    UNION ALL
    SELECT format('index %s', indexdef) FROM pg_indexes WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
    UNION ALL
    SELECT format('sequence %s %s', oid::regclass, pg_sequence_last_value(oid)) FROM pg_class
    WHERE relkind = 'S' AND relnamespace IN (SELECT oid FROM ours)
    UNION ALL
    SELECT format('table %s %s %s %s %s', oid::regclass, pg_get_userbyid(relowner), relrowsecurity, relforcerowsecurity,
      ARRAY(SELECT unnest(relacl)::text ORDER BY 1))
    FROM pg_class WHERE relkind IN ('r', 'p', 'v') AND relnamespace IN (SELECT oid FROM ours)
  )
  SELECT line FROM lines ORDER BY line COLLATE "C"`
