import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readPostmasterFile } from './orphan.ts'
import { processIdentity } from './process-identity.ts'
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  saysDiskFull,
  startEmbeddedPostgres,
} from './start.ts'

let home: string
let servers: EmbeddedPostgres[] = []
let children: ChildProcess[] = []

beforeEach(async () => {
  const parent = await mkdtemp(join(tmpdir(), 'opentrade embedded '))
  // A test's folder is closed to others; PostgreSQL, which root runs as another user, must pass.
  await chmod(parent, 0o711)
  home = join(parent, 'made fresh')
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(servers.map((server) => server.stop()))
  await expect.poll(postgresRuns, { interval: 5 }).toBe(false)
  await rm(join(home, '..'), { recursive: true, force: true })
  servers = []
  children = []
})

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ home, durable: false, ...options })
  servers.push(server)
  return server
}

async function startChild(): Promise<{ child: ChildProcess; url: string }> {
  const program = fileURLToPath(new URL('child-process.ts', import.meta.url))
  const child = fork(program, [home], { execArgv: ['--import', 'tsx'], stdio: 'inherit' })
  children.push(child)
  const [message] = (await once(child, 'message')) as [{ url?: string; error?: string }]
  if (message.url === undefined) throw new Error(message.error)
  return { child, url: message.url }
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

function dataFolder(): string {
  return join(home, 'postgres')
}

function postgresPid(): number {
  const file = readPostmasterFile(dataFolder())
  if (file === null) throw new Error('No postmaster.pid.')
  return file.pid
}

function postgresRuns(): boolean {
  const file = readPostmasterFile(dataFolder())
  return file !== null && processIdentity(file.pid) !== null
}

test('makes a database in UTF-8 with checksums, on loopback alone, and keeps its data', async () => {
  const first = await start()
  expect(
    await query(
      first.url,
      `SELECT current_setting('server_encoding') AS encoding, current_setting('data_checksums') AS checksums,
         current_setting('listen_addresses') AS addresses, current_setting('TimeZone') AS zone,
         upper('é') AS upper, current_database() AS database`,
    ),
  ).toEqual([
    {
      ...{ encoding: 'UTF8', checksums: 'on', addresses: '127.0.0.1', zone: 'UTC' },
      ...{ upper: 'É', database: 'opentrade' },
    },
  ])
  expect((await stat(join(home, 'postgres-password'))).mode & 0o777).toBe(0o600)
  const wrong = new URL(first.url)
  wrong.password = 'guess'
  await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' })

  await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS id')
  await first.stop()
  await first.stop()
  expect(postgresRuns()).toBe(false)

  const second = await start()
  expect(await query(second.url, 'SELECT * FROM kept')).toEqual([{ id: 1 }])
})

test('is refused to two at once, in one process and in two', async () => {
  const { url } = await start()
  await expect(start()).rejects.toMatchObject({
    code: 'IN_USE',
    message: expect.stringContaining(`process ${process.pid}`),
  })
  await expect(startChild()).rejects.toThrow('in use by another OpenTrade')
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('one of many that start at once gets a fresh folder', async () => {
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => start()))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'IN_USE' })
  }
})

test('stops when its parent is killed by SIGKILL, and what was committed is there at the next start', async () => {
  const { child, url } = await startChild()
  await query(url, 'CREATE TABLE kept AS SELECT 1 AS id')
  child.kill('SIGKILL')
  await expect.poll(postgresRuns, { interval: 5 }).toBe(false)
  const next = await start()
  expect(await query(next.url, 'SELECT * FROM kept')).toEqual([{ id: 1 }])
})

test('a start right behind the kill of the parent takes the folder over', async () => {
  const { child, url } = await startChild()
  await query(url, 'CREATE TABLE kept AS SELECT 1 AS id')
  const before = postgresPid()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const next = await start()
  expect(postgresPid()).not.toBe(before)
  expect(await query(next.url, 'SELECT * FROM kept')).toEqual([{ id: 1 }])
})

test('survives that everything was killed: parent, watchdog and server', async () => {
  const { child, url } = await startChild()
  await query(url, 'CREATE TABLE kept AS SELECT 1 AS id')
  process.kill(postgresPid(), 'SIGSTOP')
  const pid = postgresPid()
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  process.kill(pid, 'SIGKILL')
  await exited
  const next = await start()
  expect(await query(next.url, 'SELECT * FROM kept')).toEqual([{ id: 1 }])
})

