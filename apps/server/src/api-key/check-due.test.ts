import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PortfolioSummary } from '../portfolio/types.ts'
import {
  apiRestrictions,
  type BinanceReplies,
  binanceError,
  startBinanceReplies,
} from '../testing/binance-replies.ts'
import { contextFor, pointExchange } from '../testing/exchange-fixtures.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import type { Wallet } from '../wallet/types.ts'
import { checkKeyByItself } from './check-by-itself.ts'
import { checkDueKeys } from './check-due.ts'
import { nextCheckAt } from './schedule.ts'
import type { AddedApiKey, ApiKey } from './schemas.ts'

const INVALID = binanceError(-2014, 'API-key format invalid.', 401)
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

let server: TestServer
let replies: BinanceReplies
let person: TestClient
let user: Awaited<ReturnType<TestClient['signUp']>>
let apiKey: ApiKey
/** How far the clock of the checks is ahead of the test's. */
let aheadMs = 0

beforeAll(async () => {
  replies = await startBinanceReplies()
  server = await startTestServer({ now: () => new Date(Date.now() + aheadMs) })
  await pointExchange(server.db, { exchangeId: 'paper', url: replies.url })
})
beforeEach(async () => {
  replies.reset()
  aheadMs = 0
  person = server.client()
  user = await person.signUp()
  apiKey = await addKey()
})
afterAll(async () => {
  await server.close()
  await replies.close()
})

async function addKey(more: object = {}): Promise<ApiKey> {
  const credentials = { apiKey: `key-${crypto.randomUUID()}`, secret: 's' }
  const input = { exchangeId: 'paper', credentials, ...more }
  return (await person.mutateData<AddedApiKey>('apiKeys.add', input)).apiKey
}

async function dueInHours(): Promise<number> {
  const { rows } = await server.db.superuser.pool.query<{ at: Date }>(
    'SELECT next_check_at AS at FROM user_api_keys WHERE api_key_id = $1',
    [apiKey.apiKeyId],
  )
  return ((rows[0]?.at.getTime() ?? 0) - Date.now()) / HOUR_MS
}

function checkByItself(apiKeyId = apiKey.apiKeyId): Promise<void> {
  const { log } = server.services
  return checkKeyByItself({ ctx: contextFor(server, user), input: { apiKeyId }, log })
}

/** Checks the key so many minutes from now; returns in how many minutes after that it is checked again. */
async function checkIn(minutes: number): Promise<number> {
  aheadMs = minutes * MINUTE_MS
  await checkByItself()
  const wait = (await dueInHours()) * 60 - minutes
  aheadMs = 0
  return wait
}

async function noticesAskedFor(): Promise<number> {
  const { rows } = await server.db.superuser.pool.query('SELECT FROM graphile_worker.jobs WHERE key = $1', [
    `key-invalid:${apiKey.apiKeyId}`,
  ])
  return rows.length
}

async function currentKey(): Promise<ApiKey> {
  const keys = await person.queryData<ApiKey[]>('apiKeys.list')
  const found = keys.find((key) => key.apiKeyId === apiKey.apiKeyId)
  if (!found) throw new Error('The key is not there.')
  return found
}

async function attention(): Promise<string[]> {
  const summary = await person.queryData<PortfolioSummary>('portfolio.summary')
  return summary.attention.map((item) => item.kind)
}

async function audited(): Promise<string[]> {
  const { rows } = await server.db.superuser.pool.query<{ action: string }>(
    'SELECT action FROM audit_log WHERE user_id = $1 ORDER BY seq',
    [user.userId],
  )
  return rows.map((row) => row.action)
}

