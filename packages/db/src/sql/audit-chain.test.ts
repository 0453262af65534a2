import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedWallet } from '../testing/seed.ts'
import { createTestDatabase, type TestDatabase } from '../testing.ts'
import { appendAudit } from './append-audit.ts'
import { verifyAuditChain } from './verify-audit-chain.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

function event(userId: string, action = 'test.done') {
  const detail = { b: [1, 0.5, null], a: { 'ü"': 'x\n' }, longer: true }
  return { userId, actor: `user:${userId}`, action, target: null, detail, ip: '127.0.0.1' }
}

/** Changes rows behind the trigger's back, as the owner of the database could. */
async function tamper(statement: string, userId: string): Promise<void> {
  const client = await db.superuser.pool.connect()
  try {
    await client.query('BEGIN')
    await client.query(`SET LOCAL session_replication_role = 'replica'`)
    await client.query(statement, [userId])
    await client.query('COMMIT')
  } finally {
    client.release()
  }
}

async function chainOf(length: number): Promise<string> {
  const { userId } = await seedWallet(db)
  for (let i = 0; i < length; i += 1) await appendAudit(db.forUser(userId), event(userId, `act ${i}`))
  return userId
}

test('a chain is whole, and its hashes are the same when recomputed outside the database', async () => {
  const { userId } = await seedWallet(db)
  expect(await verifyAuditChain(db.forUser(userId), { userId })).toEqual({
    verified: 0,
    head: null,
    broken: null,
  })
  const first = await appendAudit(db.forUser(userId), event(userId))
  expect(first.seq).toBe('1')
  const second = await appendAudit(db.forUser(userId), {
    ...event(userId),
    target: 'wallet:ä',
    ip: null,
  })
  expect(await verifyAuditChain(db.forUser(userId), { userId })).toEqual({
    verified: 2,
    head: second,
    broken: null,
  })
})

test('50 writers at once make one chain without a gap', async () => {
  const { userId } = await seedWallet(db)
  const other = await seedWallet(db)
  const rows = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      await appendAudit(db.forUser(other.userId), event(other.userId))
      return await db.withUserSql(userId, (client) => appendAudit(client, event(userId, `act ${index}`)))
    }),
  )
  const numbers = rows.map(({ seq }) => Number(seq)).sort((a, b) => a - b)
  expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
  for (const id of [userId, other.userId]) {
    expect(await verifyAuditChain(db.forUser(id), { userId: id })).toMatchObject({
      verified: 50,
      broken: null,
    })
  }
})

test('a row that was rolled back leaves no gap', async () => {
  const userId = await chainOf(1)
  const failure = new Error('undo')
  await expect(
    db.withUserSql(userId, async (client) => {
      await appendAudit(client, event(userId))
      throw failure
    }),
  ).rejects.toBe(failure)
  expect((await appendAudit(db.forUser(userId), event(userId))).seq).toBe('2')
  expect(await verifyAuditChain(db.forUser(userId), { userId })).toMatchObject({ verified: 2, broken: null })
})

test('rows can be neither changed, nor deleted, nor truncated', async () => {
  const userId = await chainOf(2)
  for (const statement of [
    `UPDATE audit_log SET actor = 'nobody'`,
    'DELETE FROM audit_log',
    'TRUNCATE audit_log',
    'TRUNCATE users CASCADE',
  ]) {
    await expect(db.superuser.pool.query(statement)).rejects.toThrow('append-only')
  }
  expect(await verifyAuditChain(db.forUser(userId), { userId })).toMatchObject({ verified: 2, broken: null })
})

test.each([
  ['changed', `UPDATE audit_log SET detail = '{}' WHERE user_id = $1 AND seq = 3`, 'WRONG_HASH'],
  [
    'moved in time',
    `UPDATE audit_log SET at = at + interval '1 ms' WHERE user_id = $1 AND seq = 3`,
    'WRONG_HASH',
  ],
  ['taken out', 'DELETE FROM audit_log WHERE user_id = $1 AND seq = 3', 'MISSING'],
  [
    'cut off from the one before',
    `UPDATE audit_log SET prev_hash = sha256('x'), hash = audit_hash(sha256('x'), user_id, seq, at, actor, action, target, detail, ip)
     WHERE user_id = $1 AND seq = 3`,
    'WRONG_LINK',
  ],
])('a row that was %s is named', async (_what, statement, reason) => {
  const userId = await chainOf(5)
  await tamper(statement, userId)
  expect(await verifyAuditChain(db.forUser(userId), { userId })).toMatchObject({
    ...{ verified: 2, head: { seq: '2' }, broken: { seq: '3', reason } },
  })
})

test('a chain longer than one batch is followed to its end', async () => {
  const { userId } = await seedWallet(db)
  await db.superuser.pool.query(
    `DO $$ BEGIN FOR i IN 1..2001 LOOP PERFORM append_audit('${userId}', 'a', 'b', NULL, '{}', NULL); END LOOP; END $$`,
  )
  expect(await verifyAuditChain(db.forUser(userId), { userId })).toMatchObject({
    verified: 2001,
    broken: null,
  })
})
