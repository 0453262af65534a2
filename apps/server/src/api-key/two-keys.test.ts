import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PortfolioSummary } from '../portfolio/types.ts'
import {
  apiRestrictions,
  type BinanceReplies,
  binanceError,
  spotOf,
  startBinanceReplies,
} from '../testing/binance-replies.ts'
import { contextFor, pointExchange } from '../testing/exchange-fixtures.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import { syncWallet } from '../wallet/sync-wallet.ts'
import type { Wallet } from '../wallet/types.ts'
import type { AddedApiKey, ApiKey } from './schemas.ts'

const READER = 'reading-key-of-a-person'
const TRADER = 'trading-key-of-a-person'

let server: TestServer
let replies: BinanceReplies
let person: TestClient
let user: Awaited<ReturnType<TestClient['signUp']>>

beforeAll(async () => {
  replies = await startBinanceReplies()
  server = await startTestServer()
  await pointExchange(server.db, { exchangeId: 'paper', url: replies.url })
})
beforeEach(async () => {
  replies.reset()
  replies.restrictions = apiRestrictions({ enableSpotAndMarginTrading: true })
  person = server.client()
  user = await person.signUp()
})
afterAll(async () => {
  await server.close()
  await replies.close()
})

function inputOf(apiKey: string, more: object = {}) {
  const purpose = apiKey === TRADER ? 'trade' : 'read'
  return { exchangeId: 'paper', credentials: { apiKey, secret: 's' }, nickname: apiKey, purpose, ...more }
}

async function add(apiKey: string, more?: object): Promise<ApiKey> {
  return (await person.mutateData<AddedApiKey>('apiKeys.add', inputOf(apiKey, more))).apiKey
}

async function refusal(procedure: string, input: unknown) {
  const answer = await person.mutate(`apiKeys.${procedure}`, input)
  return { status: answer.status, reason: answer.error?.data.reason, fields: answer.error?.data.fields }
}

const OTHER_ACCOUNT = { status: 422, reason: 'OTHER_ACCOUNT', fields: { walletLabel: expect.any(String) } }

async function listKeys(): Promise<ApiKey[]> {
  return person.queryData<ApiKey[]>('apiKeys.list')
}

describe('a second key for a wallet', () => {
  it('joins it when the exchange names the same account', async () => {
    replies.account = spotOf({ uid: 17 })
    const reader = await add(READER)
    const trader = await add(TRADER)
    expect(reader.accountMatch).toBeNull()
    expect(trader).toMatchObject({ walletId: reader.walletId, accountMatch: 'identity' })
  })

  it('is refused when the exchange names another account, and nothing of it is stored', async () => {
    replies.accounts.set(READER, spotOf({ uid: 17 }))
    replies.accounts.set(TRADER, spotOf({ uid: 18 }))
    await add(READER)
    expect(await refusal('add', inputOf(TRADER))).toEqual(OTHER_ACCOUNT)
    expect(await listKeys()).toHaveLength(1)
    expect(await add(TRADER, { walletLabel: 'second' })).toMatchObject({ accountMatch: null })
  })

  it('is compared by what both hold where the exchange names nobody', async () => {
    replies.accounts.set(READER, spotOf({ held: { BTC: '0.5', USDT: '12.25' } }))
    replies.accounts.set(TRADER, spotOf({ held: { BTC: '0.50', USDT: '12.26' } }))
    await add(READER)
    expect(await refusal('add', inputOf(TRADER))).toEqual(OTHER_ACCOUNT)
    replies.accounts.set(TRADER, spotOf({ held: { USDT: '12.25', BTC: '0.50' } }))
    expect(await add(TRADER)).toMatchObject({ accountMatch: 'balances' })
  })

  it('is taken, and noted as unverified, when neither tells anything', async () => {
    replies.account = spotOf({ held: {} })
    await add(READER)
    expect(await add(TRADER)).toMatchObject({ accountMatch: 'unverified' })
    const { rows } = await server.db.superuser.pool.query(
      "SELECT detail ->> 'sameAccount' AS same FROM audit_log WHERE user_id = $1 AND action = 'api-key.added' ORDER BY seq",
      [user.userId],
    )
    expect(rows).toEqual([{ same: null }, { same: 'unverified' }])
  })

  it('is not held up by a first one that the exchange refuses by now', async () => {
    await add(READER)
    replies.accounts.set(READER, binanceError(-2014, 'API-key format invalid.', 401))
    expect(await add(TRADER)).toMatchObject({ accountMatch: 'unverified' })
  })

  it('of another account cannot slip in beside one that is added at the same moment', async () => {
    replies.accounts.set(READER, spotOf({ uid: 17 }))
    replies.accounts.set(TRADER, spotOf({ uid: 18 }))
    const answers = await Promise.all([READER, TRADER].map((key) => refusal('add', inputOf(key))))
    const reasons = answers.map((answer) => answer.reason ?? 'stored').toSorted()
    expect(reasons).toEqual(['OTHER_ACCOUNT', 'stored'])
  })

  it('of another account is refused even after the first one was deleted: the history is not mixed', async () => {
    replies.accounts.set(READER, spotOf({ uid: 17 }))
    replies.accounts.set('other-key', spotOf({ uid: 18 }))
    const { apiKeyId } = await add(READER)
    await person.mutateData('apiKeys.delete', { apiKeyId })
    expect(await refusal('add', inputOf('other-key'))).toEqual(OTHER_ACCOUNT)
  })
})

