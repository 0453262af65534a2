import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CombinedRootKeys,
  combineRootKeys,
  listRootKeys,
  localRootKeys,
  openRootKeyFile,
} from '@opentrade/crypto'
import { createTestDatabase, type TestDatabase } from '@opentrade/db/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadSigningKeys } from '../auth/signing-keys.ts'
import { startLivingProcess } from '../testing/living-process.ts'
import { insertSealedRows, noteChanges, openEverything } from '../testing/sealed-rows.ts'
import { startVaultRootKeys, type VaultRootKeys } from '../testing/vault-root-keys.ts'
import { openBlindIndexKey } from './blind-index-key.ts'
import { readDeploymentId } from './deployment-id.ts'
import { rotateRootKeys } from './rotate-root.ts'
import type { RotationContext } from './rotation-context.ts'
import { openRotation, readRotation } from './rotations.ts'

const ROWS = 120
/** A signing key and the blind index's secret. */
const INSTALLATION_KEYS = 2

let database: TestDatabase
let deploymentId: string
let folder: string
let path: string
let vault: VaultRootKeys
beforeAll(async () => {
  vault = await startVaultRootKeys()
})
beforeEach(async () => {
  database = await createTestDatabase()
  deploymentId = await readDeploymentId(database.pool)
  folder = await mkdtemp(join(tmpdir(), 'opentrade-rotate-'))
  path = join(folder, 'root-key.json')
})
afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})
afterAll(() => vault.close())

async function fileRootKeys(): Promise<CombinedRootKeys> {
  return combineRootKeys({ current: await openRootKeyFile({ path, create: true }), others: [] })
}

/** Rows, a signing key and the blind index's secret, wrapped by the current root key. */
async function fill(rootKeys: CombinedRootKeys): Promise<void> {
  await insertSealedRows({
    superuser: database.superuser,
    rootKeys,
    deploymentId,
    users: 6,
    rowsEach: ROWS / 6,
  })
  await loadSigningKeys({ db: database, rootKeys, deploymentId })
  await openBlindIndexKey({ db: database, rootKeys, deploymentId })
}

function contextWith(rootKeys: CombinedRootKeys, more: Partial<RotationContext> = {}): RotationContext {
  return { db: database, rootKeys, deploymentId, rootKeyFile: path, publish: async () => undefined, ...more }
}

async function rotate(rootKeys: CombinedRootKeys, more: Partial<RotationContext> = {}) {
  const { rotationId } = await openRotation(database.pool, { kind: 'root', onlyUser: null, startedBy: null })
  await rotateRootKeys(contextWith(rootKeys, more), { rotationId })
  return readRotation(database.pool, { rotationId })
}

async function counted() {
  const { rows } = await database.scheduler.query<{ provider: string; rootKeyId: string; keys: number }>(
    `SELECT provider, root_key_id AS "rootKeyId", sum(keys)::int AS keys FROM count_wrapped_keys() GROUP BY 1, 2`,
  )
  return rows
}

async function retire(provider: string, rootKeyId: string): Promise<number> {
  const { rows } = await database.scheduler.query<{ left: number }>(
    'SELECT retire_root_key($1, $2)::int AS left',
    [provider, rootKeyId],
  )
  return rows[0]?.left ?? Number.NaN
}

function openAll(rootKeys: CombinedRootKeys): Promise<number> {
  return openEverything({ superuser: database.superuser, rootKeys, deploymentId })
}

