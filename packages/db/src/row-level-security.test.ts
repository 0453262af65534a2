import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { installationTables, listUserTables } from './access.ts'
import { grantAccess } from './migrate.ts'
import { ensureSnapshotPartitions } from './sql/ensure-snapshot-partitions.ts'
import { withDatabase } from './testing/execute.ts'
import { seedEveryTable } from './testing/seed-every-table.ts'
import { createTestDatabase, type TestDatabase } from './testing.ts'

let db: TestDatabase
let mine: string
let theirs: string

/** Read before the tests are named: one for each table that the migrated database has. */
const tables = await readUserTables()

async function readUserTables(): Promise<string[]> {
  const { url, template } = inject('opentradeTestServer')
  const client = new pg.Client({ connectionString: withDatabase(url, template) })
  await client.connect()
  try {
    return await listUserTables(client)
  } finally {
    await client.end()
  }
}

beforeAll(async () => {
  db = await createTestDatabase()
  mine = await seedEveryTable(db)
  theirs = await seedEveryTable(db)
})
afterAll(() => db.drop())

/** Runs as the server for a user, and undoes it. Null: a transaction that names none. */
async function undone<Result>(
  userId: string | null,
  run: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await db.pool.connect()
  try {
    await client.query('BEGIN')
    if (userId !== null) await client.query(`SELECT set_config('app.user_id', $1, true)`, [userId])
    return await run(client)
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
}

/** How many rows a statement touched; 'refused' when the server may not run it, or a policy forbids what it writes. */
async function touched(
  client: pg.PoolClient,
  text: string,
  values: unknown[] = [],
): Promise<number | 'refused'> {
  try {
    return (await client.query(text, values)).rowCount ?? 0
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '42501') return 'refused'
    throw error
  }
}

async function rowsOf(table: string, userId: string): Promise<{ row: string }[]> {
  const { rows } = await db.superuser.pool.query<{ row: string }>(
    `SELECT row_to_json(t)::text AS row FROM ${table} t WHERE user_id = $1 ORDER BY 1`,
    [userId],
  )
  return rows
}

test('there are tables of users, and both users have rows in every one of them', async () => {
  expect(tables).toEqual(expect.arrayContaining(['users', 'sessions', 'wallets', 'audit_log']))
  // A new table wants a statement in testing/seed-every-table.ts.
  for (const table of tables) {
    expect([table, (await rowsOf(table, mine)).length > 0]).toEqual([table, true])
    expect([table, (await rowsOf(table, theirs)).length > 0]).toEqual([table, true])
  }
})

describe.each(tables)('%s', (table) => {
  const insert = `INSERT INTO ${table} SELECT * FROM json_populate_record(NULL::${table}, $1)`

  test('is empty without a user, takes no row, and gives none to write', async () => {
    const [{ row } = { row: '' }] = await rowsOf(table, theirs)
    for (const nobody of [null, '']) {
      const run = (text: string, values?: unknown[]) =>
        undone(nobody, (client) => touched(client, text, values))
      expect(await run(`SELECT FROM ${table}`)).toBe(0)
      expect(await run(insert, [row])).toBe('refused')
      expect([0, 'refused']).toContain(await run(`UPDATE ${table} SET user_id = user_id`))
      expect([0, 'refused']).toContain(await run(`DELETE FROM ${table}`))
      expect([0, 'refused']).toContain(await run(`SELECT FROM ${table} FOR UPDATE`))
    }
  })

  test("gives a user their own rows, and nobody else's", async () => {
    const visible = await undone(mine, (client) =>
      client.query(`SELECT row_to_json(t)::text AS row FROM ${table} t ORDER BY 1`),
    )
    expect(visible.rows).toEqual(await rowsOf(table, mine))
  })

  test("lets a user write no row of another's", async () => {
    const before = await rowsOf(table, theirs)
    const [{ row } = { row: '' }] = before
    const run = (text: string, values?: unknown[]) => undone(mine, (client) => touched(client, text, values))
    expect(await run(insert, [row])).toBe('refused')
    const upsert = `${insert} ON CONFLICT (${await primaryKey(table)}) DO UPDATE SET user_id = excluded.user_id`
    expect(await run(upsert, [row])).toBe('refused')
    expect([0, 'refused']).toContain(
      await run(`UPDATE ${table} SET user_id = $1 WHERE user_id = $2`, [mine, theirs]),
    )
    expect(await run(`UPDATE ${table} SET user_id = $1 WHERE user_id = $2`, [theirs, mine])).toBe('refused')
    expect([0, 'refused']).toContain(await run(`DELETE FROM ${table} WHERE user_id = $1`, [theirs]))
  })

  test("keeps another's rows when a statement forgets its user", async () => {
    const own = (await rowsOf(table, mine)).length
    for (const text of [`UPDATE ${table} SET user_id = user_id`, `DELETE FROM ${table}`]) {
      const left = await undone(mine, async (client) => {
        await client.query('SAVEPOINT before')
        const count = await touched(client, text).catch(referenced)
        if (count !== 0 && count !== 'refused') expect(count).toBe(own)
        return count
      })
      expect([own, 'refused']).toContain(left)
    }
    expect((await rowsOf(table, theirs)).length).toBeGreaterThan(0)
  })
})

