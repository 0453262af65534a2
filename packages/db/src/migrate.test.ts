import { randomUUID } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { migrate } from './migrate.ts'
import { withSchemaEngine } from './schema-engine.ts'
import { execute, withDatabase } from './testing/execute.ts'

const shipped = fileURLToPath(new URL('../prisma/migrations', import.meta.url))
const databases: string[] = []
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opentrade-migrations-'))
})
beforeEach(async () => {
  await rm(folder, { recursive: true })
  await cp(shipped, folder, { recursive: true })
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  for (const name of databases) await execute(server(), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
})

function server(): string {
  return inject('opentradeTestServer').url
}

async function emptyDatabase(options = ''): Promise<string> {
  const name = `opentrade_test_${randomUUID().replaceAll('-', '')}`
  databases.push(name)
  await execute(server(), `CREATE DATABASE ${name} TEMPLATE template0 ${options}`)
  return withDatabase(server(), name)
}

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name))
  await writeFile(join(folder, name, 'migration.sql'), sql)
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('applies every folder once, in order, and then finds nothing to do', async () => {
  const url = await emptyDatabase()
  const { applied } = await migrate({ url })
  expect(applied[0]).toBe('20261122000100_init')
  expect(applied).toEqual([...applied].sort())
  expect(await migrate({ url })).toEqual({ applied: [] })
  expect(
    await query(url, 'SELECT count(*)::int AS count FROM _prisma_migrations WHERE finished_at IS NOT NULL'),
  ).toEqual([{ count: applied.length }])
})

test('processes that start at once apply everything once between them', async () => {
  const url = await emptyDatabase()
  const results = await Promise.all(Array.from({ length: 4 }, () => migrate({ url })))
  const busy = results.filter(({ applied }) => applied.length > 0)
  expect(busy).toHaveLength(1)
})

test('gives rights on the tables that there are, as for the backup of an older version', async () => {
  const url = await emptyDatabase()
  const names = (await readdir(folder)).filter((name) => /^\d/.test(name)).sort()
  // Tables that the scheduler has rights on came with it.
  const later = names.slice(names.indexOf('20261122000900_accounts'))
  for (const name of later) await rm(join(folder, name), { recursive: true })
  await migrate({ url, folder })
  expect(await migrate({ url })).toEqual({ applied: later })
})

test('applies a folder that came later', async () => {
  const url = await emptyDatabase()
  await migrate({ url, folder })
  await addMigration(
    '20990101000000_later',
    `CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;`,
  )
  expect(await migrate({ url, folder })).toEqual({ applied: ['20990101000000_later'] })
  expect(await query(url, 'SELECT f()')).toEqual([{ f: 1 }])
})

test('a database that a newer version has migrated is refused, and left as it is', async () => {
  const url = await emptyDatabase()
  await addMigration('20990101000000_later', 'CREATE TABLE later (id int);')
  await migrate({ url, folder })
  await expect(migrate({ url })).rejects.toMatchObject({
    code: 'NEWER_DATABASE',
    message: expect.stringContaining('20990101000000_later'),
  })
})

test('a migration that fails is undone whole, refused until it is mended, and then runs', async () => {
  const url = await emptyDatabase()
  await migrate({ url, folder })
  await addMigration('20990101000000_broken', 'CREATE TABLE half (id int); SELECT 1 / 0;')
  await expect(migrate({ url, folder })).rejects.toMatchObject({
    code: 'FAILED_MIGRATION',
    message: expect.stringMatching(/20990101000000_broken[\s\S]*division by zero/),
  })
  expect(await query(url, `SELECT to_regclass('half') AS found`)).toEqual([{ found: null }])

  const again = await migrate({ url, folder }).catch((error: unknown) => error)
  expect(again).toMatchObject({ code: 'FAILED_MIGRATION' })
  // What the sentence tells the operator to do is enough.
  const remedy = /DELETE FROM .*;/.exec(again instanceof Error ? again.message : '')?.[0] ?? ''
  await query(url, remedy)
  await writeFile(join(folder, '20990101000000_broken', 'migration.sql'), 'CREATE TABLE half (id int);')
  expect(await migrate({ url, folder })).toEqual({ applied: ['20990101000000_broken'] })
})

test('a migration whose process was killed half-way is undone by PostgreSQL, and runs again', async () => {
  const url = await emptyDatabase()
  await migrate({ url, folder })
  // It kills its own connection behind its first statement, as a kill of the process would.
  const table = 'CREATE TABLE half (id int);'
  await addMigration('20990101000000_killed', `${table} SELECT pg_terminate_backend(pg_backend_pid());`)
  await expect(migrate({ url, folder })).rejects.toThrow()
  await query(url, `UPDATE _prisma_migrations SET logs = NULL WHERE finished_at IS NULL`)
  await writeFile(join(folder, '20990101000000_killed', 'migration.sql'), table)
  expect(await migrate({ url, folder })).toEqual({ applied: ['20990101000000_killed'] })
})

