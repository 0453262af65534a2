import { type CombinedRootKeys, combineRootKeys } from '@opentrade/crypto'
import { type Database, verifyAuditChain } from '@opentrade/db'
import { createTestDatabase, type TestDatabase } from '@opentrade/db/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Services } from '../context.ts'
import { insertSealedRows, type KnownRow, noteChanges, openEverything } from '../testing/sealed-rows.ts'
import { createTestRootKeys } from '../testing/start-test-server.ts'
import { startVaultLoad } from '../testing/vault-load.ts'
import { startVaultRootKeys } from '../testing/vault-root-keys.ts'
import { readDeploymentId } from './deployment-id.ts'
import { rotateDataKeys } from './rotate-data.ts'
import type { RotationContext } from './rotation-context.ts'
import { openRotation, readRotation } from './rotations.ts'
import { sealedTables } from './sealed-tables.ts'
import { destroyRetiredKeys } from './sweep-keys.job.ts'

const USERS = 4
const ROWS = 80

let database: TestDatabase
let deploymentId: string
let rootKeys: CombinedRootKeys
let rows: KnownRow[]
beforeEach(async () => {
  database = await createTestDatabase()
  deploymentId = await readDeploymentId(database.pool)
  rootKeys = createTestRootKeys()
  rows = await fill(rootKeys)
})
afterEach(() => database.drop())

function fill(with_: CombinedRootKeys): Promise<KnownRow[]> {
  const { superuser } = database
  return insertSealedRows({ superuser, rootKeys: with_, deploymentId, users: USERS, rowsEach: ROWS / USERS })
}

function contextWith(more: Partial<RotationContext> = {}): RotationContext {
  return { db: database, rootKeys, deploymentId, rootKeyFile: '', publish: async () => undefined, ...more }
}

async function open(onlyUser: string | null = null): Promise<string> {
  const { rotationId } = await openRotation(database.pool, { kind: 'data', onlyUser, startedBy: null })
  return rotationId
}

async function rotate(more: Partial<RotationContext> & { onlyUser?: string } = {}) {
  const { onlyUser, ...context } = more
  const rotationId = await open(onlyUser)
  await rotateDataKeys(contextWith(context), { rotationId })
  return readRotation(database.pool, { rotationId })
}

async function statuses(): Promise<Record<string, number>> {
  const { rows: counts } = await database.superuser.pool.query<{ status: string; keys: number }>(
    'SELECT status, count(*)::int AS keys FROM data_keys GROUP BY 1',
  )
  return Object.fromEntries(counts.map(({ status, keys }) => [status, keys]))
}

function openAll(): Promise<number> {
  return openEverything({ superuser: database.superuser, rootKeys, deploymentId })
}

/** The part of the services that the sweep uses, at a time in the future. */
function servicesIn(minutes: number): Services {
  const now = () => new Date(Date.now() + minutes * 60_000)
  const db: Database = database
  // The sweep takes these of the services and nothing else.
  return { db, rootKeys, deploymentId, now, env: { rootKeyFile: '' }, events: {} } as unknown as Services
}

