import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { UserContext } from '../context.ts'
import { contextFor, pointExchange } from '../testing/exchange-fixtures.ts'
import { type LoopbackExchange, startLoopbackExchange } from '../testing/loopback-exchange.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import type { TestClient } from '../testing/test-client.ts'
import { startVaultRootKeys, type VaultRootKeys } from '../testing/vault-root-keys.ts'
import { syncWallet } from '../wallet/sync-wallet.ts'
import type { Wallet } from '../wallet/types.ts'
import { createVault } from './create-vault.ts'
import { rotateKeysJob } from './rotate-keys.job.ts'
import { openRotation, readRotation } from './rotations.ts'
import type { Vault } from './vault.ts'

const TTL_MS = 5 * 60_000

let exchange: LoopbackExchange
let keeper: VaultRootKeys
let server: TestServer
let client: TestClient
let ctx: UserContext
let walletId: string
let vault: Vault
/** Milliseconds on the clock of the keys in memory. */
let now: number
const logLines: string[] = []

beforeAll(async () => {
  exchange = await startLoopbackExchange()
  keeper = await startVaultRootKeys()
  server = await startTestServer({ rootKeys: keeper.rootKeys, onLog: (line) => void logLines.push(line) })
  await pointExchange(server.db, { exchangeId: 'paper', url: exchange.url })
})
beforeEach(async () => {
  exchange.reset()
  now = 0
  const { db, services } = server
  vault = createVault({ ...services, db, cache: { now: () => now, ttlMs: TTL_MS } })
  client = server.client()
  const user = await client.signUp()
  ctx = contextFor({ ...server, services: { ...services, vault } }, user)
  const credentials = { apiKey: `key of ${user.userId}`, secret: 'secret' }
  const added = await client.mutateData<{ walletId: string }>('apiKeys.add', {
    exchangeId: 'paper',
    credentials,
  })
  walletId = added.walletId
})
afterEach(() => {
  keeper.server.sealed = false
  keeper.server.fault = () => null
  vault.close()
})
afterAll(async () => {
  await server.close()
  await keeper.close()
  await exchange.close()
})

const sync = () => syncWallet({ ctx, input: { walletId } })
const read = () => client.queryData<Wallet>('wallets.get', { walletId })

async function dataKeys(): Promise<unknown[]> {
  const { rows } = await server.db.superuser.pool.query(
    'SELECT data_key_id, wrapped_key, status FROM data_keys ORDER BY data_key_id',
  )
  return rows
}

/** As a person would: due again as soon as it says. */
async function makeDue(): Promise<void> {
  await server.db.superuser.pool.query(
    "UPDATE wallets SET sync_status = 'queued', next_sync_at = now() WHERE wallet_id = $1",
    [walletId],
  )
}

describe('while the keeper of the root key is away', () => {
  it('says why in the log, once and not for every wallet', async () => {
    keeper.server.fault = () => ({ status: 429, body: { errors: ['quota'] } })
    now = TTL_MS
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await makeDue()
      await sync()
    }
    const reasons = logLines.filter((line) => line.includes('PROVIDER_RATE_LIMITED'))
    expect(reasons).toEqual([expect.stringContaining('raise the quota')])
  })

  it('tells whoever watches a rotation what the provider refuses', async () => {
    const { services } = server
    keeper.server.fault = () => ({ status: 403, body: { errors: ['permission denied'] } })
    const request = { kind: 'root', onlyUser: null, startedBy: null } as const
    const { rotationId } = await openRotation(server.db.pool, request)
    const { signal } = new AbortController()
    const attempt = rotateKeysJob.run({ services, payload: { rotationId }, log: services.log, signal })
    await expect(attempt).rejects.toMatchObject({ code: 'PROVIDER_DENIED' })
    expect(await readRotation(server.db.pool, { rotationId })).toMatchObject({
      status: 'waiting',
      error: { code: 'PROVIDER_DENIED', message: expect.stringContaining('transit/keys/opentrade') },
    })
  })

  it('serves with keys in memory until their time is up, then fails with a sentence', async () => {
    await sync()
    keeper.server.sealed = true
    now = TTL_MS - 1
    await makeDue()
    await sync()
    expect(await read()).toMatchObject({ syncStatus: 'idle', syncError: null })
    now = TTL_MS
    await makeDue()
    await sync()
    expect((await read()).syncError).toMatchObject({
      code: 'VAULT_UNAVAILABLE',
      message: expect.stringContaining('Nothing is lost'),
    })
  })

  it.each(['sealed', 'cut', 'garbage'] as const)('makes no other key on an error: %s', async (fault) => {
    const before = await dataKeys()
    if (fault === 'sealed') keeper.server.sealed = true
    else keeper.server.fault = () => fault
    await sync()
    const request = {
      exchangeId: 'paper',
      credentials: { apiKey: 'another', secret: 's' },
      nickname: 'two',
      walletLabel: 'two',
    }
    const added = await client.mutate('apiKeys.add', request)
    expect(added.status).toBe(503)
    expect(added.error?.data.reason).toBe('VAULT_UNAVAILABLE')
    expect(await dataKeys()).toEqual(before)
  })

  it('has syncs wait, soon again however long it takes, with balances as they were', async () => {
    await sync()
    const before = await read()
    keeper.server.sealed = true
    now = TTL_MS
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await makeDue()
      await sync()
      const { syncError, balances, totalUsdValue, lastUpdated } = await read()
      expect({ balances, totalUsdValue, lastUpdated }).toEqual({
        ...{ balances: before.balances, totalUsdValue: before.totalUsdValue },
        lastUpdated: before.lastUpdated,
      })
      const waitMs = Date.parse(syncError?.retryAt ?? '') - Date.now()
      expect(waitMs).toBeLessThan(34_000)
    }
    keeper.server.sealed = false
    await makeDue()
    await sync()
    expect(await read()).toMatchObject({ syncStatus: 'idle', syncError: null })
  })
})
