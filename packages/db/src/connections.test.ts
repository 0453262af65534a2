import { readdir, readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from './connections.ts'
import { openDatabase } from './database.ts'
import { databaseFailure } from './database-failure.ts'
import { createTestDatabase, type TestDatabase } from './testing.ts'
import { uuidv7 } from './uuidv7.ts'

/** More often than the pool has connections: one that was lost for good would be missed. */
const ROUNDS = 12

let db: TestDatabase
const userId = uuidv7()

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

const ownPid = 'SELECT pg_backend_pid() AS pid'

async function terminate(pid: number | undefined): Promise<void> {
  await db.superuser.pool.query('SELECT pg_terminate_backend($1, 5000)', [pid])
}

/** Each way to hold a connection, in which `pg_terminate_backend` ends it before the last query. */
const heldConnections: Record<string, () => Promise<unknown>> = {
  withUserSql: () =>
    db.withUserSql(userId, async (client) => {
      const { rows } = await client.query<{ pid: number }>(ownPid)
      await terminate(rows[0]?.pid)
      return client.query('SELECT 1')
    }),
  'withUserSql, in a query': () =>
    db.withUserSql(userId, async (client) => {
      const { rows } = await client.query<{ pid: number }>(ownPid)
      const waiting = client.query('SELECT pg_sleep(60)')
      await Promise.all([waiting, terminate(rows[0]?.pid)])
    }),
  withUser: () =>
    db.withUser(userId, async (tx) => {
      const [row] = await tx.$queryRawUnsafe<{ pid: number }[]>(ownPid)
      await terminate(row?.pid)
      return tx.$queryRawUnsafe('SELECT 1')
    }),
  'withUser, in a query of a model': () =>
    db.withUser(userId, async (tx) => {
      const [row] = await tx.$queryRawUnsafe<{ pid: number }[]>(ownPid)
      await terminate(row?.pid)
      return tx.user.findMany()
    }),
  'withUser, before its commit': () =>
    db.withUser(userId, async (tx) => {
      const [row] = await tx.$queryRawUnsafe<{ pid: number }[]>(ownPid)
      await terminate(row?.pid)
    }),
  'prisma.$transaction with a list': () =>
    db.prisma.$transaction([
      db.prisma.$queryRawUnsafe('SELECT 1'),
      db.prisma.$queryRawUnsafe('SELECT pg_terminate_backend(pg_backend_pid(), 0)'),
      db.prisma.user.findMany(),
    ]),
  'a statement of Prisma': () =>
    db.prisma.$queryRawUnsafe('SELECT pg_terminate_backend(pg_backend_pid(), 0), pg_sleep(60)'),
  asUser: () =>
    db.asUser(userId).query({
      name: 'end_myself',
      text: 'SELECT pg_terminate_backend(pg_backend_pid(), 0), pg_sleep(60)',
      values: [],
    }),
  'a query of the pool': () =>
    db.pool.query('SELECT pg_terminate_backend(pg_backend_pid(), 0), pg_sleep(60)'),
  'a query of the scheduler': () =>
    db.scheduler.query('SELECT pg_terminate_backend(pg_backend_pid(), 0), pg_sleep(60)'),
  'a client that was taken from the pool': async () => {
    const client = await db.pool.connect()
    try {
      const { rows } = await client.query<{ pid: number }>(ownPid)
      const broken = new Promise((resolve) => client.once('end', resolve))
      await terminate(rows[0]?.pid)
      await broken
      return await client.query('SELECT 1')
    } finally {
      client.release()
    }
  },
  'a client of its own': async () => {
    const client = createClient({ connectionString: db.roleUrls.app })
    await client.connect()
    const { rows } = await client.query<{ pid: number }>(ownPid)
    const broken = new Promise((resolve) => client.once('end', resolve))
    await terminate(rows[0]?.pid)
    await broken
    return client.query('SELECT 1')
  },
}

describe('a connection that breaks while it is held fails its own call alone, and is replaced:', () => {
  test.for(Object.entries(heldConnections))('%s', async ([, hold]) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const error = await hold().then(
        () => 'nothing failed',
        (caught: unknown) => caught,
      )
      expect(databaseFailure(error), String(error)).toBe('unreachable')
    }
    const answers = await Promise.all([
      db.withUserSql(userId, (client) => client.query('SELECT 1')),
      db.withUser(userId, (tx) => tx.user.findMany()),
      db.scheduler.query('SELECT 1'),
    ])
    expect(answers).toHaveLength(3)
  })
})