describe('new credentials for a key', () => {
  it('must see the same account', async () => {
    replies.accounts.set(READER, spotOf({ uid: 17 }))
    replies.accounts.set('new-key', spotOf({ uid: 18 }))
    const { apiKeyId } = await add(READER)
    const input = { apiKeyId, credentials: { apiKey: 'new-key', secret: 's' } }
    expect(await refusal('replace', input)).toEqual(OTHER_ACCOUNT)
    replies.accounts.set('new-key', spotOf({ uid: 17 }))
    expect(await person.mutateData('apiKeys.replace', input)).toMatchObject({ accountMatch: 'identity' })
  })

  it('are compared by holdings with the old ones as long as those are accepted', async () => {
    replies.accounts.set('new-key', spotOf({ held: { BTC: '9' } }))
    const { apiKeyId } = await add(READER)
    const input = { apiKeyId, credentials: { apiKey: 'new-key', secret: 's' } }
    expect(await refusal('replace', input)).toEqual(OTHER_ACCOUNT)
    replies.accounts.set(READER, binanceError(-2014, 'API-key format invalid.', 401))
    expect(await person.mutateData('apiKeys.replace', input)).toMatchObject({ accountMatch: 'unverified' })
  })
})

describe('the account of a key', () => {
  it('is found out by a later check, and another one than the wallet’s is told', async () => {
    replies.account = spotOf({ held: {} })
    const reader = await add(READER)
    const trader = await add(TRADER)
    replies.accounts.set(READER, spotOf({ uid: 17 }))
    replies.accounts.set(TRADER, spotOf({ uid: 18 }))
    for (const { apiKeyId } of [reader, trader]) await person.mutateData('apiKeys.check', { apiKeyId })
    expect((await listKeys()).map((key) => key.accountMatch)).toEqual([null, 'different'])
    const { attention } = await person.queryData<PortfolioSummary>('portfolio.summary')
    expect(attention).toContainEqual(
      expect.objectContaining({ kind: 'OTHER_ACCOUNT', apiKeyId: trader.apiKeyId }),
    )
  })

  it('is kept only as a blind index', async () => {
    replies.account = spotOf({ uid: 354_937_868 })
    await add(READER)
    const { rows } = await server.db.superuser.pool.query<{ row: string; index: Buffer }>(
      'SELECT w::text AS row, account_index AS index FROM wallets w WHERE user_id = $1',
      [user.userId],
    )
    expect(rows[0]?.index).toHaveLength(32)
    expect(rows[0]?.row).not.toContain('354937868')
  })
})

describe('a wallet with a key that trades only', () => {
  it('is not synced and says what to do, until it has a key for reading', async () => {
    const { walletId } = await add(TRADER)
    const [wallet] = await person.queryData<Wallet[]>('wallets.list')
    expect(wallet).toMatchObject({
      ...{ syncStatus: 'failed', nextSyncAt: null },
      syncError: { code: 'NO_READ_KEY', message: expect.stringContaining('Add a key for reading') },
    })
    const { attention } = await person.queryData<PortfolioSummary>('portfolio.summary')
    expect(attention).toMatchObject([{ kind: 'SYNC_FAILED', walletId }])
    const asked = await person.mutate('wallets.sync', { walletId })
    expect([asked.status, asked.error?.data.reason]).toEqual([409, 'NO_READ_KEY'])

    replies.signed.length = 0
    await syncWallet({ ctx: contextFor(server, user), input: { walletId } })
    expect(replies.signed).toEqual([])

    await add(READER)
    expect(await person.queryData('wallets.get', { walletId })).toMatchObject({ syncStatus: 'queued' })
  })

  it('comes about when its key for reading is deleted', async () => {
    const { apiKeyId, walletId } = await add(READER)
    await add(TRADER)
    await person.mutateData('apiKeys.delete', { apiKeyId })
    expect(await person.queryData('wallets.get', { walletId })).toMatchObject({
      ...{ nextSyncAt: null, syncError: { code: 'NO_READ_KEY' } },
    })
  })
})
