import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Queryable } from '../database.ts'
import { createTestDatabase, type TestDatabase } from '../testing.ts'
import { uuidv7 } from '../uuidv7.ts'
import { claimWalletSync } from './claim-wallet-sync.ts'
import { completeWalletSync } from './complete-wallet-sync.ts'
import { failWalletSync } from './fail-wallet-sync.ts'
import { MAX_LEASE_SECONDS } from './max-plans.ts'
import { queueWalletSync } from './queue-wallet-sync.ts'
import { renewWalletSync } from './renew-wallet-sync.ts'
import { takeDueWallets } from './take-due-wallets.ts'

const LEASE = 60
const FAR = new Date('2100-01-01T00:00:00Z')
let db: TestDatabase
let wallet: { userId: string; walletId: string }

beforeAll(async () => {
  db = await createTestDatabase()
  await db.superuser.pool.query(`INSERT INTO exchanges (exchange_id, exchange_name, ccxt_id, required_credentials)
    VALUES ('kraken', 'Kraken', 'kraken', '[]')`)
})

afterAll(() => db.drop())

beforeEach(async () => {
  await db.superuser.pool.query('DELETE FROM wallets')
  wallet = { userId: uuidv7(), walletId: uuidv7() }
  await db.superuser.pool.query('INSERT INTO users (user_id, email) VALUES ($1, $2)', [
    wallet.userId,
    `${wallet.userId}@example.org`,
  ])
  await db.superuser.pool.query(
    `INSERT INTO wallets (user_id, wallet_id, exchange_id) VALUES ($1, $2, 'kraken')`,
    [wallet.userId, wallet.walletId],
  )
  await addKey()
})

async function addKey(): Promise<void> {
  const dataKeyId = uuidv7()
  await db.superuser.pool.query(
    `INSERT INTO data_keys (user_id, data_key_id, provider, root_key_id, wrapped_key, commitment)
     VALUES ($1, $2, 'test', 'test', '\\x00', decode(repeat('00', 32), 'hex'))`,
    [wallet.userId, dataKeyId],
  )
  await db.superuser.pool.query(
    `INSERT INTO user_api_keys (user_id, exchange_id, wallet_id, api_key_encrypted, api_secret_encrypted,
       data_key_id, api_key_hint, fingerprint)
     VALUES ($1, 'kraken', $2, '\\x00', '\\x00', $3, 'abcd', decode(repeat('00', 32), 'hex'))`,
    [wallet.userId, wallet.walletId, dataKeyId],
  )
}

async function state() {
  const { rows } = await db.superuser.pool.query(
    `SELECT sync_status AS status, sync_step AS step, sync_error AS error, last_updated AS "lastUpdated",
       trim_scale(total_usd_value)::text AS total, next_sync_at AS "nextSyncAt"
     FROM wallets WHERE user_id = $1 AND wallet_id = $2`,
    [wallet.userId, wallet.walletId],
  )
  return rows[0]
}

const letLeaseLapse = () =>
  db.superuser.pool.query(`UPDATE wallets SET next_sync_at = now() - interval '1 second'`)
const queue = () => queueWalletSync(db.forUser(wallet.userId), { ...wallet, leaseSeconds: LEASE })
const claim = () => claimWalletSync(db.forUser(wallet.userId), { ...wallet, leaseSeconds: LEASE })

async function mustClaim() {
  const claimed = await claim()
  if (!claimed) throw new Error('The wallet could not be claimed.')
  return claimed
}

function complete(startedAt: Date) {
  const worth = { totalUsdValue: '1.5', unpricedAssets: 0 }
  return completeWalletSync(db.forUser(wallet.userId), {
    ...{ ...wallet, ...worth, startedAt, readAt: new Date(), error: null, nextSyncAt: FAR },
  })
}

