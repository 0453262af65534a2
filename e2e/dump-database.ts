import pg from 'pg'

/** Every row of every table of a database as one text each, table by table in a fixed order. */
export async function dumpDatabase(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
         AND n.nspname NOT LIKE 'pg_toast%'
       ORDER BY 1`,
    )
    const dump: string[] = []
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(
        `SELECT row_to_json(t)::text AS row FROM ${name} t ORDER BY 1`,
      )
      dump.push(...rows.map(({ row }) => `${name} ${row}`))
    }
    return dump
  } finally {
    await client.end()
  }
}
