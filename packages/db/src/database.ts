import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { queryAsUser, type Reader } from './as-user.ts'
import { openPool } from './connections.ts'
import { type Prisma, PrismaClient } from './generated/client.ts'
import { inTransaction } from './in-transaction.ts'
import { lookAcrossUsers } from './roles.ts'

/** What a hand-written query runs on: the pool for a statement of its own, a client inside a transaction. */
export type Queryable = pg.Pool | pg.PoolClient

/** The application's connection to PostgreSQL. */
export interface Database {
  url: string
  /**
   * For hand-written SQL. numeric and bigint columns arrive as strings, and are to stay so. Used directly only
   * for what is no user's data: without a user, their tables are empty.
   */
  pool: pg.Pool
  /** For jobs that look across users: what is due, and no secret. Nothing that a request does goes here. */
  scheduler: pg.Pool
  /** Shares the pool. Used directly only for what is no user's data. */
  prisma: PrismaClient
  /**
   * Runs `run` in one transaction that names its user: `app.user_id` is set for row-level security.
   * @throws TypeError when userId is no UUID.
   */
  withUser<T>(userId: string, run: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T>
  /** The same on a plain client, for hand-written SQL. */
  withUserSql<T>(userId: string, run: (client: pg.PoolClient) => Promise<T>): Promise<T>
  /** For one statement that reads, in one round trip. What it runs sees this user's rows only. */
  asUser(userId: string): Reader
  /** Waits for queries under way, then closes every connection. */
  close(): Promise<void>
}

export interface OpenDatabaseOptions {
  url: string
  /** For `scheduler`; by default `url`, which sees across users if its role owns the tables. */
  schedulerUrl?: string
  /** Lets the owner of the tables see the rows of all users on every connection. */
  seesAcrossUsers?: boolean
  /** Connections at most, 10 by default. */
  poolSize?: number
  /** What pg_stat_activity shows. */
  applicationName?: string
  /** Hears of connections that broke, idle or in use; they are replaced by themselves. */
  onConnectionError?: (error: Error) => void
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Jobs that look across users are few, and short. */
const schedulerPoolSize = 2

/** Prepared statements that a connection keeps for Prisma at most; the server holds memory for each. */
const maxPreparedStatements = 500

/** Opens a pool. No connection is made before the first query. */
export function openDatabase(options: OpenDatabaseOptions): Database {
  const { url, schedulerUrl = url, poolSize = 10, applicationName = 'opentrade', onConnectionError } = options
  const hear = onConnectionError && { onConnectionError }
  const pool = openPool({
    connectionString: url,
    ...(options.seesAcrossUsers && { onConnect: lookAcrossUsers }),
    max: poolSize,
    application_name: applicationName,
    ...hear,
  })
  const scheduler = openPool({
    connectionString: schedulerUrl,
    onConnect: lookAcrossUsers,
    max: schedulerPoolSize,
    application_name: `${applicationName} scheduler`,
    ...hear,
  })
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { statementNameGenerator: statementNames() }),
    transactionOptions: { maxWait: 10_000, timeout: 30_000 },
  })

  return {
    url,
    pool,
    scheduler,
    prisma,
    async withUser(userId, run) {
      assertUuid(userId)
      return await prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT set_config('app.user_id', ${userId}, true)`
        return await run(tx)
      })
    },
    async withUserSql(userId, run) {
      assertUuid(userId)
      // A UUID needs no quoting.
      return inTransaction(pool, run, `BEGIN; SELECT set_config('app.user_id', '${userId}', true)`)
    },
    asUser(userId) {
      assertUuid(userId)
      return { query: (statement) => queryAsUser({ pool, userId, statement }) }
    },
    async close() {
      await prisma.$disconnect()
      await Promise.all([endPool(pool), endPool(scheduler)])
    },
  }
}

/** The pool's own end does not wait for connections to be closed: a server that stops next would say they broke. */
async function endPool(pool: pg.Pool): Promise<void> {
  let open = pool.totalCount
  const closed = new Promise<void>((resolve) => {
    if (open === 0) resolve()
    pool.on('remove', () => {
      open -= 1
      if (open === 0) resolve()
    })
  })
  await pool.end()
  await closed
}

function assertUuid(userId: string): void {
  if (!uuid.test(userId)) throw new TypeError('A user id must be a UUID.')
}

/** Names each of the first statements; those beyond the limit stay unnamed, which prepares nothing. */
function statementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>()
  return ({ sql }) => {
    const known = names.get(sql)
    if (known !== undefined) return known
    if (names.size >= maxPreparedStatements) return ''
    const name = `prisma_${names.size}`
    names.set(sql, name)
    return name
  }
}