describe('a request', () => {
  test('queues a wallet once, and later ones join until the sync has ended', async () => {
    expect(await queue()).toBe('queued')
    expect(await queue()).toBe('joined')
    const { startedAt } = await mustClaim()
    expect(await queue()).toBe('joined')
    await complete(startedAt)
    expect(await queue()).toBe('queued')
  })

  test('of twenty at once, one queues and the others join', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, queue))
    expect(outcomes.filter((outcome) => outcome === 'queued')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'joined')).toHaveLength(19)
  })

  test('that was lost is made anew once its lease has lapsed', async () => {
    await queue()
    await letLeaseLapse()
    expect(await queue()).toBe('queued')
  })

  test('for a wallet without a key is refused', async () => {
    await db.superuser.pool.query('DELETE FROM user_api_keys')
    expect(await queue()).toBe('no-key')
    expect((await state()).status).toBe('idle')
  })

  test("finds neither an unknown wallet nor somebody else's", async () => {
    const strange = { walletId: uuidv7(), leaseSeconds: LEASE }
    expect(await queueWalletSync(db.forUser(wallet.userId), { ...wallet, ...strange })).toBe('unknown')
    expect(
      await queueWalletSync(db.forUser(wallet.userId), { ...wallet, userId: uuidv7(), leaseSeconds: LEASE }),
    ).toBe('unknown')
  })
})

describe('a run', () => {
  test('of twenty that start at once, one gets the wallet', async () => {
    await queue()
    const claims = await Promise.all(Array.from({ length: 20 }, claim))
    expect(claims.filter((claimed) => claimed !== null)).toHaveLength(1)
    expect(await state()).toMatchObject({ status: 'running', step: 'connecting' })
  })

  test('keeps the wallet by renewing its lease', async () => {
    const { startedAt } = await mustClaim()
    await letLeaseLapse()
    const renewal = { ...wallet, startedAt, step: 'pricing', leaseSeconds: LEASE }
    expect(await renewWalletSync(db.forUser(wallet.userId), renewal)).toBe(true)
    expect(await claim()).toBeNull()
    expect(await takeDueWallets(db.scheduler, { limit: 10 })).toEqual([])
    expect((await state()).step).toBe('pricing')
  })

  test('that was killed is taken over, and writes nothing should it come back', async () => {
    const dead = await mustClaim()
    await letLeaseLapse()
    expect(await takeDueWallets(db.scheduler, { limit: 10 })).toEqual([wallet])
    expect(await complete(dead.startedAt)).toBe(false)
    const alive = await mustClaim()
    const late = { ...wallet, startedAt: dead.startedAt }
    expect(await complete(dead.startedAt)).toBe(false)
    expect(
      await renewWalletSync(db.forUser(wallet.userId), { ...late, step: 'saving', leaseSeconds: LEASE }),
    ).toBe(false)
    expect(
      await failWalletSync(db.forUser(wallet.userId), { ...late, error: { code: 'LATE' }, nextSyncAt: null }),
    ).toBe(false)
    expect(await state()).toMatchObject({ status: 'running', step: 'connecting', error: null, total: '0' })
    expect(await complete(alive.startedAt)).toBe(true)
    expect(await state()).toMatchObject({ status: 'idle', step: null, total: '1.5' })
  })

  test('that failed leaves worth and time as they were, and counts its failures', async () => {
    await complete((await mustClaim()).startedAt)
    const good = await state()
    const { startedAt, failures } = await mustClaim()
    expect(failures).toBe(0)
    const error = { code: 'TIMEOUT', message: 'Too slow.', failures: 1 }
    await failWalletSync(db.forUser(wallet.userId), { ...wallet, startedAt, error, nextSyncAt: FAR })
    expect(await state()).toMatchObject({
      status: 'failed',
      error,
      total: '1.5',
      lastUpdated: good.lastUpdated,
    })
    expect((await mustClaim()).failures).toBe(1)
  })
})

describe('due wallets', () => {
  test('are taken once by many takers, the longest waiting first', async () => {
    await db.superuser.pool.query(
      `INSERT INTO wallets (user_id, exchange_id, label, next_sync_at)
       SELECT $1, 'kraken', 'w' || n, now() - make_interval(secs => n) FROM generate_series(1, 30) n`,
      [wallet.userId],
    )
    const first = await takeDueWallets(db.scheduler, { limit: 1 })
    const { rows } = await db.superuser.pool.query(`SELECT label FROM wallets WHERE wallet_id = $1`, [
      first[0]?.walletId,
    ])
    expect(rows).toEqual([{ label: 'w30' }])
    const batches = await Promise.all(
      Array.from({ length: 8 }, () => takeDueWallets(db.scheduler, { limit: 10 })),
    )
    const taken = batches.flat().map((due) => due.walletId)
    expect(new Set(taken).size).toBe(taken.length)
    const rest = await takeDueWallets(db.scheduler, { limit: 100 })
    expect(taken.length + rest.length).toBe(29)
    expect(await takeDueWallets(db.scheduler, { limit: 100 })).toEqual([])
  })

  test('are only those whose time has come', async () => {
    expect(await takeDueWallets(db.scheduler, { limit: 10 })).toEqual([])
    await db.superuser.pool.query(`UPDATE wallets SET next_sync_at = now() + interval '1 hour'`)
    expect(await takeDueWallets(db.scheduler, { limit: 10 })).toEqual([])
  })

  test('of an account that is switched off wait until it is back', async () => {
    const switchTo = (isActive: boolean) =>
      db.superuser.pool.query('UPDATE users SET is_active = $2 WHERE user_id = $1', [wallet.userId, isActive])
    await db.superuser.pool.query('UPDATE wallets SET next_sync_at = now()')
    await switchTo(false)
    expect(await takeDueWallets(db.scheduler, { limit: 10 })).toEqual([])
    expect(await claim()).toBeNull()
    await switchTo(true)
    expect(await takeDueWallets(db.scheduler, { limit: 10 })).toEqual([wallet])
    expect(await claim()).not.toBeNull()
  })
})

