import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { forgetExchange } from '../exchange/get.ts'
import {
  apiRestrictions,
  type BinanceReplies,
  binanceError,
  json,
  type Reply,
  startBinanceReplies,
} from '../testing/binance-replies.ts'
import { pointExchange } from '../testing/exchange-fixtures.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import type { Wallet } from '../wallet/types.ts'
import type { AddedApiKey, ApiKey } from './schemas.ts'

let server: TestServer
let replies: BinanceReplies
let person: TestClient
let userId: string
let count = 0

async function startReplies(): Promise<void> {
  replies = await startBinanceReplies()
  await pointExchange(server.db, { exchangeId: 'paper', url: replies.url })
  forgetExchange({ services: server.services, exchangeId: 'paper' })
}

beforeAll(async () => {
  server = await startTestServer({ env: { exchangeTimeoutSeconds: 1 } })
  await startReplies()
})
beforeEach(async () => {
  replies.reset()
  person = server.client()
  userId = (await person.signUp()).userId
})
afterAll(async () => {
  await server.close()
  await replies.close()
})

/** A key that nobody used before. */
function newInput(o: Record<string, unknown> = {}) {
  count += 1
  const credentials = {
    apiKey: `paperkey${count}`.padEnd(40, 'k'),
    secret: `papersecret${count}`.padEnd(40, 's'),
  }
  return { exchangeId: 'paper', credentials, ...o }
}

async function refusal(input: unknown) {
  const answer = await person.mutate('apiKeys.add', input)
  return { status: answer.status, message: answer.error?.message, ...answer.error?.data }
}

async function storedKeys(): Promise<number> {
  const { rowCount } = await server.db.superuser.pool.query('SELECT FROM user_api_keys WHERE user_id = $1', [
    userId,
  ])
  return rowCount ?? 0
}

async function storedWallets(): Promise<number> {
  return (await person.queryData<Wallet[]>('wallets.list')).length
}

describe('adding a key that the exchange accepts', () => {
  it('stores it sealed with its rights, and starts the first sync of its wallet', async () => {
    const input = newInput({ nickname: '  Main account ', walletLabel: '' })
    const { apiKey, walletId } = await person.mutateData<AddedApiKey>('apiKeys.add', input)
    expect(apiKey).toEqual({
      apiKeyId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      exchangeId: 'paper',
      exchangeName: 'Paper exchange',
      walletId,
      nickname: 'Main account',
      hint: 'kkkk',
      purpose: 'read',
      permissions: {
        read: 'yes',
        trade: 'no',
        withdraw: 'no',
        transfer: 'no',
        ipRestricted: 'no',
        expiresAt: null,
      },
      isValid: true,
      checkedAt: expect.stringMatching(/Z$/),
      checkError: null,
      expiresAt: null,
      accountMatch: null,
      nextCheckAt: expect.any(String),
      refusedSince: null,
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    })
    expect(await person.queryData<ApiKey[]>('apiKeys.list')).toEqual([apiKey])
    const wallets = await person.queryData<Wallet[]>('wallets.list')
    expect(wallets.map((wallet) => [wallet.walletId, wallet.syncStatus])).toEqual([[walletId, 'queued']])

    const { rows } = await server.db.superuser.pool.query('SELECT * FROM user_api_keys WHERE user_id = $1', [
      userId,
    ])
    const stored = JSON.stringify(rows.map((row) => ({ ...row, ...hexOf(row) })))
    for (const secret of Object.values(input.credentials)) {
      expect(stored).not.toContain(secret)
      expect(stored).not.toContain(Buffer.from(secret).toString('hex'))
    }
  })

  it('says in the audit log what was added, without any part of it', async () => {
    const { apiKey } = await person.mutateData<AddedApiKey>('apiKeys.add', newInput())
    const { rows } = await server.db.superuser.pool.query(
      "SELECT actor, target, detail FROM audit_log WHERE user_id = $1 AND action = 'api-key.added'",
      [userId],
    )
    expect(rows).toEqual([
      {
        actor: expect.stringMatching(/^session:/),
        target: `api-key:${apiKey.apiKeyId}`,
        detail: {
          exchangeId: 'paper',
          walletId: apiKey.walletId,
          purpose: 'read',
          withdraw: 'no',
          sameAccount: null,
        },
      },
    ])
  })

  it('stores a key whose rights the exchange does not tell, and says that they are unverified', async () => {
    replies.restrictions = binanceError(-1002, 'You are not authorized to execute this request.', 401)
    const { apiKey } = await person.mutateData<AddedApiKey>('apiKeys.add', newInput())
    expect(apiKey.permissions).toMatchObject({ read: 'yes', withdraw: 'unverified', trade: 'unverified' })
  })

  it('takes another account at the same exchange under another name and label', async () => {
    const first = await person.mutateData<AddedApiKey>('apiKeys.add', newInput())
    const second = await person.mutateData<AddedApiKey>(
      'apiKeys.add',
      newInput({ nickname: 'Sub', walletLabel: 'Sub-account' }),
    )
    expect(second.walletId).not.toBe(first.walletId)
    expect(await storedWallets()).toBe(2)
  })

  it('takes a trading key beside a reading one in the same wallet', async () => {
    replies.restrictions = apiRestrictions({ enableSpotAndMarginTrading: true })
    const first = await person.mutateData<AddedApiKey>('apiKeys.add', newInput())
    const second = await person.mutateData<AddedApiKey>(
      'apiKeys.add',
      newInput({ nickname: 'Trader', purpose: 'trade' }),
    )
    expect(second.walletId).toBe(first.walletId)
  })
})

