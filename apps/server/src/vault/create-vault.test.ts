import { randomBytes } from 'node:crypto'
import { CryptoError, localRootKeys, type RootKeyProvider } from '@opentrade/crypto'
import { createTestDatabase } from '@opentrade/db/testing'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Actor } from '../context.ts'
import { createVault } from './create-vault.ts'
import { readDeploymentId } from './deployment-id.ts'
import type { SealedFields, SecretRow, Vault } from './vault.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let deploymentId: string
const vaults: Vault[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  deploymentId = await readDeploymentId(database.pool)
})
afterEach(() => {
  for (const vault of vaults.splice(0)) vault.close()
})
afterAll(() => database.drop())

interface SwitchedRootKeys extends RootKeyProvider {
  down: boolean
  unwraps: number
}

/** Root keys in memory behind a switch, as a remote provider that can be down. */
function rootKeysWith(key: Uint8Array): SwitchedRootKeys {
  const inner = localRootKeys({ name: 'env', current: 'r1', keys: new Map([['r1', key]]) })
  function assertUp(): void {
    if (provider.down) throw new CryptoError('PROVIDER_UNAVAILABLE', 'The provider does not answer.')
  }
  const provider: SwitchedRootKeys = {
    name: 'env',
    down: false,
    unwraps: 0,
    currentKeyId: () => inner.currentKeyId(),
    async wrap(o) {
      assertUp()
      return inner.wrap(o)
    },
    async unwrap(o) {
      assertUp()
      provider.unwraps += 1
      return inner.unwrap(o)
    },
  }
  return provider
}

// One for the whole file: the blind index secret of the database is wrapped by it.
const rootKey = randomBytes(32)

function openVault(o: { rootKeys?: RootKeyProvider; cache?: { now: () => number } } = {}): Vault {
  const vault = createVault({
    db: database,
    deploymentId,
    rootKeys: o.rootKeys ?? rootKeysWith(rootKey),
    cache: o.cache,
  })
  vaults.push(vault)
  return vault
}

async function makeUser(): Promise<Actor> {
  const email = `${randomBytes(8).toString('hex')}@example.org`
  const { rows } = await database.superuser.pool.query<{ userId: string }>(
    'INSERT INTO users (email) VALUES ($1) RETURNING user_id AS "userId"',
    [email],
  )
  return {
    userId: rows[0]?.userId ?? '',
    role: 'user',
    name: 'session:test',
    sessionId: null,
    ip: '127.0.0.1',
  }
}

function rowOf(actor: Actor, o: Partial<SecretRow> = {}): SecretRow {
  return {
    table: 'user_api_keys',
    rowId: '0190b1c2-0000-7000-8000-000000000001',
    userId: actor.userId,
    exchangeId: 'kraken',
    secretVersion: 1,
    ...o,
  }
}

/** Opens sealed fields and copies them out as texts. */
function openTexts(o: {
  vault: Vault
  actor: Actor
  row: SecretRow
  sealed: SealedFields
}): Promise<Record<string, string>> {
  return o.vault.withPlaintext({
    row: o.row,
    ...o.sealed,
    actor: o.actor,
    reason: 'a test',
    run: (fields) =>
      Object.fromEntries(
        Object.entries(fields).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
      ),
  })
}

async function dataKeysOf(actor: Actor) {
  const { rows } = await database.superuser.pool.query<{
    status: string
    encryptions: number
    dataKeyId: string
  }>(
    `SELECT status, encryptions, data_key_id AS "dataKeyId" FROM data_keys WHERE user_id = $1
     ORDER BY created_at, data_key_id`,
    [actor.userId],
  )
  return rows
}

