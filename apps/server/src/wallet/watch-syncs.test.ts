import { uuidv7 } from '@opentrade/db'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { UserContext } from '../context.ts'
import { seedCatalogue } from '../exchange/seed.ts'
import { contextFor } from '../testing/exchange-fixtures.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { watchSyncs } from './watch-syncs.ts'

let server: TestServer
let ctx: UserContext
let stop: AbortController

beforeAll(async () => {
  server = await startTestServer()
  await seedCatalogue(server.db.pool)
})

afterAll(() => server.close())

beforeEach(async () => {
  const user = await server.client().signUp()
  ctx = contextFor(server, user)
  const { rows } = await server.db.superuser.pool.query<{ sessionId: string }>(
    'SELECT session_id AS "sessionId" FROM sessions WHERE user_id = $1',
    [user.userId],
  )
  ctx = { ...ctx, actor: { ...ctx.actor, sessionId: rows[0]?.sessionId ?? null } }
  stop = new AbortController()
})

function watch(lastEventId?: string) {
  const events = watchSyncs({ ctx, input: lastEventId ? { lastEventId } : undefined, signal: stop.signal })
  return {
    /** The next wallet that it tells, or null once it has ended. */
    async next(): Promise<{ id: string; walletId: string } | null> {
      const { value, done } = await events.next()
      return done ? null : { id: value[0], walletId: value[1].walletId }
    },
  }
}

const changed = (walletId: string, userId = ctx.actor.userId) =>
  server.services.events.publish({ type: 'wallet', userId, walletId })

async function addWallet(): Promise<string> {
  const { rows } = await server.db.superuser.pool.query(
    `INSERT INTO wallets (user_id, exchange_id, label) VALUES ($1, 'paper', gen_random_uuid()::text)
     RETURNING wallet_id AS "walletId"`,
    [ctx.actor.userId],
  )
  return rows[0].walletId
}

test("tells the person's wallets and nobody else's", async () => {
  const events = watch()
  const next = events.next()
  const walletId = uuidv7()
  await changed(uuidv7(), uuidv7())
  await changed(walletId)
  expect(await next).toMatchObject({ walletId })
})

test('ends when the client goes', async () => {
  const next = watch().next()
  stop.abort()
  expect(await next).toBeNull()
})

test('ends when this session, or all of them, are revoked, and not for another one', async () => {
  const { userId, sessionId } = ctx.actor
  for (const revoked of [sessionId, null]) {
    const events = watch()
    const next = events.next()
    await server.services.events.publish({ type: 'session-revoked', userId, sessionId: uuidv7() })
    const walletId = uuidv7()
    await changed(walletId)
    expect(await next).toMatchObject({ walletId })
    const end = events.next()
    await server.services.events.publish({ type: 'session-revoked', userId, sessionId: revoked })
    expect(await end).toBeNull()
  }
})

test('who comes back hears of what changed meanwhile, and only of that', async () => {
  const old = await addWallet()
  await server.db.superuser.pool.query(
    `UPDATE wallets SET updated_at = now() - interval '1 hour' WHERE wallet_id = $1`,
    [old],
  )
  const lastEventId = new Date(Date.now() - 60_000).toISOString()
  const recent = await addWallet()
  const events = watch(lastEventId)
  expect(await events.next()).toMatchObject({ walletId: recent })
  const next = events.next()
  await changed(old)
  expect(await next).toMatchObject({ walletId: old })
})

test('an id of an event that is not ours counts as none', async () => {
  await addWallet()
  const next = watch('garbage').next()
  const walletId = uuidv7()
  await changed(walletId)
  expect(await next).toMatchObject({ walletId })
})

test('a loss of the connection for events is made good', async () => {
  const walletId = await addWallet()
  const next = watch().next()
  await server.db.superuser.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'opentrade events' AND datname = current_database()`,
  )
  expect(await next).toMatchObject({ walletId })
})

test('ends when the session was revoked while nothing could be heard', async () => {
  const next = watch().next()
  await server.db.superuser.pool.query('UPDATE sessions SET revoked_at = now() WHERE session_id = $1', [
    ctx.actor.sessionId,
  ])
  await server.db.superuser.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'opentrade events' AND datname = current_database()`,
  )
  expect(await next).toBeNull()
})

test('ends for a program when its token is deleted, and not for another one', async () => {
  const { userId } = ctx.actor
  const tokenId = uuidv7()
  ctx = { ...ctx, actor: { ...ctx.actor, sessionId: null, token: { tokenId, scopes: ['read'] } } }
  const events = watch()
  const next = events.next()
  await server.services.events.publish({ type: 'token-revoked', userId, tokenId: uuidv7() })
  const walletId = uuidv7()
  await changed(walletId)
  expect(await next).toMatchObject({ walletId })
  const end = events.next()
  await server.services.events.publish({ type: 'token-revoked', userId, tokenId })
  expect(await end).toBeNull()
})