function hexOf(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      Buffer.isBuffer(value) ? `${value.toString('hex')} ${value.toString('latin1')}` : value,
    ]),
  )
}

describe('a key that the exchange refuses', () => {
  const refusals: [string, Reply, string][] = [
    ['-2015', binanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401), 'INVALID_KEY'],
    ['-2014', binanceError(-2014, 'API-key format invalid.', 401), 'INVALID_KEY'],
    ['-1022', binanceError(-1022, 'Signature for this request is not valid.'), 'INVALID_SIGNATURE'],
  ]
  it.each(refusals)('with %s is not stored, and the answer says why', async (_code, reply, exchangeCode) => {
    replies.account = reply
    expect(await refusal(newInput())).toMatchObject({
      status: 422,
      reason: 'KEY_REFUSED',
      exchangeCode,
      message: expect.stringMatching(/paper exchange.*\.$/i),
    })
    expect(await storedKeys()).toBe(0)
    expect(await storedWallets()).toBe(0)
  })

  it('because it cannot trade is refused for trading only', async () => {
    const input = newInput({ purpose: 'trade' })
    expect(await refusal(input)).toMatchObject({ reason: 'KEY_REFUSED', exchangeCode: 'PERMISSION_MISSING' })
    await person.mutateData('apiKeys.add', { ...input, purpose: 'read' })
  })
})

describe('a fault that may pass', () => {
  const html = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>maintenance</html>' }
  const faults: [string, Reply, number, string, string][] = [
    [
      '-1021',
      binanceError(-1021, 'Timestamp is outside of recvWindow.'),
      422,
      'EXCHANGE_UNAVAILABLE',
      'CLOCK_SKEW',
    ],
    ['a page of HTML', html, 422, 'EXCHANGE_UNAVAILABLE', 'BAD_RESPONSE'],
    ['an empty answer', { status: 200, body: '' }, 422, 'EXCHANGE_UNAVAILABLE', 'BAD_RESPONSE'],
    ['cut JSON', { status: 200, body: '{"balances":[{"as' }, 422, 'EXCHANGE_UNAVAILABLE', 'BAD_RESPONSE'],
    ['an answer of another kind', json({}), 422, 'EXCHANGE_UNAVAILABLE', 'BAD_RESPONSE'],
    ['500', { status: 500, body: 'oops' }, 422, 'EXCHANGE_UNAVAILABLE', 'UNAVAILABLE'],
    ['no answer', 'hang', 422, 'EXCHANGE_UNAVAILABLE', 'TIMEOUT'],
  ]
  it.each(faults)('(%s) is not called a refused key', async (_name, reply, status, reason, exchangeCode) => {
    replies.account = reply
    const answer = await refusal(newInput())
    expect(answer).toMatchObject({ status, reason, exchangeCode })
    expect(Date.parse(answer.retryAt ?? '')).toBeGreaterThan(Date.now())
    expect(await storedKeys()).toBe(0)
  })

  it('(429) says when the exchange allows the next try', async () => {
    replies.account = {
      status: 429,
      headers: { 'retry-after': '7', 'content-type': 'application/json' },
      body: JSON.stringify({ code: -1003, msg: 'Too many requests.' }),
    }
    const answer = await refusal(newInput())
    expect(answer).toMatchObject({ status: 429, reason: 'RATE_LIMITED', exchangeCode: 'RATE_LIMITED' })
    const seconds = (Date.parse(answer.retryAt ?? '') - Date.now()) / 1_000
    expect(seconds).toBeGreaterThan(3)
    expect(seconds).toBeLessThanOrEqual(7)
    // packages/exchange keeps away from a server that asked for a pause.
    await replies.close()
    await startReplies()
  })

  it('(an exchange that is not there) is not called a refused key', async () => {
    await replies.close()
    expect(await refusal(newInput())).toMatchObject({
      status: 422,
      reason: 'EXCHANGE_UNAVAILABLE',
      exchangeCode: 'UNAVAILABLE',
    })
    await startReplies()
  })

  it('(the paper exchange is off) sends the key nowhere', async () => {
    const closed = await startTestServer()
    await pointExchange(closed.db, { exchangeId: 'binance', url: replies.url })
    const other = closed.client()
    await other.signUp()
    const answer = await other.mutate('apiKeys.add', newInput())
    expect([answer.status, answer.error?.data.reason]).toEqual([422, 'EXCHANGE_UNAVAILABLE'])
    expect(replies.signed).toEqual([])
    await closed.close()
  })
})