describe('when a key is checked by itself', () => {
  it('a day after it was accepted at the latest, spread over some hours', async () => {
    expect(await dueInHours()).toBeGreaterThan(19)
    expect(await dueInHours()).toBeLessThanOrEqual(24)
    const now = new Date(0)
    const spread = [0, 0.5, 1].map((random) => nextCheckAt({ now, outcome: 'accepted' }, () => random))
    expect(spread.map((at) => at.getTime() / HOUR_MS)).toEqual([19.2, 21.6, 24])
  })

  it('within minutes when the exchange could not say what it may do', async () => {
    replies.restrictions = { status: 500, body: 'oops' }
    apiKey = await addKey({ nickname: 'unstated', walletLabel: 'unstated' })
    expect(apiKey.permissions).toMatchObject({ read: 'yes', withdraw: 'unverified' })
    expect(await dueInHours()).toBeLessThanOrEqual(1 / 6)
  })

  it('about 1, 5 and 10 minutes after it was refused, then ever more seldom, up to every six hours', async () => {
    replies.account = INVALID
    let at = 0
    const waits: number[] = []
    for (let round = 0; round < 9; round += 1) {
      const wait = await checkIn(at)
      waits.push(wait)
      at += wait
    }
    const limits = [
      [1, 1.3],
      [3.5, 5],
      [4, 7.2],
      [48, 60],
    ] as const
    for (const [index, [least, most]] of limits.entries()) {
      expect(waits[index], `${index}`).toBeGreaterThan(least - 0.1)
      expect(waits[index], `${index}`).toBeLessThan(most + 0.1)
    }
    expect(waits.at(-1)).toBeGreaterThan(4.7 * 60)
    expect(waits.at(-1)).toBeLessThan(6.1 * 60)
  })

  it('within half an hour when nobody answered', async () => {
    replies.account = { status: 500, body: 'oops' }
    await checkByItself()
    expect(await dueInHours()).toBeLessThanOrEqual(0.5)
  })

  it('a few times a day when the exchange does not serve the place of this server', async () => {
    replies.account = { status: 451, body: '{"code":0,"msg":"restricted location"}' }
    await checkByItself()
    expect(await dueInHours()).toBeGreaterThan(6)
    expect(await currentKey()).toMatchObject({ isValid: true, checkError: null, refusedSince: null })
  })

  it('not before an exchange that asked for patience wants to be asked', () => {
    const notBefore = new Date(HOUR_MS)
    expect(nextCheckAt({ now: new Date(0), outcome: 'unanswered', notBefore })).toEqual(notBefore)
  })
})

describe('a check by itself', () => {
  it('marks a refused key, tells it on the dashboard, and syncs the wallet when it is mended', async () => {
    replies.account = INVALID
    await checkIn(0)
    expect(await currentKey()).toMatchObject({ isValid: true, checkError: { code: 'INVALID_KEY' } })
    expect(await attention()).toContain('KEY_REFUSED')
    await checkIn(10)
    expect(await currentKey()).toMatchObject({ isValid: false, checkError: { code: 'INVALID_KEY' } })
    expect(await attention()).toContain('KEY_INVALID')
    await server.db.superuser.pool.query(
      "UPDATE wallets SET sync_status = 'idle', next_sync_at = NULL WHERE wallet_id = $1",
      [apiKey.walletId],
    )
    replies.reset()
    await checkByItself()
    expect(await currentKey()).toMatchObject({ isValid: true, checkError: null, refusedSince: null })
    const wallet = await person.queryData<Wallet>('wallets.get', { walletId: apiKey.walletId })
    expect(wallet.syncStatus).toBe('queued')
    expect(await audited()).toEqual(expect.arrayContaining(['api-key.found-invalid', 'api-key.found-valid']))
  })

  it('asks once, and believes no refusals of less than ten minutes, however many', async () => {
    replies.account = binanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401)
    for (const minutes of [0, 1, 2, 5, 9.9]) await checkIn(minutes)
    expect(replies.signed.filter(({ path }) => path === '/api/v3/account')).toHaveLength(1 + 5)
    expect(await currentKey()).toMatchObject({ isValid: true, checkError: { code: 'INVALID_KEY' } })
    expect(await noticesAskedFor()).toBe(0)
  })

  it('counts anew after a good answer, and after new credentials', async () => {
    replies.account = INVALID
    await checkIn(0)
    replies.reset()
    await checkIn(5)
    expect(await currentKey()).toMatchObject({ isValid: true, checkError: null, refusedSince: null })
    replies.account = INVALID
    await checkIn(11)
    expect(await currentKey()).toMatchObject({ isValid: true, checkError: { code: 'INVALID_KEY' } })
    replies.reset()
    const credentials = { apiKey: `key-${crypto.randomUUID()}`, secret: 's' }
    await person.mutateData('apiKeys.replace', { apiKeyId: apiKey.apiKeyId, credentials })
    replies.account = INVALID
    await checkIn(22)
    expect(await currentKey()).toMatchObject({ isValid: true })
  })

  it('is not fooled by a clock that was set back', async () => {
    replies.account = INVALID
    await checkIn(60)
    await checkIn(0)
    await checkIn(9)
    expect(await currentKey()).toMatchObject({ isValid: true })
    await checkIn(10)
    expect(await currentKey()).toMatchObject({ isValid: false })
  })

  it('has a key told once, by however many workers find it invalid at once', async () => {
    replies.account = INVALID
    await checkIn(0)
    aheadMs = 11 * MINUTE_MS
    await Promise.all([checkByItself(), checkByItself(), checkByItself()])
    aheadMs = 0
    expect(await noticesAskedFor()).toBe(1)
    expect((await audited()).filter((action) => action === 'api-key.found-invalid')).toHaveLength(1)
  })

  it.each([
    ['that lacks the right to read', binanceError(-1002, 'You are not authorized.', 401)],
    ['of another address', binanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401)],
  ])('of a key %s follows the same rule', async (_name, refusal) => {
    replies.account = refusal
    await checkIn(0)
    expect(await currentKey()).toMatchObject({ isValid: true, checkError: { code: expect.any(String) } })
    await checkIn(10.1)
    expect(await currentKey()).toMatchObject({ isValid: false })
  })

  it('says nothing of the key when a page or a bare status refuses it', async () => {
    for (const reply of [
      { status: 401, body: '<html><h1>401 Authorization Required</h1></html>' },
      { status: 403, body: '' },
      { status: 401, body: '' },
    ]) {
      replies.account = reply
      await checkIn(0)
      await checkIn(60)
      expect(await currentKey()).toMatchObject({ isValid: true, checkError: null, refusedSince: null })
    }
  })

  it('changes nothing that is known when the exchange is down', async () => {
    const before = await currentKey()
    replies.account = 'hang'
    const impatient = { ...server.services, env: { ...server.services.env, exchangeTimeoutSeconds: 0.05 } }
    await checkKeyByItself({
      ctx: { ...contextFor(server, user), services: impatient },
      input: { apiKeyId: apiKey.apiKeyId },
      log: server.services.log,
    })
    expect(await currentKey()).toEqual({ ...before, nextCheckAt: expect.any(String) })
  })

  it('keeps what was said of a key’s rights when it cannot be asked for the moment', async () => {
    replies.restrictions = { status: 500, body: 'oops' }
    await checkByItself()
    expect((await currentKey()).permissions).toEqual(apiKey.permissions)
    expect(await dueInHours()).toBeLessThanOrEqual(1 / 6)
  })

  it('finds a right to withdraw that was given since, and says so first of all', async () => {
    replies.restrictions = apiRestrictions({ enableWithdrawals: true })
    await checkByItself()
    expect((await attention())[0]).toBe('WITHDRAWALS_ENABLED')
    expect(await audited()).toContain('api-key.rights-changed')
  })

  it('finds a right to withdraw of a key whose rights could not be read when it was added', async () => {
    replies.restrictions = { status: 500, body: 'oops' }
    apiKey = await addKey({ nickname: 'unstated', walletLabel: 'unstated' })
    replies.restrictions = apiRestrictions({ enableWithdrawals: true })
    await checkByItself()
    expect((await attention())[0]).toBe('WITHDRAWALS_ENABLED')
  })

  it('has nothing to do for a key that is gone', async () => {
    await person.mutateData('apiKeys.delete', { apiKeyId: apiKey.apiKeyId })
    await expect(checkByItself()).resolves.toBeUndefined()
  })
})