describe('sealing and opening', () => {
  it('gives back every text that was sealed, in another process too', async () => {
    const actor = await makeUser()
    const [sealing, opening] = [openVault(), openVault()]
    const row = rowOf(actor)
    const texts = fc.record({
      api_key_encrypted: fc.string({ unit: 'grapheme', maxLength: 200 }),
      api_secret_encrypted: fc.string({ unit: 'binary-ascii', maxLength: 8_192 }),
    })
    await fc.assert(
      fc.asyncProperty(texts, async (fields) => {
        const sealed = await sealing.seal({ row, fields })
        expect(await openTexts({ vault: opening, actor, row, sealed })).toEqual(fields)
      }),
      { numRuns: 20 },
    )
  })

  it('zeroes the plaintext as soon as its user is done', async () => {
    const actor = await makeUser()
    const vault = openVault()
    const row = rowOf(actor)
    const sealed = await vault.seal({ row, fields: { api_secret_encrypted: 'canary-plaintext' } })
    let kept: Uint8Array | undefined
    await vault.withPlaintext({
      row,
      ...sealed,
      actor,
      reason: 'a test',
      run: (fields) => {
        kept = fields.api_secret_encrypted
        expect(Buffer.from(kept ?? []).toString()).toBe('canary-plaintext')
      },
    })
    expect(kept).toHaveLength('canary-plaintext'.length)
    expect(kept?.every((byte) => byte === 0)).toBe(true)
  })

  it('refuses a field at any other place', async () => {
    const [actor, other] = [await makeUser(), await makeUser()]
    const vault = openVault()
    const row = rowOf(actor)
    const sealed = await vault.seal({
      row,
      fields: { api_key_encrypted: 'key', api_secret_encrypted: 'secret' },
    })
    const swapped = {
      api_key_encrypted: sealed.fields.api_secret_encrypted ?? new Uint8Array(),
      api_secret_encrypted: sealed.fields.api_key_encrypted ?? new Uint8Array(),
    }
    const damaged = { reason: 'SECRET_DAMAGED', kind: 'refused' }
    const places: Partial<SecretRow>[] = [
      { table: 'signing_keys' },
      { rowId: '0190b1c2-0000-7000-8000-000000000002' },
      { exchangeId: 'binance' },
      { secretVersion: 2 },
    ]
    for (const place of places) {
      await expect(openTexts({ vault, actor, row: rowOf(actor, place), sealed })).rejects.toMatchObject(
        damaged,
      )
    }
    await expect(
      openTexts({ vault, actor, row, sealed: { ...sealed, fields: swapped } }),
    ).rejects.toMatchObject(damaged)
    await vault.seal({ row: rowOf(other), fields: { api_key_encrypted: 'theirs' } })
    // A row that claims another user finds no such data key there.
    const elsewhere = openVault()
    await expect(
      openTexts({ vault: elsewhere, actor: other, row: rowOf(other), sealed }),
    ).rejects.toMatchObject({
      reason: 'VAULT_UNAVAILABLE',
    })
  })
})

describe('the audit of openings', () => {
  it('names who opened what, why, and with which data key', async () => {
    const actor = await makeUser()
    const vault = openVault()
    const row = rowOf(actor)
    const sealed = await vault.seal({ row, fields: { api_secret_encrypted: 'secret' } })
    await openTexts({ vault, actor: { ...actor, name: 'job:wallet.sync' }, row, sealed })
    const { rows } = await database.superuser.pool.query('SELECT * FROM audit_log WHERE user_id = $1', [
      actor.userId,
    ])
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      actor: 'job:wallet.sync',
      action: 'vault.opened',
      target: `user_api_keys:${row.rowId}`,
      detail: {
        reason: 'a test',
        dataKeyId: sealed.dataKeyId,
        secretVersion: 1,
        fields: ['api_secret_encrypted'],
      },
    })
  })

  it('decrypts nothing when the log cannot be written', async () => {
    const actor = await makeUser()
    const vault = openVault()
    const row = rowOf(actor)
    const sealed = await vault.seal({ row, fields: { api_secret_encrypted: 'secret' } })
    let opened = 0
    const open = () =>
      vault.withPlaintext({
        row,
        ...sealed,
        actor,
        reason: 'a test',
        run: () => {
          opened += 1
        },
      })
    await database.superuser.pool.query('ALTER TABLE audit_log RENAME TO audit_log_away')
    try {
      await expect(open()).rejects.toThrow()
    } finally {
      await database.superuser.pool.query('ALTER TABLE audit_log_away RENAME TO audit_log')
    }
    expect(opened).toBe(0)
    await open()
    expect(opened).toBe(1)
  })

  it('keeps the entry of an opening that then fails', async () => {
    const actor = await makeUser()
    const vault = openVault()
    const row = rowOf(actor)
    const sealed = await vault.seal({ row, fields: { api_secret_encrypted: 'secret' } })
    const wrong = rowOf(actor, { secretVersion: 7 })
    await expect(openTexts({ vault, actor, row: wrong, sealed })).rejects.toMatchObject({
      reason: 'SECRET_DAMAGED',
    })
    const { rowCount } = await database.superuser.pool.query('SELECT FROM audit_log WHERE user_id = $1', [
      actor.userId,
    ])
    expect(rowCount).toBe(1)
  })
})