describe('a key that can withdraw', () => {
  it('is refused unless the person confirms it', async () => {
    replies.restrictions = apiRestrictions({ enableWithdrawals: true })
    const input = newInput()
    expect(await refusal(input)).toMatchObject({ status: 422, reason: 'WITHDRAWALS_ENABLED' })
    expect(await refusal({ ...input, confirmWithdrawals: false })).toMatchObject({
      reason: 'WITHDRAWALS_ENABLED',
    })
    expect(await storedKeys()).toBe(0)
    const { apiKey } = await person.mutateData<AddedApiKey>('apiKeys.add', {
      ...input,
      confirmWithdrawals: true,
    })
    expect(apiKey.permissions?.withdraw).toBe('yes')
  })
})

describe('what must be unique', () => {
  it('refuses the same key again before the exchange is asked, under any name', async () => {
    const input = newInput()
    await person.mutateData('apiKeys.add', input)
    const calls = replies.signed.length
    expect(await refusal({ ...input, nickname: 'again', walletLabel: 'again' })).toMatchObject({
      status: 409,
      reason: 'DUPLICATE_KEY',
    })
    expect(replies.signed).toHaveLength(calls)
  })

  it('lets two people connect the same key', async () => {
    const input = newInput()
    await person.mutateData('apiKeys.add', input)
    const other = server.client()
    await other.signUp()
    await other.mutateData('apiKeys.add', input)
  })

  it('stores the same key once when it is added five times at once', async () => {
    const input = newInput()
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        person.mutate('apiKeys.add', { ...input, nickname: `try ${index}`, walletLabel: `try ${index}` }),
      ),
    )
    const reasons = answers.map((answer) => answer.error?.data.reason ?? 'stored').sort()
    expect(reasons).toEqual([...Array.from({ length: 4 }, () => 'DUPLICATE_KEY'), 'stored'])
    expect([await storedKeys(), await storedWallets()]).toEqual([1, 1])
  })

  it('refuses a name that another key at the exchange has, and a second key without a name', async () => {
    await person.mutateData('apiKeys.add', newInput({ nickname: 'Main' }))
    const named = await refusal(newInput({ nickname: ' Main ', walletLabel: 'b' }))
    expect(named).toMatchObject({
      status: 409,
      reason: 'NICKNAME_TAKEN',
      fields: { nickname: expect.any(String) },
    })
    await person.mutateData('apiKeys.add', newInput({ walletLabel: 'c' }))
    const unnamed = await refusal(newInput({ walletLabel: 'd' }))
    expect(unnamed).toMatchObject({
      reason: 'NICKNAME_TAKEN',
      message: expect.stringContaining('give this one a name'),
    })
  })

  it('refuses a second reading key for a wallet, one after the other and at once', async () => {
    const answers = await Promise.all([
      person.mutate('apiKeys.add', newInput({ nickname: 'a' })),
      person.mutate('apiKeys.add', newInput({ nickname: 'b' })),
    ])
    expect(answers.map((answer) => answer.error?.data.reason ?? 'stored').sort()).toEqual([
      'WALLET_HAS_KEY',
      'stored',
    ])
    const calls = replies.signed.length
    expect(await refusal(newInput({ nickname: 'c' }))).toMatchObject({
      status: 409,
      reason: 'WALLET_HAS_KEY',
      fields: { walletLabel: expect.stringContaining('replace the key') },
    })
    expect(replies.signed).toHaveLength(calls)
  })
})

