import { ExchangeError } from '@opentrade/exchange'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { UserContext } from '../context.ts'
import { type BinanceReplies, binanceError, startBinanceReplies } from '../testing/binance-replies.ts'
import { contextFor, pointExchange } from '../testing/exchange-fixtures.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { addApiKey } from './add.ts'
import { deleteApiKey } from './delete.ts'
import { listApiKeys } from './list.ts'
import { withWalletAccount } from './with-wallet-account.ts'

const INVALID = binanceError(-2014, 'API-key format invalid.', 401)

let server: TestServer
let replies: BinanceReplies
let ctx: UserContext
let walletId: string
let apiKeyId: string
let aheadMs = 0

beforeAll(async () => {
  replies = await startBinanceReplies()
  server = await startTestServer({ now: () => new Date(Date.now() + aheadMs) })
  await pointExchange(server.db, { exchangeId: 'paper', url: replies.url })
})
beforeEach(async () => {
  replies.reset()
  aheadMs = 0
  ctx = contextFor(server, await server.client().signUp())
  const credentials = { apiKey: 'reading-key-of-a-person', secret: 'its-secret' }
  const added = await addApiKey({ ctx, input: { exchangeId: 'paper', credentials } })
  walletId = added.walletId
  apiKeyId = added.apiKey.apiKeyId
})
afterAll(async () => {
  await server.close()
  await replies.close()
})

function readAssets(caller = ctx) {
  return withWalletAccount({
    ctx: caller,
    input: { walletId, reason: 'sync of a wallet' },
    run: async (account, key) => {
      await account.checkKey()
      return key
    },
  })
}

describe('opening the account of a wallet', () => {
  it('uses its key and says so in the audit log with the reason', async () => {
    expect(await readAssets()).toEqual({ apiKeyId, exchangeId: 'paper' })
    expect(replies.signed.at(-1)?.apiKey).toBe('reading-key-of-a-person')
    const { rows } = await server.db.superuser.pool.query(
      "SELECT actor, target, detail FROM audit_log WHERE user_id = $1 AND action = 'vault.opened'",
      [ctx.actor.userId],
    )
    expect(rows).toEqual([
      {
        actor: 'job:test',
        target: `user_api_keys:${apiKeyId}`,
        detail: expect.objectContaining({ reason: 'sync of a wallet' }),
      },
    ])
  })

  it('never uses one that trades, not even when there is no other', async () => {
    const input = {
      exchangeId: 'paper',
      credentials: { apiKey: 'trading-key-of-a-person', secret: 'its-secret' },
      nickname: 'Trader',
      purpose: 'trade' as const,
    }
    replies.restrictions = binanceError(-1002, 'not told', 401)
    await addApiKey({ ctx, input })
    expect((await readAssets()).apiKeyId).toBe(apiKeyId)
    await deleteApiKey({ ctx, input: { apiKeyId } })
    replies.signed.length = 0
    await expect(readAssets()).rejects.toMatchObject({ reason: 'NO_READ_KEY' })
    expect(replies.signed).toEqual([])
  })

  it('says what the exchange said of a refused key, and when the key is asked about again', async () => {
    replies.account = INVALID
    await expect(readAssets()).rejects.toMatchObject({
      reason: 'KEY_REFUSED',
      exchangeCode: 'INVALID_KEY',
      message: expect.stringContaining('does not know it'),
    })
    const [key] = await listApiKeys({ ctx })
    expect(key).toMatchObject({ isValid: true, checkError: { code: 'INVALID_KEY' } })
    await expect(readAssets()).rejects.toMatchObject({ retryAt: expect.any(Date) })
    expect(await listApiKeys({ ctx })).toMatchObject([{ refusedSince: key?.refusedSince }])
  })

  it('marks the key invalid when it has been refused for ten minutes, and valid when it reads again', async () => {
    replies.account = INVALID
    await expect(readAssets()).rejects.toThrow()
    aheadMs = 600_000
    await expect(readAssets()).rejects.toThrow()
    expect(await listApiKeys({ ctx })).toMatchObject([{ isValid: false }])
    replies.reset()
    await readAssets()
    expect(await listApiKeys({ ctx })).toMatchObject([
      { isValid: true, checkError: null, refusedSince: null },
    ])
    const { rows } = await server.db.superuser.pool.query<{ action: string }>(
      "SELECT action FROM audit_log WHERE user_id = $1 AND action LIKE 'api-key.found-%' ORDER BY seq",
      [ctx.actor.userId],
    )
    expect(rows.map((row) => row.action)).toEqual(['api-key.found-invalid', 'api-key.found-valid'])
  })

  it('has a key that reads again checked soon: what it may do was not asked', async () => {
    replies.next.push(INVALID)
    await expect(readAssets()).rejects.toThrow()
    await readAssets()
    expect(await listApiKeys({ ctx })).toMatchObject([
      { isValid: true, checkError: null, refusedSince: null },
    ])
    const { rows } = await server.db.superuser.pool.query<{ due: boolean }>(
      'SELECT next_check_at <= now() AS due FROM user_api_keys WHERE api_key_id = $1',
      [apiKeyId],
    )
    expect(rows).toEqual([{ due: true }])
  })

  it('leaves the key as it is when the fault may pass, and when the caller fails', async () => {
    replies.account = { status: 500, body: 'oops' }
    await expect(readAssets()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    const failing = withWalletAccount({
      ctx,
      input: { walletId, reason: 'a test' },
      run: () => Promise.reject(new Error('ours')),
    })
    await expect(failing).rejects.toThrow('ours')
    expect(await listApiKeys({ ctx })).toMatchObject([{ isValid: true, checkError: null }])
  })

  it('closes the account when it is done', async () => {
    const account = await withWalletAccount({
      ctx,
      input: { walletId, reason: 'a test' },
      run: async (open) => open,
    })
    const calls = replies.signed.length
    await expect(account.checkKey()).rejects.toBeInstanceOf(ExchangeError)
    expect(replies.signed).toHaveLength(calls)
  })

  it('says that a wallet has no key any more, and that a foreign one does not exist', async () => {
    await deleteApiKey({ ctx, input: { apiKeyId } })
    await expect(readAssets()).rejects.toMatchObject({ reason: 'NO_KEY' })
    const stranger = contextFor(server, await server.client().signUp())
    await expect(readAssets(stranger)).rejects.toMatchObject({ reason: 'NOT_FOUND' })
  })

  it('does not touch the state of credentials that were replaced meanwhile', async () => {
    replies.account = INVALID
    const reading = withWalletAccount({
      ctx,
      input: { walletId, reason: 'a test' },
      run: async (account) => {
        await server.db.superuser.pool.query(
          'UPDATE user_api_keys SET secret_version = 2 WHERE api_key_id = $1',
          [apiKeyId],
        )
        await account.checkKey()
      },
    })
    await expect(reading).rejects.toMatchObject({ exchangeCode: 'INVALID_KEY' })
    expect(await listApiKeys({ ctx })).toMatchObject([
      { isValid: true, refusedSince: null, checkError: null },
    ])
  })
})
