import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from './database.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/start.ts'
import { inspectAccess } from './inspect-access.ts'
import { migrate } from './migrate.ts'
import { appendAudit } from './sql/append-audit.ts'
import { ensureSnapshotPartitions } from './sql/ensure-snapshot-partitions.ts'
import { findSignIn } from './sql/find-sign-in.ts'
import { takeDueWallets } from './sql/take-due-wallets.ts'
import { verifyAuditChain } from './sql/verify-audit-chain.ts'
import { execute, withDatabase } from './testing/execute.ts'
import { uuidv7 } from './uuidv7.ts'

// A server of its own: roles belong to a whole server, and here ours are missing.
let home: string
let server: EmbeddedPostgres
const opened: Database[] = []

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'opentrade-one-role-'))
  chmodSync(home, 0o711)
  server = await startEmbeddedPostgres({ home, durable: false })
  await execute(
    server.url,
    'ALTER DATABASE opentrade OWNER TO CURRENT_USER',
    'DROP ROLE opentrade_owner, opentrade_app, opentrade_scheduler, opentrade_paper',
  )
})
afterAll(async () => {
  await Promise.all(opened.map((database) => database.close()))
  await server.stop()
  rmSync(home, { recursive: true, force: true })
})

/** Makes a database that belongs to a role of its own, as a hosting company hands one out. */
async function createHosted(name: string, rights = ''): Promise<string> {
  await execute(
    server.url,
    `CREATE ROLE ${name} LOGIN PASSWORD 'p' ${rights}`,
    `CREATE DATABASE ${name} OWNER ${name}`,
  )
  const url = new URL(withDatabase(server.url, name))
  url.username = name
  url.password = 'p'
  return url.href
}

function open(options: { url: string; schedulerUrl?: string }): Database {
  const database = openDatabase(options)
  opened.push(database)
  return database
}

async function ourRoles(): Promise<string[]> {
  const db = open({ url: server.url })
  const { rows } = await db.pool.query<{ name: string }>(
    `SELECT rolname AS name FROM pg_roles WHERE rolname LIKE 'opentrade\\_%' ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

test('with one role that may make no others, everything works, and the policies hold it', async () => {
  const url = await createHosted('hosted')
  await migrate({ url })
  expect(await migrate({ url })).toEqual({ applied: [] })
  expect(await ourRoles()).toEqual([])
  const db = open({ url })
  const report = await inspectAccess(db)
  expect(report.schedulerSees).toBe(true)
  expect(report.warnings).toEqual([
    expect.stringMatching(/^The server connects as hosted, which owns .*opentrade_app/),
  ])

  const userId = uuidv7()
  await db.pool.query(
    `INSERT INTO exchanges (exchange_id, exchange_name, ccxt_id, required_credentials) VALUES ('x', 'X', 'x', '[]')`,
  )
  await db.withUserSql(userId, async (client) => {
    await client.query(`INSERT INTO users (user_id, email) VALUES ($1, 'a@example.com')`, [userId])
    await client.query(`INSERT INTO wallets (user_id, exchange_id, next_sync_at) VALUES ($1, 'x', now())`, [
      userId,
    ])
    const event = { actor: 'test', action: 'test.done', target: null, detail: {}, ip: null }
    await appendAudit(client, { userId, ...event })
    expect(await verifyAuditChain(client, { userId })).toMatchObject({ verified: 1, broken: null })
  })
  expect((await db.pool.query('SELECT FROM users')).rowCount).toBe(0)
  expect((await db.pool.query('UPDATE wallets SET label = $1', ['x'])).rowCount).toBe(0)
  await expect(db.pool.query(`INSERT INTO users (email) VALUES ('b@example.com')`)).rejects.toThrow(
    'row-level security',
  )
  expect(await findSignIn(db.pool, { email: 'a@example.com' })).toMatchObject({ userId })
  expect((await db.pool.query('SELECT FROM users')).rowCount).toBe(0)
  expect(await takeDueWallets(db.scheduler, { limit: 10 })).toMatchObject([{ userId }])
  expect(await ensureSnapshotPartitions(db.scheduler, { from: new Date('2030-01-01'), months: 1 })).toBe(1)
  const deleted = await db.withUserSql(userId, (client) => client.query('DELETE FROM users'))
  expect(deleted.rowCount).toBe(1)
})

test('one that may make roles makes ours, without a way to log in', async () => {
  const url = await createHosted('maker', 'CREATEROLE')
  await migrate({ url })
  expect(await ourRoles()).toEqual([
    ...['opentrade_app', 'opentrade_owner', 'opentrade_paper', 'opentrade_scheduler'],
  ])
  const db = open({ url })
  const { rows } = await db.pool.query(
    `SELECT bool_or(rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole) AS more FROM pg_roles WHERE rolname LIKE 'opentrade\\_%'`,
  )
  expect(rows).toEqual([{ more: false }])
})

test("the server's role alone finds a migrated database ready, and one that is not names what is missing", async () => {
  const owner = await createHosted('managed')
  await execute(server.url, `ALTER ROLE opentrade_app LOGIN PASSWORD 'p'`)
  const app = new URL(owner)
  app.username = 'opentrade_app'
  await expect(migrate({ url: app.href })).rejects.toMatchObject({
    code: 'NOT_OWNER',
    message: expect.stringContaining('DATABASE_OWNER_URL'),
  })
  await migrate({ url: owner })
  expect(await migrate({ url: app.href })).toEqual({ applied: [] })
  const db = open({ url: app.href })
  // Nobody named the scheduler: the server's own role stands in for it, and sees nothing.
  expect(await inspectAccess(db)).toEqual({ warnings: [], schedulerSees: false })
  expect((await db.pool.query('SELECT FROM deployment')).rowCount).toBe(1)
})

test('as a superuser everything works, and the operator is told that no policy holds', async () => {
  await migrate({ url: server.url })
  const report = await inspectAccess(open({ url: server.url }))
  expect(report.schedulerSees).toBe(true)
  expect(report.warnings).toEqual([expect.stringContaining('whom no row-level policy holds')])
})