test('a server that crashes under a living parent is started again, on the same address', async () => {
  const said: string[] = []
  const { url } = await start({ log: (line) => said.push(line) })
  await query(url, 'CREATE TABLE kept AS SELECT 1 AS id')
  // In a checkout that is closed to others, the start has said so.
  said.length = 0
  const before = postgresPid()
  process.kill(before, 'SIGKILL')
  await expect
    .poll(() => query(url, 'SELECT * FROM kept').catch(() => 'down'), { interval: 10 })
    .toEqual([{ id: 1 }])
  expect(postgresPid()).not.toBe(before)
  expect(said).toEqual(['PostgreSQL ended by itself and is started again.'])
})

test.for([
  ['empty', ''],
  ['full of zeros', '\0'.repeat(64)],
  ['cut off', '\n/somewhere\n'],
  ['garbled', 'no number\n\u0001\u0002'],
])('a pid file that a crash of the machine left %s is removed, and said', async ([, content]) => {
  const first = await start()
  await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS id')
  await first.stop()
  const path = join(dataFolder(), 'postmaster.pid')
  await writeFile(path, content ?? '')
  await writeFile(join(dataFolder(), 'postgresql.auto.conf'), '')
  await writeFile(join(home, 'postgres.lock'), '')
  const said: string[] = []
  const next = await start({ log: (line) => said.push(line) })
  expect(await query(next.url, 'SELECT * FROM kept')).toEqual([{ id: 1 }])
  expect(said.join('\n')).toContain(`${path} was empty or damaged`)
})

test.runIf(process.platform === 'linux')(
  'a server that a damaged pid file does not name is stopped before the folder is served again',
  async () => {
    const { child, url } = await startChild()
    await query(url, 'CREATE TABLE kept AS SELECT 1 AS id')
    const before = postgresPid()
    await writeFile(join(dataFolder(), 'postmaster.pid'), '')
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    // The watchdog finds no number in the file, and leaves the server alone.
    const said: string[] = []
    const next = await start({ log: (line) => said.push(line) })
    expect(await query(next.url, 'SELECT * FROM kept')).toEqual([{ id: 1 }])
    expect(processIdentity(before)).toBeNull()
    expect(said.join('\n')).toContain('It is stopped.')
  },
)

test('a server that keeps ending is started again for as long as it is wanted', async () => {
  const { url } = await start()
  for (let round = 0; round < 6; round += 1) {
    await expect
      .poll(() => query(url, 'SELECT 1 AS one').catch(() => 'down'), { interval: 10, timeout: 60_000 })
      .toEqual([{ one: 1 }])
    process.kill(postgresPid(), 'SIGKILL')
  }
  await expect
    .poll(() => query(url, 'SELECT 1 AS one').catch(() => 'down'), { interval: 10, timeout: 60_000 })
    .toEqual([{ one: 1 }])
})

test("a stale pid file that names a stranger's process is no hindrance, and the stranger lives", async () => {
  await (await start()).stop()
  const stranger = fork('-e', ['process.on("message", () => undefined)'], { execArgv: [] })
  children.push(stranger)
  const file = [stranger.pid, dataFolder(), 1, 5432, '', '127.0.0.1', '', 'ready', '']
  await writeFile(join(dataFolder(), 'postmaster.pid'), file.join('\n'))
  const { url } = await start()
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(stranger.signalCode).toBeNull()
})

test('what a crash in the middle of the first start left is cleared away', async () => {
  await mkdir(join(home, 'postgres.new-half'), { recursive: true })
  await writeFile(join(home, 'postgres.new-half', 'PG_VERSION'), '18\n')
  await writeFile(join(home, 'postgres.new-half.password'), 'secret')
  await writeFile(join(home, 'postgres.lock'), '{"pid": 1')
  const { url } = await start()
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect((await readdir(home)).filter((name) => name.startsWith('postgres.new-'))).toEqual([])
})