describe('a rotation of data keys', () => {
  it('gives each row a new data key, under which it says what it said', async () => {
    const rotation = await rotate({ batch: 9 })
    expect(rotation).toMatchObject({ status: 'done', done: ROWS, total: ROWS })
    expect(await statuses()).toEqual({ active: ROWS, retired: ROWS })
    expect(await openAll()).toBe(ROWS)
  })

  it('is shared by several rotators while readers go on, and seals no row twice', async () => {
    const readChanges = await noteChanges(database.superuser, {
      ...{ table: 'user_api_keys', id: 'api_key_id', column: 'data_key_id' },
    })
    const load = startVaultLoad({ db: database, rootKeys, deploymentId, rows })
    const rotationId = await open()
    await Promise.all(
      Array.from({ length: 3 }, () => rotateDataKeys(contextWith({ batch: 4 }), { rotationId })),
    )
    const { failures } = await load.stop()
    expect(failures).toEqual([])
    expect(await readChanges()).toEqual({ changed: ROWS, most: 1 })
    expect(await openAll()).toBe(ROWS)
  })

  it('has every opening in the log of its user, whose chain holds', async () => {
    await rotate()
    for (const userId of new Set(rows.map((row) => row.userId))) {
      const targets = await database.withUserSql(userId, async (client) => {
        expect(await verifyAuditChain(client, { userId })).toMatchObject({
          verified: ROWS / USERS,
          broken: null,
        })
        const { rows: entries } = await client.query<{ target: string }>(
          "SELECT target FROM audit_log WHERE action = 'vault.opened' AND actor LIKE 'rotation:%'",
        )
        return entries.map(({ target }) => target)
      })
      const own = rows.filter((row) => row.userId === userId)
      expect(targets.sort()).toEqual(own.map(({ apiKeyId }) => `user_api_keys:${apiKeyId}`).sort())
    }
  })

  it('opens nothing when the log cannot be written', async () => {
    await database.superuser.pool.query('REVOKE INSERT ON audit_log FROM opentrade_app')
    await expect(rotate()).rejects.toThrow('permission denied')
    expect(await statuses()).toEqual({ active: ROWS })
  })

  it('touches one person alone when asked to', async () => {
    const userId = rows[0]?.userId ?? ''
    expect(await rotate({ onlyUser: userId })).toMatchObject({ done: ROWS / USERS })
    expect(await statuses()).toEqual({ active: ROWS, retired: ROWS / USERS })
  })

  it('moves rows that shared a data key to keys of their own', async () => {
    await database.superuser.pool.query('UPDATE data_keys SET row_id = NULL')
    expect(await rotate()).toMatchObject({ status: 'done', done: ROWS })
    expect(await statuses()).toEqual({ active: ROWS, retired: ROWS })
  })

  it('keeps fields bound to their rows: two that changed places are refused', async () => {
    await rotate()
    const [one, other] = rows
    await database.superuser.pool.query(
      `UPDATE user_api_keys k SET api_secret_encrypted = o.api_secret_encrypted, data_key_id = o.data_key_id
       FROM user_api_keys o WHERE k.api_key_id = $1 AND o.api_key_id = $2`,
      [one?.apiKeyId, other?.apiKeyId],
    )
    await expect(openAll()).rejects.toMatchObject({ name: 'CryptoError' })
  })

  it('leaves a row that does not open as it was, seals the others, and says so', async () => {
    const damaged = rows[3]?.apiKeyId
    await database.superuser.pool.query(
      `UPDATE user_api_keys SET api_secret_encrypted = set_byte(api_secret_encrypted, 40, 0),
         api_key_encrypted = set_byte(api_key_encrypted, 40, 0) WHERE api_key_id = $1`,
      [damaged],
    )
    const select = 'SELECT data_key_id, api_secret_encrypted FROM user_api_keys WHERE api_key_id = $1'
    const before = await database.superuser.pool.query(select, [damaged])
    await expect(rotate()).rejects.toMatchObject({
      ...{ name: 'RotationIncomplete', code: 'RECORD_REFUSED' },
      message: expect.stringContaining(`(user_api_keys:${damaged} of the user ${rows[3]?.userId})`),
    })
    expect((await database.superuser.pool.query(select, [damaged])).rows).toEqual(before.rows)
    expect(await statuses()).toEqual({ active: ROWS, retired: ROWS - 1 })
  })

  it('works with keys that a service makes, and waits while that is down', async () => {
    const vault = await startVaultRootKeys()
    try {
      const both = combineRootKeys({ current: vault.provider, others: [rootKeys] })
      vault.server.sealed = true
      await expect(rotate({ rootKeys: both })).rejects.toMatchObject({ name: 'RotationWaits' })
      expect(await statuses()).toEqual({ active: ROWS })
      vault.server.sealed = false
      await rotate({ rootKeys: both })
      expect(
        await openEverything({ superuser: database.superuser, rootKeys: vault.rootKeys, deploymentId }),
      ).toBe(ROWS)
    } finally {
      await vault.close()
    }
  })

  it('knows every column of the database that holds something sealed', async () => {
    const { rows: columns } = await database.superuser.pool.query<{ name: string }>(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND column_name LIKE '%\\_encrypted' ORDER BY 1`,
    )
    const known = sealedTables.flatMap(({ name, fields }) => fields.map((field) => `${name}.${field}`))
    expect(columns.map(({ name }) => name)).toEqual(known.sort())
  })
})

describe('a retired data key', () => {
  it('is destroyed a quarter of an hour later, and that is in the log', async () => {
    await rotate()
    expect(await destroyRetiredKeys({ services: servicesIn(14) })).toBe(0)
    expect(await destroyRetiredKeys({ services: servicesIn(16) })).toBe(ROWS)
    expect(await statuses()).toEqual({ active: ROWS })
    expect(await openAll()).toBe(ROWS)
    const { rows: entries } = await database.superuser.pool.query(
      "SELECT FROM audit_log WHERE action = 'vault.data-keys-destroyed'",
    )
    expect(entries).toHaveLength(USERS)
  })

  it('is kept from destruction by a row that was stored with it at the last moment, which then moves', async () => {
    const { pool } = database.superuser
    const late = rows[0]?.apiKeyId
    const { rows: saved } = await pool.query(
      'SELECT data_key_id, api_key_encrypted, api_secret_encrypted FROM user_api_keys WHERE api_key_id = $1',
      [late],
    )
    await rotate()
    const { data_key_id, api_key_encrypted, api_secret_encrypted } = saved[0]
    await pool.query(
      `UPDATE user_api_keys SET data_key_id = $2, api_key_encrypted = $3, api_secret_encrypted = $4
       WHERE api_key_id = $1`,
      [late, data_key_id, api_key_encrypted, api_secret_encrypted],
    )
    expect(await openAll()).toBe(ROWS)
    // And the key that the row left when it moved once more.
    expect(await destroyRetiredKeys({ services: servicesIn(16) })).toBe(ROWS + 1)
    expect(await openAll()).toBe(ROWS)
  })
})
