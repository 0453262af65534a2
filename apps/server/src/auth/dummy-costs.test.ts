import { hashPassword, type PasswordParams } from '@opentrade/crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { prepareOutage } from '../testing/database-outage.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { TEST_PASSWORD } from '../testing/test-client.ts'
import { createDummyCosts } from './dummy-costs.ts'

const OLD: PasswordParams = { memoryKib: 19_456, passes: 2, lanes: 1 }
const NEW: PasswordParams = { memoryKib: 20_480, passes: 2, lanes: 1 }
const UNKNOWN = Array.from({ length: 400 }, (_, index) => `nobody-${index}@example.org`)

let server: TestServer

beforeAll(async () => {
  const argon2 = { memoryKib: NEW.memoryKib, iterations: NEW.passes, parallelism: NEW.lanes }
  server = await startTestServer({ env: { argon2 } })
})
beforeEach(() => server.db.superuser.pool.query('DELETE FROM users'))
afterAll(() => server.close())

/** Accounts from before the parameters were changed, and after. */
async function accounts(o: { old: number; new: number }): Promise<string[]> {
  const hashes = { old: await hashPassword(TEST_PASSWORD, OLD), new: await hashPassword(TEST_PASSWORD, NEW) }
  const emails: string[] = []
  for (const age of ['old', 'new'] as const) {
    for (let index = 0; index < o[age]; index += 1) {
      emails.push(`${age}-${index}@example.org`)
      await server.db.superuser.pool.query('INSERT INTO users (email, password_hash) VALUES ($1, $2)', [
        emails.at(-1),
        hashes[age],
      ])
    }
  }
  await server.services.dummyCosts.refresh()
  return emails
}

function costsOf(emails: string[], costs = server.services.dummyCosts): Promise<PasswordParams[]> {
  return Promise.all(emails.map((email) => costs.costFor(email)))
}

/** With which parameters the hasher works while `run` runs. */
async function costsUsed(run: () => Promise<unknown>): Promise<{ real: string[]; dummy: string[] }> {
  const { passwords } = server.services
  const used = { real: [] as string[], dummy: [] as string[] }
  server.services.passwords = {
    ...passwords,
    verify(hash, password) {
      used.real.push(/m=\d+,t=\d+,p=\d+/.exec(hash)?.[0] ?? hash)
      return passwords.verify(hash, password)
    },
    dummyVerify(password, cost = passwords.params) {
      used.dummy.push(`m=${cost.memoryKib},t=${cost.passes},p=${cost.lanes}`)
      return passwords.dummyVerify(password, cost)
    },
  }
  await run()
  server.services.passwords = passwords
  return used
}

const signIn = (email: string, password = TEST_PASSWORD) =>
  server.client().mutate('auth.login', { email, password })

it('has an unknown address cost what the accounts cost, though new hashes cost another', async () => {
  const [owner = ''] = await accounts({ old: 1, new: 0 })
  const wrong = 'not the password 1'
  const before = await costsUsed(async () => {
    await signIn(owner, wrong)
    await signIn('nobody@example.org', wrong)
  })
  expect(before).toEqual({ real: ['m=19456,t=2,p=1'], dummy: ['m=19456,t=2,p=1'] })
  expect((await signIn(owner)).status).toBe(200)
  const after = await costsUsed(async () => {
    await signIn(owner, wrong)
    await signIn('nobody@example.org', wrong)
  })
  expect(after).toEqual({ real: ['m=20480,t=2,p=1'], dummy: ['m=20480,t=2,p=1'] })
})

it('has unknown addresses cost one or the other where accounts do, each always the same, in their proportion', async () => {
  await accounts({ old: 3, new: 1 })
  const costs = await costsOf(UNKNOWN)
  const old = costs.filter((cost) => cost.memoryKib === OLD.memoryKib).length
  expect(old / UNKNOWN.length).toBeGreaterThan(0.65)
  expect(old / UNKNOWN.length).toBeLessThan(0.85)
  // In another process, too.
  const { db, log } = server.services
  expect(await costsOf(UNKNOWN, createDummyCosts({ db, log, params: NEW }))).toEqual(costs)
})

it('moves an unknown address to the new cost once, as a sign-in moves an account, and never back', async () => {
  await accounts({ old: 3, new: 1 })
  const before = await costsOf(UNKNOWN)
  await server.db.superuser.pool.query(`DELETE FROM users WHERE email = 'old-0@example.org'`)
  await server.services.dummyCosts.refresh()
  const after = await costsOf(UNKNOWN)
  const back = after.filter((cost, index) => {
    const was = before[index]?.memoryKib ?? 0
    return cost.memoryKib < was
  })
  expect(back).toEqual([])
  expect(after).not.toEqual(before)
})

it('takes the cost of new hashes where there is no account with a password, or none that can be read', async () => {
  await accounts({ old: 0, new: 0 })
  await server.db.superuser.pool.query(
    `INSERT INTO users (email, password_hash) VALUES ('a@example.org', NULL), ('b@example.org', 'damaged')`,
  )
  await server.services.dummyCosts.refresh()
  expect(await costsOf(UNKNOWN.slice(0, 3))).toEqual([NEW, NEW, NEW])
})

it('keeps what it knew when a count fails, so that people still sign in', async () => {
  await accounts({ old: 1, new: 0 })
  const { db, log } = server.services
  const outage = await prepareOutage(server.db)
  try {
    const costs = createDummyCosts({ db, log, params: NEW })
    expect(await costsOf(UNKNOWN.slice(0, 1), costs)).toEqual([OLD])
    await outage.begin()
    await expect(costs.refresh()).rejects.toThrow()
    await outage.end()
    expect(await costsOf(UNKNOWN.slice(0, 1), costs)).toEqual([OLD])
  } finally {
    await outage.end()
    outage.close()
  }
})