describe('bad input', () => {
  it('gets a sentence beside the field, and the exchange is not asked', async () => {
    const { credentials } = newInput()
    const cases: [string, object, string][] = [
      ['no secret', { credentials: { apiKey: 'key' } }, 'credentials.secret'],
      ['an empty secret', { credentials: { ...credentials, secret: ' \n ' } }, 'credentials.secret'],
      ['a foreign part', { credentials: { ...credentials, password: 'x' } }, 'credentials.password'],
      ['a number', { credentials: { ...credentials, secret: 7 } }, 'credentials.secret'],
      ['a long secret', { credentials: { ...credentials, secret: 's'.repeat(8_193) } }, 'credentials.secret'],
      ['a NUL', { credentials: { ...credentials, secret: 'a\u0000b' } }, 'credentials.secret'],
      ['an escape', { credentials: { ...credentials, apiKey: 'a\u001bb' } }, 'credentials.apiKey'],
      ['two lines of key', { credentials: { ...credentials, apiKey: 'a\nb' } }, 'credentials.apiKey'],
      ['no credentials', { credentials: undefined }, 'credentials'],
      ['a list', { credentials: [] }, 'credentials'],
      ['an unknown part', { credentials: { ...credentials, pin: '1' } }, 'credentials'],
      ['a long nickname', { nickname: 'n'.repeat(101) }, 'nickname'],
      ['a NUL in the nickname', { nickname: 'a\u0000' }, 'nickname'],
      ['a nickname of another type', { nickname: {} }, 'nickname'],
      ['a long label', { walletLabel: 'l'.repeat(101) }, 'walletLabel'],
      ['a label of two lines', { walletLabel: 'a\nb' }, 'walletLabel'],
      ['another purpose', { purpose: 'withdraw' }, 'purpose'],
      ['a confirmation in words', { confirmWithdrawals: 'yes' }, 'confirmWithdrawals'],
      ['no exchange', { exchangeId: undefined }, 'exchangeId'],
    ]
    for (const [name, change, field] of cases) {
      const answer = await refusal({ ...newInput(), ...change })
      expect(answer, name).toMatchObject({ status: 400, fields: { [field]: expect.stringMatching(/\.$/) } })
    }
    expect(await storedKeys()).toBe(0)
    expect(replies.signed).toEqual([])
  })

  it('with __proto__ changes nothing and is refused', async () => {
    const body = '{"exchangeId":"paper","credentials":{"__proto__":{"apiKey":"a"},"apiKey":"k","secret":"s"}}'
    const response = await person.fetch('/trpc/apiKeys.add', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(response.status).toBe(400)
    expect(({} as { apiKey?: string }).apiKey).toBeUndefined()
    expect(replies.signed).toEqual([])
  })

  it('refuses an exchange that there is not, and one that an administrator closed', async () => {
    expect(await refusal({ ...newInput(), exchangeId: 'nowhere' })).toMatchObject({
      status: 404,
      reason: 'NOT_FOUND',
    })
    await server.db.superuser.pool.query(
      "UPDATE exchanges SET is_active = false WHERE exchange_id = 'gemini'",
    )
    expect(await refusal({ ...newInput(), exchangeId: 'gemini' })).toMatchObject({
      status: 422,
      reason: 'EXCHANGE_INACTIVE',
    })
  })

  it('needs a signed-in person for every procedure', async () => {
    const nobody = server.client()
    const apiKeyId = '0190b1c2-0000-7000-8000-000000000001'
    const answers = await Promise.all([
      nobody.query('apiKeys.list'),
      nobody.mutate('apiKeys.add', newInput()),
      nobody.mutate('apiKeys.check', { apiKeyId }),
      nobody.mutate('apiKeys.rename', { apiKeyId, nickname: 'x' }),
      nobody.mutate('apiKeys.replace', { apiKeyId, credentials: {} }),
      nobody.mutate('apiKeys.delete', { apiKeyId }),
    ])
    for (const answer of answers)
      expect([answer.status, answer.error?.data.reason]).toEqual([401, 'SIGN_IN_REQUIRED'])
  })
})
