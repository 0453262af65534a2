import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  apiRestrictions,
  type BinanceReplies,
  binanceError,
  startBinanceReplies,
} from '../testing/binance-replies.ts'
import { pointExchange } from '../testing/exchange-fixtures.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import type { Wallet } from '../wallet/types.ts'
import type { AddedApiKey, ApiKey } from './schemas.ts'

const UNKNOWN_ID = '0190b1c2-0000-7000-8000-000000000001'
const INVALID = binanceError(-2014, 'API-key format invalid.', 401)

let server: TestServer
let replies: BinanceReplies
let person: TestClient
let userId: string
let apiKey: ApiKey
let count = 0

beforeAll(async () => {
  replies = await startBinanceReplies()
  server = await startTestServer()
  await pointExchange(server.db, { exchangeId: 'paper', url: replies.url })
})
beforeEach(async () => {
  replies.reset()
  person = server.client()
  userId = (await person.signUp()).userId
  apiKey = await addKey()
})
afterAll(async () => {
  await server.close()
  await replies.close()
})

function newCredentials() {
  count += 1
  return { apiKey: `paperkey${count}`.padEnd(40, 'k'), secret: `papersecret${count}`.padEnd(40, 's') }
}

async function addKey(o: Record<string, unknown> = {}): Promise<ApiKey> {
  const input = { exchangeId: 'paper', credentials: newCredentials(), ...o }
  return (await person.mutateData<AddedApiKey>('apiKeys.add', input)).apiKey
}

function listKeys(): Promise<ApiKey[]> {
  return person.queryData<ApiKey[]>('apiKeys.list')
}

async function refusal(procedure: string, input: unknown, caller = person) {
  const answer = await caller.mutate(`apiKeys.${procedure}`, input)
  return { status: answer.status, message: answer.error?.message, ...answer.error?.data }
}

async function auditedActions(): Promise<string[]> {
  const { rows } = await server.db.superuser.pool.query<{ action: string }>(
    'SELECT action FROM audit_log WHERE user_id = $1 ORDER BY seq',
    [userId],
  )
  return rows.map((row) => row.action)
}

/** As if the first refusal had been ten minutes ago. */
async function refusedForTenMinutes(): Promise<void> {
  await server.db.superuser.pool.query(
    "UPDATE user_api_keys SET refused_since = refused_since - interval '10 minutes' WHERE api_key_id = $1",
    [apiKey.apiKeyId],
  )
}

async function sealedBytes(): Promise<string> {
  const { rows } = await server.db.superuser.pool.query<{ bytes: Buffer; version: number }>(
    'SELECT api_secret_encrypted AS bytes, secret_version AS version FROM user_api_keys WHERE api_key_id = $1',
    [apiKey.apiKeyId],
  )
  return `${rows[0]?.version} ${rows[0]?.bytes.toString('hex')}`
}

describe('a key of somebody else', () => {
  it('is answered in each procedure exactly as one that does not exist', async () => {
    const stranger = server.client()
    await stranger.signUp()
    const inputs: [string, (apiKeyId: string) => object][] = [
      ['check', (apiKeyId) => ({ apiKeyId })],
      ['rename', (apiKeyId) => ({ apiKeyId, nickname: 'mine' })],
      ['replace', (apiKeyId) => ({ apiKeyId, credentials: newCredentials() })],
      ['delete', (apiKeyId) => ({ apiKeyId })],
    ]
    for (const [procedure, input] of inputs) {
      const foreign = await refusal(procedure, input(apiKey.apiKeyId), stranger)
      const unknown = await refusal(procedure, input(UNKNOWN_ID), stranger)
      expect(foreign, procedure).toMatchObject({ status: 404, reason: 'NOT_FOUND' })
      expect(foreign, procedure).toEqual(unknown)
    }
    expect(await stranger.queryData('apiKeys.list')).toEqual([])
    expect(await listKeys()).toEqual([apiKey])
  })

  it.each(['check', 'rename', 'replace', 'delete'])('in %s: what is no id is named', async (procedure) => {
    for (const apiKeyId of ['', 'x', 7, null, '__proto__', `${UNKNOWN_ID}\u0000`, 'a'.repeat(100_000)]) {
      const input = { apiKeyId, nickname: null, credentials: newCredentials() }
      const { nickname: _, credentials: __, ...idOnly } = input
      const whole = procedure === 'rename' ? { apiKeyId, nickname: null } : input
      const answer = await refusal(
        procedure,
        procedure === 'check' || procedure === 'delete' ? idOnly : whole,
      )
      expect(answer.status).toBe(400)
      expect(Object.keys(answer.fields ?? {})).toContain('apiKeyId')
    }
  })
})