describe('data keys', () => {
  it('are one for each row, so that one row can be destroyed without another', async () => {
    const actor = await makeUser()
    const [vault, elsewhere] = [openVault(), openVault()]
    const rows = ['1', '2'].map((end) => rowOf(actor, { rowId: `0190b1c2-0000-7000-8000-00000000000${end}` }))
    const all = await Promise.all(
      rows.map(async (row) => ({
        row,
        sealed: await vault.seal({ row, fields: { api_key_encrypted: 'key' } }),
      })),
    )
    const [gone, kept] = all
    if (!gone || !kept) throw new Error('There are two.')
    expect(gone.sealed.dataKeyId).not.toBe(kept.sealed.dataKeyId)
    const { rowId, userId } = gone.row
    const { dataKeyId } = gone.sealed
    await database.withUserSql(userId, (client) => vault.shred(client, { userId, rowId, dataKeyId }))
    for (const each of [vault, elsewhere]) {
      await expect(openTexts({ vault: each, actor, ...gone })).rejects.toMatchObject({
        reason: 'VAULT_UNAVAILABLE',
      })
      expect(await openTexts({ vault: each, actor, ...kept })).toEqual({ api_key_encrypted: 'key' })
    }
  })

  it('end with one active key when processes make the first one at once', async () => {
    const actor = await makeUser()
    const row = rowOf(actor)
    const processes = Array.from({ length: 6 }, () => openVault())
    const sealed = await Promise.all(
      processes.map((vault, index) => vault.seal({ row, fields: { api_key_encrypted: `key-${index}` } })),
    )
    const keys = await dataKeysOf(actor)
    expect(keys).toEqual([{ status: 'active', encryptions: 6, dataKeyId: sealed[0]?.dataKeyId }])
    for (const [index, each] of sealed.entries()) {
      expect(await openTexts({ vault: openVault(), actor, row, sealed: each })).toEqual({
        api_key_encrypted: `key-${index}`,
      })
    }
  })

  it('give way to a new generation before their limit, and go on opening', async () => {
    const actor = await makeUser()
    const vault = openVault()
    const row = rowOf(actor)
    const fields = { api_key_encrypted: 'key', api_secret_encrypted: 'secret' }
    const first = await vault.seal({ row, fields })
    const almostFull = 2 ** 20 - 3
    await database.superuser.pool.query('UPDATE data_keys SET encryptions = $2 WHERE user_id = $1', [
      actor.userId,
      almostFull,
    ])
    const second = await vault.seal({ row, fields })
    const third = await vault.seal({ row, fields })
    expect(second.dataKeyId).toBe(first.dataKeyId)
    expect(third.dataKeyId).not.toBe(first.dataKeyId)
    expect(await dataKeysOf(actor)).toEqual([
      { status: 'rotating', encryptions: almostFull + 2, dataKeyId: first.dataKeyId },
      { status: 'active', encryptions: 2, dataKeyId: third.dataKeyId },
    ])
    for (const sealed of [first, second, third]) {
      expect(await openTexts({ vault: openVault(), actor, row, sealed })).toEqual(fields)
    }
  })

  it('are unwrapped once for many openings, and again after five minutes', async () => {
    const actor = await makeUser()
    const rootKeys = rootKeysWith(rootKey)
    const clock = { now: 0 }
    const vault = openVault({ rootKeys, cache: { now: () => clock.now } })
    const row = rowOf(actor)
    const sealed = await vault.seal({ row, fields: { api_key_encrypted: 'key' } })
    await openTexts({ vault, actor, row, sealed })
    clock.now = 299_999
    await openTexts({ vault, actor, row, sealed })
    expect(rootKeys.unwraps).toBe(1)
    clock.now = 300_000
    await openTexts({ vault, actor, row, sealed })
    expect(rootKeys.unwraps).toBe(2)
  })
})

