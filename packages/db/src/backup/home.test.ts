import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/start.ts'
import { migrate } from '../migrate.ts'
import { dumpDatabase } from '../testing/dump.ts'
import { backUpHome } from './back-up-home.ts'
import { restoreHome } from './restore-home.ts'

const durable = false
// Each test starts several servers, one after the other.
vi.setConfig({ testTimeout: 300_000 })
let folder: string
let home: string
let archive: string
/** On `home`, from the first test to the last. */
let server: EmbeddedPostgres

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opentrade backup '))
  // Started by root, PostgreSQL runs as another user, who has to pass.
  await chmod(folder, 0o711)
  home = join(folder, 'home')
  archive = join(folder, 'a.tar.gz')
  server = await startEmbeddedPostgres({ home, durable })
  await migrate({ url: server.roleUrls.owner })
  await query(server.url, `INSERT INTO users (email) VALUES ('ada@example.org')`)
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function emailsOf(home: string): Promise<unknown> {
  const started = await startEmbeddedPostgres({ home, durable })
  try {
    return await query(started.url, 'SELECT email FROM users')
  } finally {
    await started.stop()
  }
}

test('a home is backed up while it is in use, and again after it was stopped', async () => {
  const whileRunning = await backUpHome({ home, path: archive })
  await server.stop()
  const path = join(folder, 'b.tar.gz')
  const stopped = await backUpHome({ home, path, durable })
  expect(stopped.tables).toEqual(whileRunning.tables)
  expect(stopped.manifest.postgresVersion).toMatch(/^\d+\.\d+$/)
  server = await startEmbeddedPostgres({ home, durable })
})

test('a home is restored beside its root key, and starts', async () => {
  const other = join(folder, 'other')
  await mkdir(join(other, 'restore.new-half', 'postgres'), { recursive: true })
  await writeFile(join(other, 'root-key.json'), 'the key')
  const report = await restoreHome({ home: other, path: archive, replace: false, durable })
  expect(report.replaced).toBeNull()
  expect((await readdir(other)).sort()).toEqual([
    'postgres',
    'postgres-password',
    'postgres-roles.json',
    'root-key.json',
  ])
  expect(await readFile(join(other, 'root-key.json'), 'utf8')).toBe('the key')
  const started = await startEmbeddedPostgres({ home: other, durable })
  try {
    await migrate({ url: started.roleUrls.owner })
    expect(await dumpDatabase(started.url)).toEqual(await dumpDatabase(server.url))
  } finally {
    await started.stop()
  }
})

test('a database that is there is kept, or moved aside and never deleted', async () => {
  const taken = join(folder, 'other')
  await expect(restoreHome({ home: taken, path: archive, replace: false })).rejects.toMatchObject({
    code: 'NOT_EMPTY',
    message: expect.stringContaining('--replace'),
  })
  await writeFile(join(taken, 'postgres', 'mark'), 'the old one')
  const { replaced } = await restoreHome({ home: taken, path: archive, replace: true, durable })
  const before = replaced ?? ''
  expect((await readdir(before)).sort()).toEqual(['postgres', 'postgres-password', 'postgres-roles.json'])
  expect(await readFile(join(before, 'postgres', 'mark'), 'utf8')).toBe('the old one')
  await expect(readFile(join(taken, 'postgres', 'mark'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a home in use is refused, with and without --replace, and goes on', async () => {
  for (const replace of [false, true]) {
    await expect(restoreHome({ home, path: archive, replace })).rejects.toMatchObject({ code: 'IN_USE' })
  }
  expect(await query(server.url, 'SELECT email FROM users')).toEqual([{ email: 'ada@example.org' }])
})

test('a damaged archive leaves the folder as it was', async () => {
  const damaged = join(folder, 'damaged.tar.gz')
  const bytes = await readFile(archive)
  await writeFile(damaged, bytes.subarray(0, bytes.length - 100))
  const nothing = join(folder, 'nothing')
  await expect(restoreHome({ home: nothing, path: damaged, replace: true })).rejects.toMatchObject({
    code: 'DAMAGED',
    message: expect.stringContaining('Nothing was changed.'),
  })
  await expect(readdir(nothing)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a folder without a database, and one of another version of PostgreSQL, say what to do', async () => {
  const nothing = join(folder, 'nothing')
  const path = join(folder, 'c.tar.gz')
  await expect(backUpHome({ home: nothing, path })).rejects.toMatchObject({ code: 'NO_DATABASE' })
  await expect(readdir(nothing)).rejects.toMatchObject({ code: 'ENOENT' })
  await mkdir(join(nothing, 'postgres'), { recursive: true })
  await writeFile(join(nothing, 'postgres', 'PG_VERSION'), '17\n')
  await expect(backUpHome({ home: nothing, path })).rejects.toMatchObject({
    code: 'WRONG_VERSION',
    message: expect.stringMatching(/opentrade admin backup.*opentrade admin restore/),
  })
  // The data of the other version are moved aside by the restore.
  const { replaced } = await restoreHome({ home: nothing, path: archive, replace: true, durable })
  expect(await readFile(join(replaced ?? '', 'postgres', 'PG_VERSION'), 'utf8')).toBe('17\n')
  expect(await emailsOf(nothing)).toEqual([{ email: 'ada@example.org' }])
})
