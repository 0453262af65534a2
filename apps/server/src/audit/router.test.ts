import { createHash, randomUUID } from 'node:crypto'
import { appendAudit } from '@opentrade/db'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordFailedSignInJob } from '../auth/record-failed-sign-in.job.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import type { AuditEntry, AuditLines, AuditPage, AuditReport } from './schemas.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ worker: [recordFailedSignInJob] })
})
afterAll(() => server.close())

interface Person {
  client: TestClient
  userId: string
  email: string
}

async function signUp(): Promise<Person> {
  const client = server.client()
  const { userId, email } = await client.signUp()
  return { client, userId, email }
}

/** Appends `count` entries to a person's log, called `test.0`, `test.1` and so on. */
async function fill(userId: string, count: number): Promise<void> {
  await server.db.withUserSql(userId, async (client) => {
    for (let index = 0; index < count; index += 1) {
      const act = { actor: 'test', target: null, detail: { b: 1, a: ['ü"\n'] }, ip: null }
      await appendAudit(client, { userId, action: `test.${index}`, ...act })
    }
  })
}

/** Changes rows behind the triggers' backs, as the owner of the database could. */
async function tamper(statement: string, userId: string): Promise<void> {
  const client = await server.db.superuser.pool.connect()
  try {
    await client.query('BEGIN')
    await client.query(`SET LOCAL session_replication_role = 'replica'`)
    await client.query(statement, [userId])
    await client.query('COMMIT')
  } finally {
    client.release()
  }
}

const actionsOf = (page: AuditPage) => page.entries.map((entry) => entry.action)

