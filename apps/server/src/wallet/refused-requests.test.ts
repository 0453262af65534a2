import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ApiKey } from '../api-key/schemas.ts'
import type { UserContext } from '../context.ts'
import { forgetExchange } from '../exchange/get.ts'
import { contextFor, pointExchange } from '../testing/exchange-fixtures.ts'
import {
  type LoopbackExchange,
  SPOT,
  spotAccount,
  startLoopbackExchange,
} from '../testing/loopback-exchange.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import { syncWallet } from './sync-wallet.ts'
import type { Wallet } from './types.ts'

const MARKETS = '/api/v3/exchangeInfo'
const HOUR_SECONDS = 3_600

let server: TestServer
let client: TestClient
let ctx: UserContext
let walletId: string
/** Where the key was added, and where it is asked for from then on, as after a restart: no market is known. */
let home: LoopbackExchange
let exchange: LoopbackExchange

beforeAll(async () => {
  home = await startLoopbackExchange()
  server = await startTestServer()
})

afterAll(async () => {
  await server.close()
  await home.close()
})

beforeEach(async () => {
  await pointTo(home.url)
  client = server.client()
  ctx = contextFor(server, await client.signUp())
  const credentials = { apiKey: `key-${ctx.actor.userId}`, secret: 'secret' }
  const added = await client.mutateData<{ walletId: string }>('apiKeys.add', {
    exchangeId: 'paper',
    credentials,
  })
  walletId = added.walletId
  exchange = await startLoopbackExchange()
  await pointTo(exchange.url)
  return () => exchange.close()
})

async function pointTo(url: string): Promise<void> {
  await pointExchange(server.db, { exchangeId: 'paper', url })
  forgetExchange({ services: server.services, exchangeId: 'paper' })
}

const sync = () => syncWallet({ ctx, input: { walletId } })
const read = () => client.queryData<Wallet>('wallets.get', { walletId })
const keys = () => client.queryData<ApiKey[]>('apiKeys.list')
const ACCEPTED = { isValid: true, checkError: null, refusedSince: null }

async function retriedInSeconds(): Promise<number> {
  const { nextSyncAt } = await read()
  return (Date.parse(nextSyncAt ?? '') - Date.now()) / 1000
}

describe('an exchange that refuses requests without a key', () => {
  test.each([
    [401, { message: 'Unauthorized' }],
    [403, { message: 'Forbidden' }],
    [401, { code: -2014, msg: 'API-key format invalid.' }],
  ])('with %i %j is said to be away, and is read again once it is back', async (status, body) => {
    exchange.answer(MARKETS, () => ({ status, body }))
    await sync()
    expect(await read()).toMatchObject({ syncStatus: 'failed', syncError: { code: 'UNAVAILABLE' } })
    expect(await retriedInSeconds()).toBeLessThan(60)
    const [key] = await keys()
    const checked = await client.mutate('apiKeys.check', { apiKeyId: key?.apiKeyId })
    expect(checked.error?.data).toMatchObject({ reason: 'EXCHANGE_UNAVAILABLE' })
    expect(await keys()).toMatchObject([ACCEPTED])
    exchange.reset()
    await sync()
    expect(await read()).toMatchObject({ syncStatus: 'idle', syncError: null })
  })
})

test('a key that is refused for a moment stays valid, and its wallet is read again by itself', async () => {
  exchange.answer(SPOT, () => ({ status: 401, body: { code: -2014, msg: 'API-key format invalid.' } }))
  await sync()
  expect(await read()).toMatchObject({ syncStatus: 'failed', syncError: { code: 'INVALID_KEY' } })
  expect(await retriedInSeconds()).toBeLessThan(90)
  const [refused] = await keys()
  expect(refused).toMatchObject({ isValid: true, checkError: { code: 'INVALID_KEY' } })
  // Both are due at once: whichever comes first asks, and puts the other one off.
  expect((await read()).nextSyncAt).toBe(refused?.nextCheckAt)
  exchange.answer(SPOT, () => spotAccount({ BTC: { free: '1' } }))
  await sync()
  expect(await read()).toMatchObject({ syncStatus: 'idle', syncError: null })
  expect(await keys()).toMatchObject([ACCEPTED])
})

test('a nonce that is too low is no fault of the key, and a sync is tried again', async () => {
  exchange.answer(SPOT, () => ({ status: 400, body: { code: -9, msg: 'Nonce must be greater than 7.' } }))
  await sync()
  expect(await read()).toMatchObject({ syncError: { code: 'KEY_IN_USE_ELSEWHERE' } })
  expect(await retriedInSeconds()).toBeLessThan(60)
  expect(await keys()).toMatchObject([ACCEPTED])
})

test('an exchange that does not serve the place of this server is asked a few times a day', async () => {
  const msg = 'Service unavailable from a restricted location according to the terms.'
  for (const path of [MARKETS, SPOT]) exchange.answer(path, () => ({ status: 451, body: { code: 0, msg } }))
  await sync()
  const { syncError } = await read()
  expect(syncError).toMatchObject({ code: 'RESTRICTED_LOCATION' })
  expect(syncError?.message).toContain('trying again will not help')
  expect(await retriedInSeconds()).toBeGreaterThan(6 * HOUR_SECONDS)
  expect(await keys()).toMatchObject([ACCEPTED])
})