describe('a rotation of the root key', () => {
  it('wraps everything anew with a new key of the file, which is current from then on', async () => {
    const rootKeys = await fileRootKeys()
    await fill(rootKeys)
    const before = await rootKeys.currentKeyId()
    const rotation = await rotate(rootKeys, { batch: 50 })
    const after = await rootKeys.currentKeyId()

    expect(after).not.toBe(before)
    const keys = ROWS + INSTALLATION_KEYS
    expect(rotation).toMatchObject({
      status: 'done',
      step: 'finished',
      rootKeyId: after,
      done: keys,
      total: keys,
    })
    expect(await counted()).toEqual([{ provider: 'file', rootKeyId: after, keys }])
    expect(await openAll(rootKeys)).toBe(ROWS)
    expect(await loadSigningKeys({ db: database, rootKeys, deploymentId })).toHaveLength(1)
    await openBlindIndexKey({ db: database, rootKeys, deploymentId })
  })

  it('is shared by several rotators, and wraps no key twice', async () => {
    const keys = new Map(['r1', 'r2'].map((id) => [id, new Uint8Array(randomBytes(32))]))
    const of = (current: string) =>
      combineRootKeys({ current: localRootKeys({ name: 'env', current, keys }), others: [] })
    await fill(of('r1'))
    const readChanges = await noteChanges(database.superuser, {
      ...{ table: 'data_keys', id: 'data_key_id', column: 'wrapped_key' },
    })
    const { rotationId } = await openRotation(database.pool, {
      kind: 'root',
      onlyUser: null,
      startedBy: null,
    })
    await Promise.all(
      Array.from({ length: 4 }, () => rotateRootKeys(contextWith(of('r2'), { batch: 7 }), { rotationId })),
    )
    expect(await readChanges()).toEqual({ changed: ROWS, most: 1 })
    expect(await readRotation(database.pool, { rotationId })).toMatchObject({
      status: 'done',
      done: ROWS + INSTALLATION_KEYS,
    })
  })

  it('moves from the file to Vault and back', async () => {
    const file = await openRootKeyFile({ path, create: true })
    await fill(combineRootKeys({ current: file, others: [] }))
    const there = combineRootKeys({ current: vault.provider, others: [file] })
    expect(await rotate(there)).toMatchObject({
      status: 'done',
      provider: 'vault',
      rootKeyId: 'opentrade:v1',
    })
    expect(await openAll(vault.rootKeys)).toBe(ROWS)

    const back = combineRootKeys({ current: file, others: [vault.provider] })
    expect(await rotate(back)).toMatchObject({ status: 'done', provider: 'file' })
    expect(await openAll(combineRootKeys({ current: file, others: [] }))).toBe(ROWS)
    expect((await counted()).map(({ provider }) => provider)).toEqual(['file'])
  })

  it('uses a key of the file only when every living process says that it can read it', async () => {
    const rootKeys = await fileRootKeys()
    await fill(rootKeys)
    const before = await rootKeys.currentKeyId()
    const other = await startLivingProcess(database.pool)
    const { rotationId } = await openRotation(database.pool, {
      kind: 'root',
      onlyUser: null,
      startedBy: null,
    })
    const rotating = rotateRootKeys(contextWith(rootKeys), { rotationId })
    await expect.poll(async () => (await readRotation(database.pool, { rotationId }))?.step).toBe('staged')
    expect(await rootKeys.currentKeyId()).toBe(before)
    const staged = (await readRotation(database.pool, { rotationId }))?.rootKeyId
    await database.pool.query("UPDATE server_processes SET readable_root_keys = ARRAY['file:' || $1::text]", [
      staged,
    ])
    await rotating
    expect(await rootKeys.currentKeyId()).toBe(staged)
    await other.end()
  })

  it('takes a staged key that was never used before it makes another', async () => {
    const rootKeys = await fileRootKeys()
    await fill(rootKeys)
    const stop = new AbortController()
    stop.abort()
    await expect(rotate(rootKeys, { signal: stop.signal })).rejects.toThrow('interrupted')
    expect(await listRootKeys({ path })).toHaveLength(2)
    await rotate(rootKeys)
    expect(await listRootKeys({ path })).toHaveLength(2)
  })

  it('leaves a key that does not open as it was, wraps the others, and says so', async () => {
    const rootKeys = await fileRootKeys()
    await fill(rootKeys)
    await database.superuser.pool.query(
      `UPDATE data_keys SET wrapped_key = set_byte(wrapped_key, 100, get_byte(wrapped_key, 100) # 1)
       WHERE data_key_id = (SELECT min(data_key_id::text)::uuid FROM data_keys)`,
    )
    await expect(rotate(rootKeys)).rejects.toMatchObject({
      name: 'RotationIncomplete',
      message: expect.stringMatching(
        /^1 key was left as before, the first \(the data key [-\da-f]{36} of the user /,
      ),
    })
    expect(await counted()).toContainEqual({
      ...{ provider: 'file', rootKeyId: await rootKeys.currentKeyId() },
      keys: ROWS + INSTALLATION_KEYS - 1,
    })
  })

  it('loses nothing to a service that answers with what it does not open itself', async () => {
    const file = await openRootKeyFile({ path, create: true })
    await fill(combineRootKeys({ current: file, others: [] }))
    vault.server.fault = ({ path: asked }) => {
      const ciphertext = `vault:v1:${randomBytes(60).toString('base64')}`
      return asked.endsWith('encrypt/opentrade') ? { status: 200, body: { data: { ciphertext } } } : null
    }
    const moving = rotate(combineRootKeys({ current: vault.provider, others: [file] }))
    await expect(moving).rejects.toMatchObject({ name: 'RotationIncomplete', code: 'PROVIDER_BAD_ANSWER' })
    vault.server.fault = () => null
    expect(await openAll(combineRootKeys({ current: file, others: [] }))).toBe(ROWS)
  })

  it('waits when the provider is down, and goes on afterwards', async () => {
    const file = await openRootKeyFile({ path, create: true })
    await fill(combineRootKeys({ current: file, others: [] }))
    const there = combineRootKeys({ current: vault.provider, others: [file] })
    vault.server.sealed = true
    await expect(rotate(there)).rejects.toMatchObject({ name: 'RotationWaits', code: 'PROVIDER_SEALED' })
    vault.server.sealed = false
    expect(await rotate(there)).toMatchObject({ status: 'done', provider: 'vault' })
  })
})

describe('a root key', () => {
  it('is retired only when it wraps nothing, and wraps nothing from then on', async () => {
    const rootKeys = await fileRootKeys()
    await fill(rootKeys)
    const old = await rootKeys.currentKeyId()
    expect(await retire('file', old)).toBe(ROWS + INSTALLATION_KEYS)
    await rotate(rootKeys)
    expect(await retire('file', old)).toBe(0)
    const late = database.superuser.pool.query('UPDATE data_keys SET root_key_id = $1', [old])
    await expect(late).rejects.toMatchObject({ code: '23001' })
  })
})