describe('audit.list', () => {
  it('shows the newest first, in pages without a gap', async () => {
    const { client, userId } = await signUp()
    await fill(userId, 4)
    const first = await client.queryData<AuditPage>('audit.list', { limit: 3 })
    expect(actionsOf(first)).toEqual(['test.3', 'test.2', 'test.1'])
    expect(first.next).toBe('3')
    const second = await client.queryData<AuditPage>('audit.list', { limit: 3, cursor: first.next })
    expect([actionsOf(second), second.next]).toEqual([['test.0', 'auth.signed-up'], null])
    expect(second.entries[1]).toEqual({
      seq: '1',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      actor: expect.stringMatching(/^session:/),
      action: 'auth.signed-up',
      target: `user:${userId}`,
      detail: { role: expect.any(String), userAgent: expect.any(String) },
      ip: '127.0.0.1',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('filters by action and by time', async () => {
    const { client, userId } = await signUp()
    await fill(userId, 3)
    const list = (input: object) => client.queryData<AuditPage>('audit.list', input)
    expect(actionsOf(await list({ actions: ['test.1', 'auth.signed-up'] }))).toEqual([
      'test.1',
      'auth.signed-up',
    ])
    expect(actionsOf(await list({ except: ['test.1', 'auth.signed-up'] }))).toEqual(['test.2', 'test.0'])
    expect(actionsOf(await list({ actions: [] }))).toEqual([])
    const [newest] = (await list({ limit: 1 })).entries
    expect(actionsOf(await list({ from: newest?.at, actions: ['test.2'] }))).toEqual(['test.2'])
    expect(actionsOf(await list({ to: newest?.at, actions: ['test.2'] }))).toEqual([])
    expect(actionsOf(await list({ from: '2020-01-01T00:00:00+02:00', to: '2020-02-01T00:00:00Z' }))).toEqual(
      [],
    )
    expect(actionsOf(await list({ to: '0000-01-01T00:00:00Z' }))).toEqual([])
    expect(actionsOf(await list({ from: '9999-12-31T23:59:59-23:59' }))).toEqual([])
  })

  it('shows nobody else’s entries, to administrators neither', async () => {
    const mine = await signUp()
    const other = await signUp()
    await fill(other.userId, 2)
    for (const procedure of ['audit.list', 'audit.export']) {
      const answer = JSON.stringify(await mine.client.queryData(procedure))
      expect(answer).toContain('auth.signed-up')
      expect(answer).not.toContain(other.userId)
      expect(answer).not.toContain('test.0')
    }
  })

  it.each([
    [{ cursor: '0' }, 'cursor'],
    [{ cursor: 5 }, 'cursor'],
    [{ cursor: `1${'0'.repeat(30)}` }, 'cursor'],
    [{ limit: 0 }, 'limit'],
    [{ limit: 201 }, 'limit'],
    [{ limit: 1.5 }, 'limit'],
    [{ actions: 'auth.signed-up' }, 'actions'],
    [{ actions: ['x'.repeat(101)] }, 'actions.0'],
    [{ actions: ['a\u0000b'] }, 'actions.0'],
    [{ except: Array.from({ length: 51 }, () => 'x') }, 'except'],
    [{ from: 'yesterday' }, 'from'],
    [{ to: '2026-13-01T00:00:00Z' }, 'to'],
    [{ userId: randomUUID() }, 'input'],
  ])('refuses %j and names the field', async (input, field) => {
    const { client } = await signUp()
    const answer = await client.query('audit.list', input)
    expect([answer.status, answer.error?.data.reason]).toEqual([400, 'INVALID_INPUT'])
    expect(Object.keys(answer.error?.data.fields ?? {})).toEqual([field])
  })
})

describe('audit.verify', () => {
  it('says that a whole chain is whole, and gives its head', async () => {
    const { client, userId } = await signUp()
    await fill(userId, 3)
    const [last] = (await client.queryData<AuditPage>('audit.list', { limit: 1 })).entries
    const report = await client.queryData<AuditReport>('audit.verify')
    expect(report).toEqual({ verified: 4, head: { seq: '4', hash: last?.hash }, broken: null })
    expect(await client.queryData('audit.verify', { head: report.head })).toEqual(report)
  })

  it.each([
    ['changed', `UPDATE audit_log SET detail = '{}' WHERE user_id = $1 AND seq = 3`, 'WRONG_HASH'],
    ['taken out', 'DELETE FROM audit_log WHERE user_id = $1 AND seq = 3', 'MISSING'],
  ])('names an entry that was %s', async (_what, statement, reason) => {
    const { client, userId } = await signUp()
    await fill(userId, 4)
    await tamper(statement, userId)
    const report = await client.queryData<AuditReport>('audit.verify')
    expect(report).toMatchObject({ verified: 2, head: { seq: '2' }, broken: { seq: '3', reason } })
  })

  it('finds with a noted head that the end was cut off', async () => {
    const { client, userId } = await signUp()
    await fill(userId, 4)
    const { head } = await client.queryData<AuditReport>('audit.verify')
    await tamper('DELETE FROM audit_log WHERE user_id = $1 AND seq > 3', userId)
    expect(await client.queryData('audit.verify')).toMatchObject({ verified: 3, broken: null })
    expect(await client.queryData('audit.verify', { head })).toMatchObject({
      ...{ verified: 3, head: { seq: '3' }, broken: { seq: '4', reason: 'CUT_OFF' } },
    })
  })

  it('finds with a noted head that the end was written anew', async () => {
    const { client, userId } = await signUp()
    await fill(userId, 2)
    const { head } = await client.queryData<AuditReport>('audit.verify')
    await tamper('DELETE FROM audit_log WHERE user_id = $1 AND seq > 1', userId)
    await fill(userId, 5)
    expect(await client.queryData('audit.verify')).toMatchObject({ verified: 6, broken: null })
    expect(await client.queryData('audit.verify', { head })).toMatchObject({
      broken: { seq: '3', reason: 'NOT_AS_NOTED' },
    })
  })

  it('takes a head in capital letters', async () => {
    const { client } = await signUp()
    const { head } = await client.queryData<AuditReport>('audit.verify')
    const noted = { seq: head?.seq, hash: head?.hash.toUpperCase() }
    expect(await client.queryData('audit.verify', { head: noted })).toMatchObject({ broken: null })
  })

  it.each([
    [{ head: '4' }, 'head'],
    [{ head: { seq: '4' } }, 'head.hash'],
    [{ head: { seq: '-1', hash: 'a'.repeat(64) } }, 'head.seq'],
    [{ head: { seq: '1', hash: 'z'.repeat(64) } }, 'head.hash'],
  ])('refuses %j and names the field', async (input, field) => {
    const { client } = await signUp()
    const answer = await client.query('audit.verify', input)
    expect([answer.status, answer.error?.data.reason]).toEqual([400, 'INVALID_INPUT'])
    expect(Object.keys(answer.error?.data.fields ?? {})).toEqual([field])
  })
})

interface ExportedLine extends AuditEntry {
  userId: string
  detailText: string
  prevHash: string
}

/** The chain's hash as the migration describes it, from an exported line alone. */
function hashOf(line: ExportedLine): string {
  const field = (value: string | null) => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(value === null ? -1 : Buffer.byteLength(value))
    return Buffer.concat([length, Buffer.from(value ?? '')])
  }
  const { userId, seq, at, actor, action, target, detailText, ip } = line
  const hash = createHash('sha256')
    .update(field('opentrade-audit-v1'))
    .update(Buffer.from(line.prevHash, 'hex'))
  for (const value of [userId, seq, at, actor, action, target, detailText, ip]) hash.update(field(value))
  return hash.digest('hex')
}

describe('audit.export', () => {
  it('gives every line once, in parts, and enough to verify the chain elsewhere', async () => {
    const { client, userId } = await signUp()
    await fill(userId, 6)
    let text = ''
    let after: string | undefined
    for (;;) {
      const part = await client.queryData<AuditLines>('audit.export', { limit: 3, after })
      text += part.lines
      if (part.next === null) break
      after = part.next
    }
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line): ExportedLine => JSON.parse(line))
    expect(lines.map((line) => line.seq)).toEqual(['1', '2', '3', '4', '5', '6', '7'])
    let before = '0'.repeat(64)
    for (const line of lines) {
      expect(line.prevHash).toBe(before)
      expect(hashOf(line)).toBe(line.hash)
      before = line.hash
    }
    expect(lines[1]?.detail).toEqual({ b: 1, a: ['ü"\n'] })
  })

  it('is over at once beyond the end', async () => {
    const { client } = await signUp()
    expect(await client.queryData('audit.export', { after: '9000' })).toEqual({ lines: '', next: null })
  })
})

describe('without a session', () => {
  it.each(['audit.list', 'audit.verify', 'audit.export'])('%s is refused', async (procedure) => {
    const answer = await server.client().query(procedure)
    expect([answer.status, answer.error?.data.reason]).toEqual([401, 'SIGN_IN_REQUIRED'])
  })
})

describe('a failed sign-in', () => {
  it('stands in the log of the account once, with the address that it came from', async () => {
    const { client, email, userId } = await signUp()
    const wrong = await server.client().mutate('auth.login', { email, password: 'not the password 1' })
    expect(wrong.status).toBe(401)
    const failures = () => client.queryData<AuditPage>('audit.list', { actions: ['auth.sign-in-failed'] })
    await expect.poll(async () => (await failures()).entries.length).toBe(1)
    const [entry] = (await failures()).entries
    expect(entry).toMatchObject({ actor: 'nobody', target: `user:${userId}`, ip: '127.0.0.1' })

    const { services } = server
    const payload = { ...payloadOf(entry), userId }
    const signal = new AbortController().signal
    await recordFailedSignInJob.run({ services, payload, log: services.log, signal })
    expect((await failures()).entries).toHaveLength(1)
  })

  it('is queued for an unknown address as well, and noted nowhere', async () => {
    const { services } = server
    const payload = { userId: null, triedAt: new Date().toISOString(), ip: '127.0.0.1', userAgent: null }
    const signal = new AbortController().signal
    const run = () => recordFailedSignInJob.run({ services, payload, log: services.log, signal })
    await expect(run()).resolves.toBeUndefined()
    const gone = { ...payload, userId: randomUUID() }
    await recordFailedSignInJob.run({ services, payload: gone, log: services.log, signal })
    const { rows } = await server.db.superuser.pool.query('SELECT FROM audit_log WHERE user_id = $1', [
      gone.userId,
    ])
    expect(rows).toEqual([])
  })
})

function payloadOf(entry: AuditEntry | undefined) {
  const detail = entry?.detail ?? {}
  return { triedAt: String(detail.triedAt), userAgent: String(detail.userAgent), ip: entry?.ip ?? null }
}