describe('whoever asks in a transaction that began before the longest lease of another', () => {
  const longest = () => ({ ...wallet, leaseSeconds: MAX_LEASE_SECONDS })
  const asksLate = async <T>(o: { first: () => Promise<unknown>; late: (q: Queryable) => Promise<T> }) => {
    const client = await db.superuser.pool.connect()
    try {
      await client.query('BEGIN')
      await client.query('SELECT now(), pg_sleep(0.01)')
      await o.first()
      return await o.late(client)
    } finally {
      await client.query('ROLLBACK')
      client.release()
    }
  }
  const queueFirst = () => queueWalletSync(db.forUser(wallet.userId), longest())
  const claimFirst = () => claimWalletSync(db.forUser(wallet.userId), longest())

  test('joins what waits', async () => {
    expect(await asksLate({ first: queueFirst, late: (q) => queueWalletSync(q, longest()) })).toBe('joined')
  })

  test('joins what runs', async () => {
    expect(await asksLate({ first: claimFirst, late: (q) => queueWalletSync(q, longest()) })).toBe('joined')
  })

  test('does not run beside it', async () => {
    expect(await asksLate({ first: claimFirst, late: (q) => claimWalletSync(q, longest()) })).toBeNull()
  })

  test('does not take it for one that is due', async () => {
    expect(await asksLate({ first: claimFirst, late: (q) => takeDueWallets(q, { limit: 9 }) })).toEqual([])
  })
})

describe('what a clock that was two days ahead has written', () => {
  const ahead = (set: string) =>
    db.superuser.pool.query(
      `UPDATE wallets SET ${set}, last_updated = now() + interval '2 days', next_sync_at = now() + interval '2 days'`,
    )
  const due = () => takeDueWallets(db.scheduler, { limit: 10 })

  test.for(['idle', 'failed', 'queued', 'running'])('a wallet that is %s is due now', async (status) => {
    await ahead(`sync_status = '${status}'`)
    expect(await due()).toEqual([wallet])
    expect(await due()).toEqual([])
    expect(await claim()).not.toBeNull()
  })

  test.for(['queued', 'running'])('a wallet that is %s is held by nobody', async (status) => {
    await ahead(`sync_status = '${status}'`)
    expect(await claim()).not.toBeNull()
    await ahead(`sync_status = '${status}'`)
    expect(await queue()).toBe('queued')
    expect(await queue()).toBe('joined')
  })

  test('a plan is left alone that is as far away as it may be', async () => {
    const plan = (status: string, seconds: number) =>
      db.superuser.pool.query(
        `UPDATE wallets SET sync_status = '${status}', next_sync_at = now() + make_interval(secs => ${seconds})`,
      )
    const dueOfFiveMinutes = () => takeDueWallets(db.scheduler, { limit: 10, longestIdleSeconds: 330 })
    await plan('idle', 329)
    expect(await dueOfFiveMinutes()).toEqual([])
    await plan('failed', 6 * 3_600)
    expect(await dueOfFiveMinutes()).toEqual([])
    await plan('queued', 179)
    expect(await dueOfFiveMinutes()).toEqual([])
    await plan('idle', 3_600)
    expect(await dueOfFiveMinutes()).toEqual([wallet])
    await plan('running', 3_600)
    expect(await dueOfFiveMinutes()).toEqual([wallet])
  })
})
