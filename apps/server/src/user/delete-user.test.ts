import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AddedApiKey } from '../api-key/schemas.ts'
import { type BinanceReplies, startBinanceReplies } from '../testing/binance-replies.ts'
import { contextFor, pointExchange } from '../testing/exchange-fixtures.ts'
import { createTestRootKeys, startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD, type TestClient } from '../testing/test-client.ts'
import { syncWallet } from '../wallet/sync-wallet.ts'

let server: TestServer
let second: TestServer
let replies: BinanceReplies

beforeAll(async () => {
  replies = await startBinanceReplies()
})
beforeEach(async () => {
  const rootKeys = createTestRootKeys()
  server = await startTestServer({ rootKeys })
  second = await startTestServer({ rootKeys, db: server.db })
  await pointExchange(server.db, { exchangeId: 'paper', url: replies.url })
  return async () => {
    await second.close()
    await server.close()
  }
})
afterAll(() => replies.close())

function deleteMe(client: TestClient, o: { email: string; password?: string; confirmation?: string }) {
  const { email, password = TEST_PASSWORD, confirmation = email } = o
  return client.mutate('users.deleteMe', { password, confirmation })
}

async function refusal(answer: ReturnType<typeof deleteMe>) {
  const { status, error } = await answer
  return { status, reason: error?.data.reason, fields: Object.keys(error?.data.fields ?? {}) }
}

/** How many rows of each table name this person. */
async function rowsOf(userId: string): Promise<Record<string, number>> {
  const { pool } = server.db.superuser
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'user_id'
       AND NOT c.relispartition`,
  )
  const counts: Record<string, number> = {}
  for (const { name } of tables) {
    const { rowCount } = await pool.query(`SELECT FROM ${name} WHERE user_id = $1`, [userId])
    if (rowCount) counts[name] = rowCount
  }
  return counts
}

async function addWallet(
  client: TestClient,
  user: { userId: string; role: 'user' | 'admin' },
): Promise<void> {
  const credentials = { apiKey: `key-of-${user.userId}`, secret: 's' }
  const { walletId } = await client.mutateData<AddedApiKey>('apiKeys.add', {
    exchangeId: 'paper',
    credentials,
  })
  await syncWallet({ ctx: contextFor(server, user), input: { walletId } })
  await client.mutateData('settings.set', { key: 'theme', value: 'dark' })
}

describe('a person who deletes their account', () => {
  it('leaves nothing behind, and nothing of anybody else’s is touched', async () => {
    const [admin, client] = [server.client(), server.client()]
    const other = await admin.signUp()
    const user = await client.signUp()
    await addWallet(admin, other)
    await addWallet(client, user)
    const before = await rowsOf(other.userId)
    expect(Object.keys(await rowsOf(user.userId)).length).toBeGreaterThan(6)

    expect((await deleteMe(client, user)).data).toEqual({ ok: true })
    expect(await rowsOf(user.userId)).toEqual({})
    expect(await rowsOf(other.userId)).toEqual(before)
    const { error } = await client.mutate('auth.login', { email: user.email, password: TEST_PASSWORD })
    expect(error?.data.reason).toBe('WRONG_CREDENTIALS')
  })

  it('is signed out everywhere at once, in every process', async () => {
    await server.client().signUp()
    const here = server.client()
    const user = await here.signUp()
    const there = second.client()
    await there.signIn(user)
    const cookies = new Map(here.cookies)
    await there.queryData('wallets.list')
    await deleteMe(here, user)
    expect(here.cookies.size).toBe(0)
    await expect.poll(async () => (await there.query('wallets.list')).status, { interval: 10 }).toBe(401)
    for (const [name, value] of cookies) here.cookies.set(name, value)
    expect((await here.query('wallets.list')).status).toBe(401)
    expect((await here.mutate('auth.refresh', {})).status).toBe(401)
  })

  it('gives their password and address, and a wrong one is refused, counted and recorded', async () => {
    await server.client().signUp()
    const client = server.client()
    const user = await client.signUp()
    expect(await refusal(deleteMe(client, { ...user, confirmation: 'someone@example.org' }))).toEqual({
      ...{ status: 400, reason: 'CONFIRMATION_WRONG', fields: ['confirmation'] },
    })
    const wrong = () => refusal(deleteMe(client, { ...user, password: 'not the one of mine' }))
    expect(await wrong()).toEqual({ status: 422, reason: 'WRONG_PASSWORD', fields: ['password'] })
    const { rows } = await server.db.superuser.pool.query(
      "SELECT actor FROM audit_log WHERE user_id = $1 AND action = 'user.deletion-refused'",
      [user.userId],
    )
    expect(rows).toEqual([{ actor: expect.stringMatching(/^session:/) }])
    const reasons = []
    for (let tries = 0; tries < 6; tries += 1) reasons.push((await wrong()).reason)
    expect(reasons.at(-1)).toBe('TOO_MANY_ATTEMPTS')
    expect(Object.keys(await rowsOf(user.userId))).toContain('users')
  })

  it('must be signed in, and says what is missing', async () => {
    const nobody = await deleteMe(server.client(), { email: 'a@example.org' })
    expect(nobody.status).toBe(401)
    const client = server.client()
    await client.signUp()
    for (const input of [{}, { password: '' }, { password: 7, confirmation: null }, '__proto__']) {
      const { status, error } = await client.mutate('users.deleteMe', input)
      expect([status, error?.data.reason]).toEqual([400, 'INVALID_INPUT'])
    }
  })
})

describe('the last administrator', () => {
  it('stays while others are there, and goes when they are gone', async () => {
    const [adminClient, client] = [server.client(), server.client()]
    const admin = await adminClient.signUp()
    const user = await client.signUp()
    expect(await refusal(deleteMe(adminClient, admin))).toMatchObject({ status: 409, reason: 'LAST_ADMIN' })
    await deleteMe(client, user)
    expect((await deleteMe(adminClient, admin)).data).toEqual({ ok: true })
    expect((await server.client().signUp()).role).toBe('admin')
  })

  it('is whoever of two comes second, when both go at once', async () => {
    const clients = [server.client(), second.client(), server.client()]
    const users: Awaited<ReturnType<TestClient['signUp']>>[] = []
    for (const client of clients) users.push(await client.signUp())
    await server.db.superuser.pool.query("UPDATE users SET role = 'admin' WHERE user_id <> $1", [
      users[2]?.userId,
    ])
    const answers = await Promise.all(
      clients
        .slice(0, 2)
        .map((client, index) => refusal(deleteMe(client, { email: users[index]?.email ?? '' }))),
    )
    expect(answers.map((answer) => answer.reason ?? 'gone').toSorted()).toEqual(['LAST_ADMIN', 'gone'])
  })
})
