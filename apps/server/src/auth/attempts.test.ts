import { createTestDatabase, type TestDatabase } from '@opentrade/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AttemptSubject, createAttempts } from './attempts.ts'

let db: TestDatabase
let clockMs = Date.parse('2026-01-01T00:00:00Z')

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

const attempts = () => createAttempts({ db, now: () => new Date(clockMs) })

/** How many tries go through before one is refused, and from when the next is good. */
async function triesUntilRefused(o: AttemptSubject): Promise<{ tries: number; waitMs: number }> {
  for (let tries = 0; ; tries += 1) {
    try {
      await attempts().begin(o)
    } catch (error) {
      const retryAt = error instanceof Error && 'retryAt' in error ? error.retryAt : null
      if (!(retryAt instanceof Date)) throw error
      return { tries, waitMs: retryAt.getTime() - clockMs }
    }
  }
}

test('each count is apart from the others: a lock on signing in is none on mails or on a session', async () => {
  const subject = 'ada@example.org'
  expect((await triesUntilRefused({ scope: 'account', subject })).tries).toBe(5)
  expect((await triesUntilRefused({ scope: 'mail-account', subject })).tries).toBe(5)
  expect((await triesUntilRefused({ scope: 'confirm', subject })).tries).toBe(5)
})

test('a network of IPv6 has one count, however many addresses of it are used', async () => {
  const subjectOf = (count: number) => `2001:db8::${count.toString(16)}`
  for (let count = 0; count < 100; count += 1) {
    await attempts().begin({ scope: 'ip', subject: subjectOf(count) })
  }
  expect((await triesUntilRefused({ scope: 'ip', subject: subjectOf(100) })).tries).toBe(0)
  expect((await triesUntilRefused({ scope: 'mail-ip', subject: '2001:db8:0:1::1' })).tries).toBe(50)
})

test('over the installation a minute takes so many tries, and the next minute begins anew', async () => {
  const all = { scope: 'mail-installation', subject: '' } as const
  expect(await triesUntilRefused(all)).toEqual({ tries: 300, waitMs: 60_000 })
  clockMs += 59_999
  expect(await triesUntilRefused(all)).toEqual({ tries: 0, waitMs: 1 })
  clockMs += 1
  expect((await triesUntilRefused(all)).tries).toBe(300)
})

test('a good try gives its place in the minute back, so that people who sign in block nobody', async () => {
  const all = { scope: 'installation', subject: '' } as const
  for (let count = 0; count < 20; count += 1) {
    await attempts().begin(all)
    await attempts().succeed(all)
  }
  expect((await triesUntilRefused(all)).tries).toBe(600)
})

test('a wait that a clock two days ahead has written blocks nobody once the clock is right', async () => {
  const day = 24 * 3_600_000
  for (const scope of ['account', 'ip', 'second-factor', 'installation'] as const) {
    const subject = { scope, subject: scope === 'installation' ? '' : 'late@example.org' }
    clockMs += 2 * day
    await triesUntilRefused(subject)
    clockMs -= 2 * day
    await expect(attempts().begin(subject)).resolves.toBeUndefined()
    // From here on it counts as ever.
    expect((await triesUntilRefused(subject)).tries).toBeLessThan(601)
  }
})