describe('when the root key provider fails', () => {
  const closed = { reason: 'VAULT_UNAVAILABLE', kind: 'unavailable' }

  it('serves cached keys for their time, then fails closed and makes no key; and recovers', async () => {
    const actor = await makeUser()
    const rootKeys = rootKeysWith(rootKey)
    const clock = { now: 0 }
    const vault = openVault({ rootKeys, cache: { now: () => clock.now } })
    const row = rowOf(actor)
    const fields = { api_key_encrypted: 'key' }
    const sealed = await vault.seal({ row, fields })
    rootKeys.down = true
    expect(await openTexts({ vault, actor, row, sealed })).toEqual(fields)
    clock.now = 300_000
    await expect(openTexts({ vault, actor, row, sealed })).rejects.toMatchObject(closed)
    await expect(vault.seal({ row, fields })).rejects.toMatchObject(closed)
    expect((await dataKeysOf(actor)).map((key) => key.status)).toEqual(['active'])
    rootKeys.down = false
    expect(await openTexts({ vault, actor, row, sealed })).toEqual(fields)
  })

  it('stores nothing for a new user', async () => {
    const actor = await makeUser()
    const rootKeys = rootKeysWith(rootKey)
    rootKeys.down = true
    const sealing = openVault({ rootKeys }).seal({ row: rowOf(actor), fields: { api_key_encrypted: 'key' } })
    await expect(sealing).rejects.toMatchObject(closed)
    expect(await dataKeysOf(actor)).toEqual([])
  })

  it('refuses under a wrong root key of the same id, and replaces nothing', async () => {
    const actor = await makeUser()
    const row = rowOf(actor)
    const sealed = await openVault().seal({ row, fields: { api_key_encrypted: 'key' } })
    await openVault().fingerprint({ userId: actor.userId, exchangeId: 'kraken', apiKey: 'key' })
    const wrong = openVault({ rootKeys: rootKeysWith(randomBytes(32)) })
    await expect(openTexts({ vault: wrong, actor, row, sealed })).rejects.toMatchObject(closed)
    await expect(wrong.seal({ row, fields: { api_key_encrypted: 'key' } })).rejects.toMatchObject(closed)
    const printing = wrong.fingerprint({ userId: actor.userId, exchangeId: 'kraken', apiKey: 'key' })
    await expect(printing).rejects.toMatchObject(closed)
    expect(await dataKeysOf(actor)).toHaveLength(1)
    const { rowCount } = await database.superuser.pool.query('SELECT FROM deployment_secrets')
    expect(rowCount).toBe(1)
  })
})

describe('the blind index', () => {
  it('is the same in every process, even when they make its key at once', async () => {
    await database.superuser.pool.query('DELETE FROM deployment_secrets')
    const actor = await makeUser()
    const request = { userId: actor.userId, exchangeId: 'kraken', apiKey: 'key' }
    const prints = await Promise.all(Array.from({ length: 5 }, () => openVault().fingerprint(request)))
    const [first] = prints
    expect(first).toHaveLength(32)
    for (const print of prints) expect(Buffer.from(print)).toEqual(Buffer.from(first ?? []))
    const { rowCount } = await database.superuser.pool.query('SELECT FROM deployment_secrets')
    expect(rowCount).toBe(1)
  })

  it('tells nothing across users, exchanges or keys', async () => {
    const [actor, other] = [await makeUser(), await makeUser()]
    const vault = openVault()
    const prints = await Promise.all([
      vault.fingerprint({ userId: actor.userId, exchangeId: 'kraken', apiKey: 'key' }),
      vault.fingerprint({ userId: other.userId, exchangeId: 'kraken', apiKey: 'key' }),
      vault.fingerprint({ userId: actor.userId, exchangeId: 'binance', apiKey: 'key' }),
      vault.fingerprint({ userId: actor.userId, exchangeId: 'kraken', apiKey: 'key2' }),
    ])
    expect(new Set(prints.map((print) => Buffer.from(print).toString('hex'))).size).toBe(4)
  })

  it('makes no data key with a root key that was retired', async () => {
    const retired = randomBytes(32)
    const rootKeys = localRootKeys({ name: 'env', current: 'gone', keys: new Map([['gone', retired]]) })
    await database.scheduler.query("SELECT retire_root_key('env', 'gone')")
    const actor = await makeUser()
    const sealing = openVault({ rootKeys }).seal({ row: rowOf(actor), fields: { api_key_encrypted: 'k' } })
    await expect(sealing).rejects.toMatchObject({ reason: 'VAULT_UNAVAILABLE' })
    expect(await dataKeysOf(actor)).toEqual([])
  })
})