test('a lock whose process has ended is taken over, even when another has its number now', async () => {
  await mkdir(home, { recursive: true })
  await writeFile(
    join(home, 'postgres.lock'),
    JSON.stringify({ pid: process.pid, identity: 'an earlier one' }),
  )
  const { url } = await start()
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a folder that holds something else, or data of another version, is refused and not touched', async () => {
  await mkdir(dataFolder(), { recursive: true })
  await writeFile(join(dataFolder(), 'letter.txt'), 'mine')
  await expect(start()).rejects.toMatchObject({ code: 'NOT_A_DATA_FOLDER' })
  await writeFile(join(dataFolder(), 'PG_VERSION'), '12\n')
  await expect(start()).rejects.toMatchObject({
    code: 'WRONG_VERSION',
    message: expect.stringContaining('PostgreSQL 12'),
  })
  expect(await readFile(join(dataFolder(), 'letter.txt'), 'utf8')).toBe('mine')
  await rm(dataFolder(), { recursive: true })
})

test('a lost password is set anew, and a wrong one is told with its remedy', async () => {
  await (await start()).stop()
  const password = join(home, 'postgres-password')
  await writeFile(password, 'wrong\n')
  await expect(start()).rejects.toMatchObject({ message: expect.stringContaining('Remove that file') })
  await rm(password)
  const { url } = await start()
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a folder that only its owner may enter works too', async () => {
  await chmod(join(home, '..'), 0o700)
  const { url } = await start()
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('gives each part of the product a role of its own, with a password that stays', async () => {
  const first = await start()
  const file = join(home, 'postgres-roles.json')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  for (const [role, url] of Object.entries(first.roleUrls)) {
    expect(await query(url, 'SELECT current_user AS name')).toEqual([{ name: `opentrade_${role}` }])
  }
  await query(first.roleUrls.owner, 'CREATE TABLE made (id int)')
  await expect(query(first.roleUrls.app, 'CREATE TABLE other (id int)')).rejects.toThrow('permission denied')
  const before = await readFile(file, 'utf8')
  await first.stop()
  expect(Object.keys((await start()).roleUrls)).toHaveLength(4)
  expect(await readFile(file, 'utf8')).toBe(before)
})

test('sets new passwords when those of the roles were lost or spoiled', async () => {
  await (await start()).stop()
  await writeFile(join(home, 'postgres-roles.json'), '{"owner": 1, "app"')
  const { roleUrls } = await start()
  expect(await query(roleUrls.scheduler, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('hands what an earlier version made as the superuser over to the owner', async () => {
  const first = await start()
  await query(
    first.url,
    `ALTER DATABASE opentrade OWNER TO CURRENT_USER;
     CREATE SCHEMA kept; CREATE TABLE kept.things (id serial PRIMARY KEY, at timestamptz) ;
     CREATE SEQUENCE kept.numbers; CREATE VIEW kept.seen AS SELECT * FROM kept.things;
     CREATE TYPE kept.kind AS ENUM ('a'); CREATE DOMAIN kept.name AS text; CREATE TYPE kept.pair AS (a int, b int);
     CREATE TABLE public.months (at date) PARTITION BY RANGE (at);
     CREATE TABLE public.months_rest PARTITION OF public.months DEFAULT;
     CREATE FUNCTION kept.one() RETURNS int LANGUAGE sql AS 'SELECT 1';`,
  )
  await first.stop()
  const next = await start()
  const left = `
    SELECT relname AS name FROM pg_class WHERE relowner = 10 AND oid >= 16384
    UNION ALL SELECT proname FROM pg_proc WHERE proowner = 10 AND oid >= 16384
    UNION ALL SELECT typname FROM pg_type WHERE typowner = 10 AND oid >= 16384
    UNION ALL SELECT nspname FROM pg_namespace WHERE nspowner = 10 AND oid >= 16384`
  expect(await query(next.url, left)).toEqual([])
  await query(next.roleUrls.owner, 'DROP SCHEMA kept CASCADE; DROP TABLE months')
})

test.each([
  ['FATAL:  could not write to file "pg_wal/xlogtemp.31": No space left on device', true],
  [
    'FATAL:  could not extend file "base/1/2691": wrote only 4096 of 8192 bytes at block 9\nHINT:  Check free disk space.',
    true,
  ],
  ['FATAL:  could not open file "global/pg_control": Permission denied', false],
])('hears of a full disk in what PostgreSQL says: %j', (said, isFull) => {
  expect(saysDiskFull(said)).toBe(isFull)
})
