import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { UserContext } from '../context.ts'
import { contextFor, pointExchange } from '../testing/exchange-fixtures.ts'
import { FUNDING, type LoopbackExchange, startLoopbackExchange } from '../testing/loopback-exchange.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import { syncWallet } from './sync-wallet.ts'
import type { HistoryPoint, Wallet } from './types.ts'

const NOT_GRANTED = { status: 401, body: { code: -1002, msg: 'You are not authorized.' } }
const FIVE_MORE = { body: [{ asset: 'BTC', free: '5', locked: '0', freeze: '0', withdrawing: '0' }] }

let exchange: LoopbackExchange
let server: TestServer
let client: TestClient
let ctx: UserContext
let walletId: string

beforeAll(async () => {
  exchange = await startLoopbackExchange()
  server = await startTestServer()
  await pointExchange(server.db, { exchangeId: 'binance', url: exchange.url })
})
afterAll(async () => {
  await server.close()
  await exchange.close()
})
beforeEach(async () => {
  exchange.reset()
  client = server.client()
  ctx = contextFor(server, await client.signUp())
  const credentials = { apiKey: `key-${ctx.actor.userId}`, secret: 'secret' }
  const input = { exchangeId: 'binance', credentials }
  walletId = (await client.mutateData<{ walletId: string }>('apiKeys.add', input)).walletId
})

async function sync(): Promise<Wallet> {
  await syncWallet({ ctx, input: { walletId } })
  return client.queryData<Wallet>('wallets.get', { walletId })
}

test('a right that was taken away is told as such, and never read as a loss', async () => {
  exchange.answer(FUNDING, () => FIVE_MORE)
  expect(await sync()).toMatchObject({ totalUsdValue: '300000', syncError: null })
  exchange.answer(FUNDING, () => NOT_GRANTED)
  const wallet = await sync()
  expect(wallet).toMatchObject({ totalUsdValue: '300000', syncError: { code: 'PARTIAL' } })
  expect(wallet.syncError?.message).toContain('no longer lets this key read the funding account')
  expect(wallet.balances).toHaveLength(2)
  const { points } = await client.queryData<{ points: HistoryPoint[] }>('wallets.history', {
    ...{ walletId, range: '24h' },
  })
  expect(points.at(-1)).toMatchObject({ totalUsdValue: '300000', complete: false })
})

test('it is mended by the right coming back, also when the account was emptied meanwhile', async () => {
  exchange.answer(FUNDING, () => FIVE_MORE)
  await sync()
  exchange.answer(FUNDING, () => NOT_GRANTED)
  await sync()
  exchange.answer(FUNDING, () => ({ body: [] }))
  expect(await sync()).toMatchObject({ totalUsdValue: '50000', syncError: null })
})

test('an account type that never held anything may be refused without a word', async () => {
  exchange.answer(FUNDING, () => NOT_GRANTED)
  expect(await sync()).toMatchObject({ totalUsdValue: '50000', syncError: null })
  expect(await sync()).toMatchObject({ totalUsdValue: '50000', syncError: null })
})