/** A row that others of the same user hang on stays: that is a constraint's answer and no policy's. */
function referenced(error: unknown): 'refused' {
  if (error instanceof Error && 'code' in error && error.code === '23503') return 'refused'
  throw error
}

async function primaryKey(table: string): Promise<string> {
  const { rows } = await db.superuser.pool.query<{ columns: string }>(
    `SELECT string_agg(quote_ident(a.attname), ', ') AS columns
     FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = $1::regclass AND i.indisprimary`,
    [table],
  )
  return rows[0]?.columns ?? ''
}

describe('no table is forgotten', () => {
  /** Tables, and partitions, that hold a user's rows and let them through. */
  const unprotected = async () => {
    const { rows } = await db.superuser.pool.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT (
         c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
           SELECT FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname
             AND p.policyname = 'own_rows' AND p.roles = '{public}' AND p.cmd = 'ALL'
             AND p.qual LIKE '(user_id = (NULLIF(current_setting(''app.user_id''::text, true), ''''::text))::uuid)'
             AND p.with_check = p.qual))`,
    )
    return rows.map(({ name }) => name)
  }

  test('every table and partition with a user_id has its policies, forced on its owner', async () => {
    expect(await unprotected()).toEqual([])
  })

  test('a new one would be found, and is protected by the next start', async () => {
    await db.superuser.pool.query('CREATE TABLE forgotten (user_id uuid PRIMARY KEY)')
    try {
      await db.superuser.pool.query('ALTER TABLE forgotten OWNER TO opentrade_owner')
      expect(await unprotected()).toEqual(['forgotten'])
      await expect(db.pool.query('SELECT FROM forgotten')).rejects.toThrow('permission denied')
      await grantAccess({ url: db.roleUrls.owner })
      expect(await unprotected()).toEqual([])
      expect((await db.pool.query('SELECT FROM forgotten')).rowCount).toBe(0)
    } finally {
      await db.superuser.pool.query('DROP TABLE forgotten')
    }
  })

  test('no policy but ours lets anybody see more', async () => {
    const { rows } = await db.superuser.pool.query(
      `SELECT DISTINCT policyname AS name, roles::text FROM pg_policies WHERE schemaname = 'public' ORDER BY 1`,
    )
    expect(rows).toEqual([
      { name: 'own_rows', roles: '{public}' },
      { name: 'owner_across_users', roles: '{opentrade_owner}' },
      { name: 'scheduler_across_users', roles: '{opentrade_scheduler}' },
    ])
  })

  test('every other table is listed with what the server may do to it', async () => {
    const { rows } = await db.superuser.pool.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition`,
    )
    const others = rows.map(({ name }) => name).filter((name) => !tables.includes(name))
    // What is missing belongs into installationTables in access.ts.
    expect(others.sort()).toEqual(Object.keys(installationTables).sort())
  })
})

describe('partitions', () => {
  const partitions = async () => {
    const { rows } = await db.superuser.pool.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class
       WHERE relispartition AND relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    )
    return rows.map(({ name }) => name)
  }

  test('named directly, are closed to the server, and those made later are, too', async () => {
    const before = await partitions()
    await ensureSnapshotPartitions(db.scheduler, { from: new Date('2020-05-05'), months: 1 })
    const names = await partitions()
    expect(names.length).toBe(before.length + 1)
    for (const name of names) {
      await expect(db.forUser(mine).query(`SELECT FROM ${name}`)).rejects.toThrow('permission denied')
    }
  })

  test("let through, to whoever may name them, the user's rows alone", async () => {
    const rights = (await partitions()).map((name) => `GRANT SELECT, DELETE ON ${name} TO opentrade_app`)
    await db.superuser.pool.query(rights.join(';'))
    let seen = 0
    for (const name of await partitions()) {
      expect(await undone(null, (client) => touched(client, `SELECT FROM ${name}`))).toBe(0)
      const { rows } = await undone(mine, (client) => client.query(`SELECT user_id FROM ${name}`))
      expect(rows.every(({ user_id: userId }) => userId === mine)).toBe(true)
      seen += rows.length
      expect(await undone(mine, (client) => touched(client, `DELETE FROM ${name}`))).toBe(rows.length)
    }
    expect(seen).toBe(2)
  })
})

test('policies hold inside functions, views and queries within queries', async () => {
  await db.superuser.pool.query(
    `CREATE FUNCTION count_wallets() RETURNS bigint LANGUAGE plpgsql AS $$
       BEGIN RETURN (SELECT count(*) FROM wallets); END $$;
     CREATE VIEW wallet_view WITH (security_invoker) AS SELECT * FROM wallets;
     GRANT SELECT ON wallet_view TO opentrade_app`,
  )
  for (const text of [
    'SELECT count_wallets()::int AS n',
    'SELECT count(*)::int AS n FROM wallet_view',
    'SELECT count(*)::int AS n FROM users u JOIN LATERAL (SELECT FROM wallets) w ON true',
    'WITH w AS (SELECT * FROM wallets) SELECT count(*)::int AS n FROM w',
  ]) {
    const read = async (client: pg.PoolClient) => (await client.query<{ n: number }>(text)).rows[0]?.n
    expect(await undone(null, read)).toBe(0)
    expect(await undone(mine, read)).toBe(1)
  }
  await db.superuser.pool.query('DROP VIEW wallet_view; DROP FUNCTION count_wallets')
})
