import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type PaperProcess, startPaperProcess } from '../testing/paper-process.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import type { AddedApiKey, ApiKey } from './schemas.ts'

const PaperKey = z.object({ apiKey: z.string(), secret: z.string() })

let paper: PaperProcess
let server: TestServer
let person: TestClient
let credentials: z.infer<typeof PaperKey>
let count = 0

beforeAll(async () => {
  paper = await startPaperProcess()
  server = await startTestServer({ db: paper.db, env: { ...paper.env, exchangeTimeoutSeconds: 1 } })
})
beforeEach(async () => {
  person = server.client()
  await person.signUp()
  count += 1
  credentials = await openPaperAccount(`api-key test ${count}`)
})
afterEach(async () => {
  await paper.admin('/paper/faults', { method: 'DELETE' })
})
afterAll(async () => {
  await server.close()
  await paper.close()
})

async function openPaperAccount(reference: string): Promise<z.infer<typeof PaperKey>> {
  return PaperKey.parse(await paper.admin('/paper/accounts', { body: { reference } }))
}

async function setFault(fault: object): Promise<void> {
  await paper.admin('/paper/faults', { method: 'PUT', body: { faults: [fault] } })
}

async function setRights(rights: object): Promise<void> {
  await paper.admin(`/paper/keys/${credentials.apiKey}`, { body: rights })
}

async function add(o: { secret?: string; confirmWithdrawals?: boolean } = {}) {
  const { secret = credentials.secret, ...rest } = o
  const input = { exchangeId: 'paper', credentials: { apiKey: credentials.apiKey, secret }, ...rest }
  return person.mutate<AddedApiKey>('apiKeys.add', input)
}

describe('over HTTP to the paper exchange', () => {
  it('a signed key is accepted with the rights that it has there', async () => {
    await setRights({ enableSpotAndMarginTrading: true, ipRestrict: false })
    const answer = await add()
    expect(answer.data?.apiKey).toMatchObject({
      isValid: true,
      hint: credentials.apiKey.slice(-4),
      permissions: { read: 'yes', trade: 'yes', withdraw: 'no' },
    })
  })

  it('a wrong secret is refused by its signature', async () => {
    const answer = await add({ secret: `${credentials.secret.slice(1)}x` })
    expect([answer.status, answer.error?.data]).toMatchObject([
      422,
      { reason: 'KEY_REFUSED', exchangeCode: 'INVALID_SIGNATURE' },
    ])
    expect(await person.queryData('apiKeys.list')).toEqual([])
  })

  it('a key that can withdraw wants a confirmation', async () => {
    await setRights({ enableWithdrawals: true, ipRestrict: true, ipWhitelist: ['127.0.0.1'] })
    expect((await add()).error?.data.reason).toBe('WITHDRAWALS_ENABLED')
    expect((await add({ confirmWithdrawals: true })).data?.apiKey.permissions).toMatchObject({
      withdraw: 'yes',
      ipRestricted: 'yes',
    })
  })

  it('a key from a foreign address is refused', async () => {
    await setRights({ ipRestrict: true, ipWhitelist: ['192.0.2.7'] })
    expect((await add()).error?.data).toMatchObject({ reason: 'KEY_REFUSED' })
  })

  it.each([
    'html',
    'emptyBody',
    'cutJson',
    'hungBody',
    'hungHeaders',
    'droppedReply',
    'serverError',
    'redirect',
  ])('the fault "%s" never refuses a key nor marks one invalid', async (kind) => {
    await setFault({ kind, pathPrefix: '/api/v3/account' })
    const refused = await add()
    expect([refused.status, refused.error?.data.reason]).toEqual([422, 'EXCHANGE_UNAVAILABLE'])
    await paper.admin('/paper/faults', { method: 'DELETE' })
    const apiKey = (await add()).data?.apiKey
    await setFault({ kind, pathPrefix: '/api/v3/account' })
    const checked = await person.mutate<ApiKey>('apiKeys.check', { apiKeyId: apiKey?.apiKeyId })
    expect(checked.error?.data.reason).toBe('EXCHANGE_UNAVAILABLE')
    expect(await person.queryData<ApiKey[]>('apiKeys.list')).toEqual([apiKey])
  })

  it('two keys of one account share a wallet, and a key of another account does not join them', async () => {
    const second = await openPaperAccount(`api-key test ${count}`)
    const stranger = await openPaperAccount(`api-key test ${count} of somebody else`)
    const first = (await add()).data?.apiKey
    await paper.admin(`/paper/keys/${second.apiKey}`, { body: { enableSpotAndMarginTrading: true } })
    const join = (key: object) =>
      person.mutate<AddedApiKey>('apiKeys.add', {
        ...{ exchangeId: 'paper', credentials: key, nickname: 'trader', purpose: 'trade' },
      })
    await paper.admin(`/paper/keys/${stranger.apiKey}`, { body: { enableSpotAndMarginTrading: true } })
    expect((await join(stranger)).error?.data).toMatchObject({ reason: 'OTHER_ACCOUNT', httpStatus: 422 })
    expect((await join(second)).data?.apiKey).toMatchObject({
      ...{ accountMatch: 'identity', walletId: first?.walletId, purpose: 'trade' },
    })
  })

  it('a key that was deleted there is refused, and invalid when that has gone on for ten minutes', async () => {
    const apiKey = (await add()).data?.apiKey
    await paper.admin(`/paper/keys/${credentials.apiKey}`, { method: 'DELETE' })
    const check = () => person.mutateData<ApiKey>('apiKeys.check', { apiKeyId: apiKey?.apiKeyId })
    const checkError = { code: 'INVALID_KEY' }
    expect(await check()).toMatchObject({ isValid: true, refusedSince: expect.any(String), checkError })
    await server.db.superuser.pool.query(
      "UPDATE user_api_keys SET refused_since = refused_since - interval '10 minutes' WHERE api_key_id = $1",
      [apiKey?.apiKeyId],
    )
    expect(await check()).toMatchObject({ isValid: false, checkError })
  })
})