describe('checking a key', () => {
  it('keeps its rights as the exchange now tells them', async () => {
    replies.restrictions = apiRestrictions({ enableWithdrawals: true, ipRestrict: true })
    const checked = await person.mutateData<ApiKey>('apiKeys.check', { apiKeyId: apiKey.apiKeyId })
    expect(checked).toMatchObject({ isValid: true, permissions: { withdraw: 'yes', ipRestricted: 'yes' } })
    expect(Date.parse(checked.checkedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(apiKey.checkedAt ?? ''))
    expect(await auditedActions()).toContain('vault.opened')
  })

  it('says why a key is refused now, and marks it invalid when that has gone on for ten minutes', async () => {
    replies.account = INVALID
    const check = () => person.mutateData<ApiKey>('apiKeys.check', { apiKeyId: apiKey.apiKeyId })
    const refused = await check()
    expect(refused).toMatchObject({ isValid: true, checkError: { code: 'INVALID_KEY' } })
    expect(refused.refusedSince).not.toBeNull()
    expect(await listKeys()).toEqual([refused])
    await refusedForTenMinutes()
    expect(await check()).toMatchObject({ isValid: false, checkError: { code: 'INVALID_KEY' } })
    expect(await auditedActions()).toContain('api-key.found-invalid')
    replies.reset()
    expect(await check()).toMatchObject({ isValid: true, checkError: null, refusedSince: null })
  })

  it('changes nothing when the fault may pass', async () => {
    replies.account = { status: 500, body: 'oops' }
    expect(await refusal('check', { apiKeyId: apiKey.apiKeyId })).toMatchObject({
      status: 422,
      reason: 'EXCHANGE_UNAVAILABLE',
    })
    expect(await listKeys()).toEqual([apiKey])
  })
})

describe('renaming a key', () => {
  it('gives it a name or takes it away', async () => {
    const rename = (nickname: string | null) =>
      person.mutateData<ApiKey>('apiKeys.rename', { apiKeyId: apiKey.apiKeyId, nickname })
    expect((await rename(' Savings ')).nickname).toBe('Savings')
    expect((await rename('  ')).nickname).toBeNull()
    expect((await rename('Ersparnis 🐷')).nickname).toBe('Ersparnis 🐷')
    expect((await rename(null)).nickname).toBeNull()
  })

  it('refuses a name that another key at the exchange has', async () => {
    await addKey({ nickname: 'Sub', walletLabel: 'Sub' })
    const answer = await refusal('rename', { apiKeyId: apiKey.apiKeyId, nickname: 'Sub' })
    expect(answer).toMatchObject({
      status: 409,
      reason: 'NICKNAME_TAKEN',
      fields: { nickname: expect.any(String) },
    })
  })

  it.each([7, {}, 'n'.repeat(101), 'a\nb', undefined])('refuses %j', async (nickname) => {
    const answer = await refusal('rename', { apiKeyId: apiKey.apiKeyId, nickname })
    expect(answer).toMatchObject({ status: 400, fields: { nickname: expect.any(String) } })
  })
})

describe('replacing credentials', () => {
  it('seals the new ones in place and keeps name, wallet and id', async () => {
    replies.account = INVALID
    await person.mutate('apiKeys.check', { apiKeyId: apiKey.apiKeyId })
    await refusedForTenMinutes()
    await person.mutate('apiKeys.check', { apiKeyId: apiKey.apiKeyId })
    expect(await listKeys()).toMatchObject([{ isValid: false }])
    replies.reset()
    const before = await sealedBytes()
    const input = {
      apiKeyId: apiKey.apiKeyId,
      credentials: { ...newCredentials(), apiKey: 'a-new-key-of-the-person-ABCD' },
    }
    const replaced = await person.mutateData<ApiKey>('apiKeys.replace', input)
    const { apiKeyId, walletId, nickname } = apiKey
    expect(replaced).toMatchObject({
      apiKeyId,
      walletId,
      nickname,
      hint: 'ABCD',
      isValid: true,
      checkError: null,
      refusedSince: null,
    })
    expect([before.split(' ')[0], (await sealedBytes()).split(' ')[0]]).toEqual(['1', '2'])
    expect(await auditedActions()).toContain('api-key.replaced')
    // The new ones open, and are what is sent.
    await person.mutateData('apiKeys.check', { apiKeyId })
    expect(replies.signed.at(-1)?.apiKey).toBe('a-new-key-of-the-person-ABCD')
  })

  it('takes another secret for the same key', async () => {
    const credentials = newCredentials()
    const other = await addKey({ credentials, nickname: 'other', walletLabel: 'other' })
    const input = { apiKeyId: other.apiKeyId, credentials: { ...credentials, secret: 'another-secret' } }
    expect(await person.mutateData<ApiKey>('apiKeys.replace', input)).toMatchObject({
      apiKeyId: other.apiKeyId,
    })
  })

  it('keeps the old ones when the exchange refuses, cannot be asked, or they could withdraw', async () => {
    const before = await sealedBytes()
    const input = { apiKeyId: apiKey.apiKeyId, credentials: newCredentials() }
    replies.account = INVALID
    expect(await refusal('replace', input)).toMatchObject({ status: 422, reason: 'KEY_REFUSED' })
    replies.account = { status: 500, body: '' }
    expect(await refusal('replace', input)).toMatchObject({ reason: 'EXCHANGE_UNAVAILABLE' })
    replies.reset()
    replies.restrictions = apiRestrictions({ enableWithdrawals: true })
    expect(await refusal('replace', input)).toMatchObject({ reason: 'WITHDRAWALS_ENABLED' })
    expect(await sealedBytes()).toBe(before)
    expect(await listKeys()).toEqual([apiKey])
    await person.mutateData('apiKeys.replace', { ...input, confirmWithdrawals: true })
  })

  it('refuses what another of the person’s keys holds, before the exchange is asked', async () => {
    const credentials = newCredentials()
    await addKey({ credentials, nickname: 'other', walletLabel: 'other' })
    const calls = replies.signed.length
    expect(await refusal('replace', { apiKeyId: apiKey.apiKeyId, credentials })).toMatchObject({
      status: 409,
      reason: 'DUPLICATE_KEY',
    })
    expect(replies.signed).toHaveLength(calls)
  })

  it('never lets two at once both win, and what is stored opens', async () => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        person.mutate('apiKeys.replace', { apiKeyId: apiKey.apiKeyId, credentials: newCredentials() }),
      ),
    )
    const reasons = answers.map((answer) => answer.error?.data.reason ?? 'stored')
    // One that began after another had ended found the new version and may replace that.
    const stored = reasons.filter((reason) => reason === 'stored').length
    expect(new Set(reasons)).toEqual(new Set(['stored', 'KEY_CHANGED']))
    expect((await sealedBytes()).split(' ')[0]).toBe(String(1 + stored))
    expect(await person.mutateData<ApiKey>('apiKeys.check', { apiKeyId: apiKey.apiKeyId })).toMatchObject({
      isValid: true,
    })
  })

  it('names what is missing', async () => {
    const answer = await refusal('replace', { apiKeyId: apiKey.apiKeyId, credentials: { apiKey: 'x' } })
    expect(answer).toMatchObject({ status: 400, fields: { 'credentials.secret': 'API secret is missing.' } })
  })
})

