import { randomUUID } from 'node:crypto'
import { cp, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { migrate, migrationsFolder, unfinishedRestore } from '../migrate.ts'
import { verifyAuditChain } from '../sql/verify-audit-chain.ts'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { dumpDatabase } from '../testing/dump.ts'
import { execute, withDatabase } from '../testing/execute.ts'
import { seedEveryTable } from '../testing/seed-every-table.ts'
import { seedInstallation } from '../testing/seed-installation.ts'
import { backUpDatabase } from './back-up-database.ts'
import { readBackup, verifyBackup } from './read-backup.ts'
import { restoreDatabase } from './restore-database.ts'

const databases: string[] = []
let folder: string
let db: TestDatabase
let users: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opentrade-backup-'))
  db = await createTestDatabase()
  users = [await seedEveryTable(db), await seedEveryTable(db)]
  await seedInstallation(db, users[0] ?? '')
})
afterAll(async () => {
  await db.drop()
  for (const name of databases) await execute(serverUrl(), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  await rm(folder, { recursive: true })
})

function serverUrl(): string {
  return inject('opentradeTestServer').url
}

async function emptyDatabase(): Promise<{ ownerUrl: string; url: string }> {
  const name = `opentrade_test_${randomUUID().replaceAll('-', '')}`
  databases.push(name)
  await execute(serverUrl(), `CREATE DATABASE ${name} TEMPLATE template0 OWNER opentrade_owner`)
  return {
    ownerUrl: withDatabase(inject('opentradeTestServer').roleUrls.owner, name),
    url: withDatabase(serverUrl(), name),
  }
}

async function query(url: string, text: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}

function freshPath(): string {
  return join(folder, `${randomUUID()}.tar.gz`)
}

async function backUp(): Promise<string> {
  const path = freshPath()
  await backUpDatabase({ url: db.roleUrls.owner, path })
  return path
}

test('a restored database equals the original: rows, keys, triggers, policies, sequences and rights', async () => {
  const path = await backUp()
  const restored = await emptyDatabase()
  const report = await restoreDatabase({ ownerUrl: restored.ownerUrl, path })
  expect(report.skipped).toEqual([])
  const expected = await dumpDatabase(db.superuser.url)
  const filled = Object.values(expected.rows).filter((digest) => !digest.startsWith('0 '))
  expect(filled.length).toBeGreaterThan(40)
  expect(await dumpDatabase(restored.url)).toEqual(expected)
  const pool = new pg.Pool({ connectionString: restored.url, max: 1 })
  for (const userId of users) expect(await verifyAuditChain(pool, { userId })).toMatchObject({ broken: null })
  await pool.end()
  expect(await migrate({ url: restored.ownerUrl })).toEqual({ applied: [] })
})

test('every table of the database is in the archive, with its rows', async () => {
  const { manifest, tables } = await verifyBackup(await backUp())
  const found = (await query(
    db.superuser.url,
    `SELECT schemaname || '.' || tablename AS name FROM pg_tables t
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
       AND NOT (SELECT relispartition FROM pg_class WHERE oid = format('%I.%I', schemaname, tablename)::regclass)
     ORDER BY schemaname, tablename`,
  )) as { name: string }[]
  expect(found.length).toBeGreaterThan(40)
  expect(tables.map(({ schema, name }) => `${schema}.${name}`)).toEqual(found.map(({ name }) => name))
  const snapshots = tables.find(({ name }) => name === 'wallet_snapshots')
  expect(snapshots).toMatchObject({ schema: 'public', rows: 4 })
  expect(manifest).toMatchObject({
    format: 1,
    migrations: expect.arrayContaining(['20261122000100_init']),
    queueMigration: expect.any(Number),
    rootKeys: [{ provider: 'env', rootKeyId: 'r1' }],
  })
  expect(manifest.deploymentId).toMatch(/^[0-9a-f-]{36}$/)
})

test('an archive is of one moment while the product writes', async () => {
  let writes = 0
  let writing = true
  async function write(): Promise<void> {
    while (writing) {
      await db.superuser.pool.query(
        'WITH a AS (UPDATE paper.balances SET locked = locked + 1) UPDATE wallets SET total_usd_value = total_usd_value + 1',
      )
      writes += 1
    }
  }
  await query(db.superuser.url, 'UPDATE paper.balances SET locked = 0')
  await query(db.superuser.url, 'UPDATE wallets SET total_usd_value = 0')
  const writer = write()
  const path = await backUp()
  const during = writes
  writing = false
  await writer
  expect(during).toBeGreaterThan(0)
  const locked = await readColumn({ path, table: 'paper.balances', column: 'locked' })
  const totals = await readColumn({ path, table: 'public.wallets', column: 'total_usd_value' })
  expect(new Set([...locked, ...totals].map(Number)).size).toBe(1)
})

/** The values of a column as they are in an archive. */
async function readColumn(o: { path: string; table: string; column: string }): Promise<string[]> {
  const values: string[] = []
  await readBackup({
    path: o.path,
    async onRows({ table, part }) {
      if (`${table.schema}.${table.name}` !== o.table) return
      const lines = part.toString().trimEnd().split('\n')
      values.push(...lines.map((line) => line.split('\t')[table.columns.indexOf(o.column)] ?? ''))
    },
  })
  return values
}

test('a role from which rows are hidden is refused, and a superuser sees what the owner sees', async () => {
  for (const role of ['app', 'scheduler', 'paper'] as const) {
    const path = freshPath()
    await expect(backUpDatabase({ url: db.roleUrls[role], path })).rejects.toMatchObject({
      code: 'ROWS_HIDDEN',
      message: expect.stringContaining('DATABASE_OWNER_URL'),
    })
  }
  const path = freshPath()
  const { tables } = await backUpDatabase({ url: db.superuser.url, path })
  expect(tables).toEqual((await verifyBackup(await backUp())).tables)
})

test('a policy that would hide rows from the owner is found', async () => {
  await query(db.roleUrls.owner, 'CREATE POLICY narrow ON wallets AS RESTRICTIVE USING (false)')
  try {
    await expect(backUp()).rejects.toMatchObject({
      code: 'ROWS_HIDDEN',
      message: expect.stringContaining('public.wallets'),
    })
  } finally {
    await query(db.roleUrls.owner, 'DROP POLICY narrow ON wallets')
  }
})

test('an archive is readable by its owner alone, and replaces no file', async () => {
  const path = await backUp()
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await expect(backUpDatabase({ url: db.roleUrls.owner, path })).rejects.toMatchObject({
    code: 'FILE_EXISTS',
  })
  await expect(
    backUpDatabase({ url: db.roleUrls.owner, path: join(folder, 'none', 'a.tar.gz') }),
  ).rejects.toMatchObject({ code: 'NO_FOLDER' })
  await verifyBackup(path)
  expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([])
})

test('a database that is not empty, and one without OpenTrade, is refused', async () => {
  const path = await backUp()
  const taken = await emptyDatabase()
  await query(taken.ownerUrl, 'CREATE TABLE mine AS SELECT 1 AS id')
  await expect(restoreDatabase({ ownerUrl: taken.ownerUrl, path })).rejects.toMatchObject({
    code: 'NOT_EMPTY',
  })
  expect(await query(taken.url, 'SELECT * FROM mine')).toEqual([{ id: 1 }])
  await expect(backUpDatabase({ url: taken.ownerUrl, path: freshPath() })).rejects.toMatchObject({
    code: 'NO_DATABASE',
  })
})

test('a damaged archive changes nothing', async () => {
  const path = freshPath()
  await writeFile(path, 'something else')
  const { ownerUrl, url } = await emptyDatabase()
  await expect(restoreDatabase({ ownerUrl, path })).rejects.toMatchObject({ code: 'NOT_AN_ARCHIVE' })
  expect(await query(url, `SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`)).toEqual([])
})

test('the archive of a newer version is refused, and changes nothing', async () => {
  await query(
    db.superuser.url,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
     VALUES ('later', '', '20990101000000_later', now())`,
  )
  const path = await backUp()
  await query(db.superuser.url, `DELETE FROM _prisma_migrations WHERE id = 'later'`)
  const { ownerUrl, url } = await emptyDatabase()
  await expect(restoreDatabase({ ownerUrl, path })).rejects.toMatchObject({
    code: 'NEWER_ARCHIVE',
    message: expect.stringContaining('20990101000000_later'),
  })
  expect(await query(url, `SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`)).toEqual([])
})

test('the archive of an older version is restored as it was, and migrated at the next start', async () => {
  const older = await emptyDatabase()
  const migrations = join(folder, 'older-migrations')
  await cp(migrationsFolder, migrations, { recursive: true })
  const newest =
    (await readdir(migrations))
      .filter((name) => /^\d/.test(name))
      .sort()
      .at(-1) ?? ''
  await rm(join(migrations, newest), { recursive: true })
  await migrate({ url: older.ownerUrl, folder: migrations })
  const path = freshPath()
  await backUpDatabase({ url: older.ownerUrl, path })
  const restored = await emptyDatabase()
  await restoreDatabase({ ownerUrl: restored.ownerUrl, path })
  expect(await migrate({ url: restored.ownerUrl })).toEqual({ applied: [newest] })
})

test.each([
  ['before the first migration', `to_regnamespace('${unfinishedRestore}') IS NOT NULL`],
  ['between its migrations', `to_regclass('public._prisma_migrations') IS NOT NULL`],
  ['while it makes the job queue', `to_regnamespace('graphile_worker') IS NOT NULL`],
  ['while it copies rows', `query LIKE 'COPY %'`],
])('a restore that is interrupted %s refuses to start, and can be run again', async (_when, condition) => {
  const path = await backUp()
  const { ownerUrl, url } = await emptyDatabase()
  const interrupted = restoreDatabase({ ownerUrl, path })
  const killed = endSessionsWhile({ url, condition, until: interrupted })
  await expect(interrupted).rejects.toThrow()
  await killed
  await expect(migrate({ url: ownerUrl })).rejects.toMatchObject({
    code: 'UNFINISHED_RESTORE',
    message: expect.stringContaining('opentrade admin restore'),
  })
  await restoreDatabase({ ownerUrl, path })
  expect((await dumpDatabase(url)).rows).toEqual((await dumpDatabase(db.superuser.url)).rows)
})

/** Ends every other session of a database for which the condition holds, until something is settled. */
async function endSessionsWhile(o: {
  url: string
  condition: string
  until: Promise<unknown>
}): Promise<void> {
  const client = new pg.Client({ connectionString: o.url })
  await client.connect()
  let isOver = false
  const settle = () => {
    isOver = true
  }
  o.until.then(settle, settle)
  try {
    while (!isOver) {
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${o.condition}`,
      )
    }
  } finally {
    await client.end()
  }
}