test('a migration is marked as finished in its own transaction', async () => {
  const url = await emptyDatabase()
  await migrate({ url, folder })
  await query(
    url,
    `CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       CREATE TABLE IF NOT EXISTS first_mark AS
         SELECT NEW.migration_name AS name, EXISTS (
           SELECT FROM pg_class WHERE relname = 'made' AND xmin::text = pg_current_xact_id()::text
         ) AS together;
       RETURN NEW;
     END $$;
     CREATE TRIGGER note BEFORE UPDATE ON _prisma_migrations FOR EACH ROW
       WHEN (NEW.finished_at IS NOT NULL) EXECUTE FUNCTION note();`,
  )
  await addMigration('20990101000000_marked', 'CREATE TABLE made (id int);')
  await migrate({ url, folder })
  expect(await query(url, 'SELECT * FROM first_mark')).toEqual([
    { name: '20990101000000_marked', together: true },
  ])
})

test('a rotation that waits for a retired root key is abandoned, so that another can start', async () => {
  const states = '20261201000700_root_key_states'
  const url = await emptyDatabase()
  await rm(join(folder, states), { recursive: true })
  await migrate({ url, folder })
  await execute(
    url,
    "INSERT INTO rotations (kind, status, step, provider, root_key_id) VALUES ('root', 'waiting', 'staged', 'file', 'k2')",
    "INSERT INTO retired_root_keys (provider, root_key_id) VALUES ('file', 'k2')",
  )
  await cp(join(shipped, states), join(folder, states), { recursive: true })
  expect(await migrate({ url, folder })).toEqual({ applied: [states] })
  expect(
    await query(
      url,
      "SELECT status, finished_at IS NOT NULL AS ended, error ->> 'code' AS code FROM rotations",
    ),
  ).toEqual([{ status: 'abandoned', ended: true, code: 'ROOT_KEY_RETIRED' }])
  await execute(url, "INSERT INTO rotations (kind) VALUES ('root')")
})

test('a database that is not in UTF-8 is refused', async () => {
  const url = await emptyDatabase(`ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'`)
  await expect(migrate({ url })).rejects.toMatchObject({ code: 'UNSUPPORTED_ENCODING' })
})

describe('the datamodel and the migrated database agree', () => {
  /** Hand-written on purpose, on top of what the datamodel says. */
  const byHand = new Map([
    [
      'user_api_keys_user_id_exchange_id_key_nickname_key',
      (definition: string) => `${definition} NULLS NOT DISTINCT`,
    ],
    ['wallets_next_sync_at_idx', (definition: string) => `${definition} WHERE (next_sync_at IS NOT NULL)`],
    [
      'wallets_under_way_idx',
      (definition: string) =>
        `${definition} WHERE ((sync_status)::text = ANY ((ARRAY['queued'::character varying, 'running'::character varying])::text[]))`,
    ],
    [
      'rotations_one_at_a_time',
      (definition: string) =>
        `${definition} NULLS NOT DISTINCT WHERE ((status)::text = ANY ((ARRAY['running'::character varying, 'waiting'::character varying])::text[]))`,
    ],
    ['wallet_snapshots_pkey', (definition: string) => definition.replace(' ON ', ' ON ONLY ')],
  ])

  const columns = `
    SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale,
      datetime_precision, is_nullable, column_default
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'
      AND table_name NOT LIKE 'wallet\\_snapshots\\_%'
    ORDER BY table_name, column_name`
  const indexes = `
    SELECT indexname AS name, indexdef AS definition FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'
      AND tablename NOT LIKE 'wallet\\_snapshots\\_%'
    ORDER BY indexname`
  const foreignKeys = `
    SELECT conrelid::regclass::text AS table, conname AS name, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conparentid = 0
    ORDER BY conname`

  let migrated: string
  let modelled: string

  beforeAll(async () => {
    migrated = withDatabase(server(), inject('opentradeTestServer').template)
    modelled = await emptyDatabase()
    const path = fileURLToPath(new URL('../prisma/schema.prisma', import.meta.url))
    const content = await readFile(path, 'utf8')
    const { stdout } = await withSchemaEngine({
      url: modelled,
      use: (engine) =>
        engine.diff({
          from: { tag: 'empty' },
          to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] },
          script: true,
          exitCode: null,
          filters: { externalTables: [], externalEnums: [] },
        }),
    })
    const init = await readFile(join(shipped, '20261122000100_init', 'migration.sql'), 'utf8')
    const idFunction = init.slice(0, init.indexOf('-- CreateTable'))
    await query(modelled, `${idFunction}${stdout ?? ''}`)
  })

  test.each([
    ['columns', columns],
    ['foreign keys', foreignKeys],
  ])('on %s', async (_what, text) => {
    const expected = await query(modelled, text)
    expect(expected.length).toBeGreaterThan(10)
    expect(await query(migrated, text)).toEqual(expected)
  })

  test('on indexes', async () => {
    const expected = (await query(modelled, indexes)) as { name: string; definition: string }[]
    const changed = expected.map(({ name, definition }) => ({
      name,
      definition: byHand.get(name)?.(definition) ?? definition,
    }))
    expect(changed.length).toBeGreaterThan(10)
    expect(await query(migrated, indexes)).toEqual(changed)
  })
})