describe('deleting a key', () => {
  it('forgets it, keeps its wallet, and stops the wallet’s syncs', async () => {
    await server.db.superuser.pool.query('UPDATE wallets SET next_sync_at = now() WHERE wallet_id = $1', [
      apiKey.walletId,
    ])
    expect(await person.mutateData('apiKeys.delete', { apiKeyId: apiKey.apiKeyId })).toEqual({ ok: true })
    expect(await listKeys()).toEqual([])
    const wallets = await person.queryData<Wallet[]>('wallets.list')
    expect(wallets.map((wallet) => [wallet.walletId, wallet.nextSyncAt])).toEqual([[apiKey.walletId, null]])
    expect(await auditedActions()).toContain('api-key.deleted')
    expect(await refusal('delete', { apiKeyId: apiKey.apiKeyId })).toMatchObject({ reason: 'NOT_FOUND' })
  })

  it('leaves a wallet in its rhythm that keeps its key for reading', async () => {
    replies.restrictions = apiRestrictions({ enableSpotAndMarginTrading: true })
    const trader = await addKey({ nickname: 'Trader', purpose: 'trade' })
    await server.db.superuser.pool.query('UPDATE wallets SET next_sync_at = now() WHERE wallet_id = $1', [
      apiKey.walletId,
    ])
    await person.mutateData('apiKeys.delete', { apiKeyId: trader.apiKeyId })
    const [wallet] = await person.queryData<Wallet[]>('wallets.list')
    expect(wallet?.nextSyncAt).not.toBeNull()
  })

  it('destroys the data key with it: what a backup keeps of the row opens nowhere', async () => {
    const other = await addKey({ nickname: 'other', walletLabel: 'other' })
    const { pool } = server.db.superuser
    const sealed = await pool.query(
      `SELECT data_key_id AS "dataKeyId", api_secret_encrypted FROM user_api_keys WHERE api_key_id = $1`,
      [apiKey.apiKeyId],
    )
    const { dataKeyId, api_secret_encrypted } = sealed.rows[0]
    const open = () =>
      server.services.vault.withPlaintext({
        row: {
          ...{
            table: 'user_api_keys',
            rowId: apiKey.apiKeyId,
            userId,
            exchangeId: 'paper',
            secretVersion: 1,
          },
        },
        ...{ dataKeyId, fields: { api_secret_encrypted }, reason: 'a test', run: () => 'opened' },
        actor: { userId, role: 'user', name: 'job:test', sessionId: null, ip: null },
      })
    expect(await open()).toBe('opened')
    await person.mutateData('apiKeys.delete', { apiKeyId: apiKey.apiKeyId })
    await expect(open()).rejects.toMatchObject({ reason: 'VAULT_UNAVAILABLE' })
    const keys = await pool.query('SELECT row_id AS id FROM data_keys WHERE user_id = $1', [userId])
    expect(keys.rows).toEqual([{ id: other.apiKeyId }])
    expect(await person.mutateData<ApiKey>('apiKeys.check', { apiKeyId: other.apiKeyId })).toMatchObject({
      isValid: true,
    })
  })

  it('lets the same key be connected again, to the same wallet', async () => {
    const credentials = newCredentials()
    const first = await addKey({ credentials, nickname: 'again', walletLabel: 'again' })
    await person.mutateData('apiKeys.delete', { apiKeyId: first.apiKeyId })
    const second = await addKey({ credentials, nickname: 'again', walletLabel: 'again' })
    expect(second.apiKeyId).not.toBe(first.apiKeyId)
    expect(second.walletId).toBe(first.walletId)
  })
})