describe('keys that are due', () => {
  async function queued(): Promise<string[]> {
    const { rows } = await server.db.superuser.pool.query<{ key: string }>(
      `SELECT key FROM graphile_worker.jobs WHERE key LIKE 'api-key.check:%' ORDER BY key`,
    )
    return rows.map((row) => row.key.slice('api-key.check:'.length))
  }
  const takeDue = () => checkDueKeys({ services: server.services, signal: new AbortController().signal })

  it('are put into the queue once, over all people and by however many workers, and no others', async () => {
    await server.db.superuser.pool.query("UPDATE user_api_keys SET next_check_at = now() + interval '1 hour'")
    const due = [apiKey.apiKeyId]
    for (const nickname of ['b', 'c']) {
      const stranger = server.client()
      await stranger.signUp()
      const credentials = { apiKey: `key-${crypto.randomUUID()}`, secret: 's' }
      const input = { exchangeId: 'paper', credentials, nickname }
      due.push((await stranger.mutateData<AddedApiKey>('apiKeys.add', input)).apiKey.apiKeyId)
    }
    await addKey({ nickname: 'not due', walletLabel: 'not due' })
    await server.db.superuser.pool.query(
      'UPDATE user_api_keys SET next_check_at = now() WHERE api_key_id = ANY ($1)',
      [due],
    )
    await Promise.all([takeDue(), takeDue(), takeDue()])
    expect(await queued()).toEqual(due.toSorted())
    expect(await dueInHours()).toBeGreaterThan(0.1)
  })

  it('of an account that is switched off wait until it is back', async () => {
    const switchTo = (isActive: boolean) =>
      server.db.superuser.pool.query('UPDATE users SET is_active = $2 WHERE user_id = $1', [
        user.userId,
        isActive,
      ])
    await server.db.superuser.pool.query(
      'UPDATE user_api_keys SET next_check_at = now() WHERE api_key_id = $1',
      [apiKey.apiKeyId],
    )
    await switchTo(false)
    await takeDue()
    expect(await queued()).not.toContain(apiKey.apiKeyId)
    await switchTo(true)
    await takeDue()
    expect(await queued()).toContain(apiKey.apiKeyId)
  })
})