test('every connection of the database can be ended at any moment without ending the process', async () => {
  let running = true
  async function load(run: () => Promise<unknown>): Promise<void> {
    while (running) {
      await run().catch((error: unknown) => expect(databaseFailure(error), String(error)).toBe('unreachable'))
    }
  }
  const loads = [
    load(() => db.withUserSql(userId, (client) => client.query('SELECT pg_sleep(0.001)'))),
    load(() => db.withUser(userId, (tx) => tx.user.findMany())),
    load(() => db.prisma.user.findMany()),
    load(() => db.asUser(userId).query({ name: 'load', text: 'SELECT pg_sleep(0.001)', values: [] })),
    load(() => db.scheduler.query('SELECT pg_sleep(0.001)')),
  ]
  for (let round = 0; round < 8; round += 1) {
    await db.superuser.pool.query(
      `SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
       WHERE datname = current_database() AND usename <> current_user`,
    )
  }
  running = false
  await Promise.all(loads)
  expect((await db.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

describe('a database that is away is told from a question that is wrong:', () => {
  let server: Server
  let answer = Buffer.alloc(0)
  let url: string

  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => (answer.length > 0 ? socket.end(answer) : socket.destroy()))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    url = `postgresql://a:b@127.0.0.1:${typeof address === 'object' ? address?.port : 0}/db`
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  /** Asks in each of the ways that the product does. */
  async function failures(of: string): Promise<unknown[]> {
    const away = openDatabase({ url: of })
    const asked = [
      away.pool.query('SELECT 1'),
      away.withUserSql(userId, (client) => client.query('SELECT 1')),
      away.asUser(userId).query({ name: 'one', text: 'SELECT 1', values: [] }),
      away.withUser(userId, (tx) => tx.user.findMany()),
      away.prisma.user.findMany(),
      away.prisma.$queryRaw`SELECT 1`,
    ]
    const outcomes = await Promise.allSettled(asked)
    await away.close()
    return outcomes.map((outcome) =>
      outcome.status === 'rejected'
        ? (databaseFailure(outcome.reason) ?? String(outcome.reason))
        : 'answered',
    )
  }

  const SIX = Array.from({ length: 6 })

  test.for([
    ['57P01', 'terminating connection due to administrator command'],
    ['57P02', 'terminating connection because of crash of another server process'],
    ['57P03', 'the database system is starting up'],
    ['53300', 'sorry, too many clients already'],
    ['08006', 'connection failure'],
    ['08P01', 'query_wait_timeout'],
  ])('FATAL %s: %s', async ([code = '', message = '']) => {
    const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`
    answer = Buffer.concat([Buffer.from('E'), Buffer.alloc(4), Buffer.from(fields)])
    answer.writeInt32BE(answer.length - 1, 1)
    expect(await failures(url)).toEqual(SIX.fill('unreachable'))
  })

  test('a connection that is cut during the greeting', async () => {
    answer = Buffer.alloc(0)
    expect(await failures(url)).toEqual(SIX.fill('unreachable'))
  })

  test('nobody listens, at an address and at a name with several', async () => {
    const free = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const address = probe.address()
        probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
      })
    })
    for (const host of ['127.0.0.1', 'localhost']) {
      expect(await failures(`postgresql://a:b@${host}:${free}/db`)).toEqual(SIX.fill('unreachable'))
    }
  })

  test('a full disk', () => {
    const full = new pg.DatabaseError('could not extend file: No space left on device', 0, 'error')
    full.code = '53100'
    expect(databaseFailure(full)).toBe('disk-full')
  })

  test('what a caller got wrong, and what is no database', async () => {
    const wrong = [
      db.pool.query('SELECT nothing'),
      db.pool.query('SELECT 1 / 0'),
      db.withUserSql(userId, (client) => client.query('INSERT INTO users DEFAULT VALUES')),
      db.prisma.$queryRawUnsafe('SELECT nothing'),
      db.prisma.user.findUniqueOrThrow({ where: { userId } }),
      db.withUser(userId, () => Promise.reject(new Error('no'))),
      readFile('/nothing/here'),
    ]
    for (const outcome of await Promise.allSettled(wrong)) {
      expect(outcome.status).toBe('rejected')
      if (outcome.status === 'rejected')
        expect(databaseFailure(outcome.reason), String(outcome.reason)).toBeNull()
    }
  })
})

test('the product makes its connections to PostgreSQL in one module', async () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const makers: string[] = []
  for (const folder of ['apps/server/src', 'apps/paper/src', 'apps/cli/src', 'packages/db/src']) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts') || name.startsWith('generated')) continue
      const text = await readFile(join(root, folder, name), 'utf8')
      if (/\bnew (pg\.)?(Client|Pool)\(/.test(text)) makers.push(`${folder}/${name}`)
    }
  }
  expect(makers).toEqual(['packages/db/src/connections.ts'])
})
