import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@opentrade/db'
import { createTestDatabase, type TestDatabase } from '@opentrade/db/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadSigningKeys } from './auth/signing-keys.ts'
import { type Env, readEnv } from './env.ts'
import { checkWrappedKeys, openRootKeys } from './root-keys.ts'
import { insertSealedRows } from './testing/sealed-rows.ts'
import { startVaultRootKeys, type VaultRootKeys } from './testing/vault-root-keys.ts'
import { readDeploymentId } from './vault/deployment-id.ts'

const A = { ROOT_KEY_PROVIDER: 'env', ROOT_KEY_a: 'a1'.repeat(32), ROOT_KEY_CURRENT: 'a' }
const B = { ROOT_KEY_PROVIDER: 'env', ROOT_KEY_b: 'b2'.repeat(32), ROOT_KEY_CURRENT: 'b' }

let db: TestDatabase
let deploymentId: string
let home: string
let vault: VaultRootKeys
beforeAll(async () => {
  vault = await startVaultRootKeys()
})
beforeEach(async () => {
  db = await createTestDatabase()
  deploymentId = await readDeploymentId(db.pool)
  home = mkdtempSync(join(tmpdir(), 'opentrade-root-keys-'))
})
afterEach(async () => {
  vault.server.sealed = false
  await db.drop()
  rmSync(home, { recursive: true })
})
afterAll(() => vault.close())

function envOf(variables: Record<string, string>): Env {
  return readEnv({ OPENTRADE_HOME: home, ...variables })
}

/** Wraps a signing key and data keys by whatever these variables name. */
async function wrapWith(variables: Record<string, string>): Promise<void> {
  const rootKeys = await openRootKeys({ env: envOf(variables), db })
  await loadSigningKeys({ db, rootKeys, deploymentId })
  await insertSealedRows({ superuser: db.superuser, rootKeys, deploymentId, users: 1, rowsEach: 2 })
  rootKeys.close()
}

/** What a start does before it writes anything. */
async function check(variables: Record<string, string>): Promise<void> {
  const rootKeys = await openRootKeys({ env: envOf(variables), db })
  try {
    await checkWrappedKeys({ db: db.superuser, rootKeys, deploymentId })
  } finally {
    rootKeys.close()
  }
}

describe('a start', () => {
  it('accepts the root keys that wrapped what is stored, of every configured provider', async () => {
    const onVault = { ROOT_KEY_PROVIDER: 'vault', ...vault.variables }
    await wrapWith(A)
    await check(A)
    const both = { ...A, ...onVault, ROOT_KEY_OTHER_PROVIDERS: 'env' }
    await wrapWith(both)
    await check(both)
  })

  it('names the root key that is missing, though everything else is there', async () => {
    await wrapWith(A)
    await expect(check(B)).rejects.toThrow('"a"')
    await wrapWith({ ...A, ...B, ROOT_KEY_a: A.ROOT_KEY_a })
    await expect(check(B)).rejects.toThrow('"a"')
    await check({ ...A, ...B })
  })

  it('refuses another key under the same id', async () => {
    await wrapWith(A)
    const wrong = check({ ...A, ROOT_KEY_a: 'c3'.repeat(32) })
    await expect(wrong).rejects.toMatchObject({
      code: 'ROOT_KEY_WRONG',
      message: expect.stringContaining('"a"'),
    })
  })

  it('names the root key of a service that is another one under the same name', async () => {
    const onVault = { ROOT_KEY_PROVIDER: 'vault', ...vault.variables }
    await wrapWith(onVault)
    vault.server.namespace('').createKey('opentrade')
    await expect(check(onVault)).rejects.toMatchObject({
      code: 'WRAPPED_KEY_REFUSED',
      message: expect.stringMatching(/"opentrade:v1" of the provider "vault"/),
    })
  })

  it('is not kept away by a data key that was damaged while others of its root key open', async () => {
    await wrapWith(A)
    const { pool } = db.superuser
    const damage = (which: 'min' | 'max') =>
      pool.query(
        `UPDATE data_keys SET wrapped_key = set_byte(wrapped_key, 90, get_byte(wrapped_key, 90) # 1)
         WHERE data_key_id = (SELECT ${which}(data_key_id::text)::uuid FROM data_keys)`,
      )
    await damage('min')
    await check(A)
    await damage('max')
    await expect(check(A)).rejects.toThrow('"a"')
  })

  it('refuses a file that is gone, and makes no other', async () => {
    await wrapWith({})
    rmSync(join(home, 'root-key.json'))
    await expect(check({})).rejects.toMatchObject({ code: 'ROOT_KEY_FILE_MISSING' })
    await expect(check({})).rejects.toMatchObject({ code: 'ROOT_KEY_FILE_MISSING' })
  })

  it('names a provider that is not configured any more', async () => {
    await wrapWith({ ROOT_KEY_PROVIDER: 'vault', ...vault.variables })
    const refused = check(A)
    await expect(refused).rejects.toMatchObject({
      code: 'PROVIDER_NOT_CONFIGURED',
      message: expect.stringMatching(/"opentrade:v1".*"vault"/),
    })
  })

  it('does not fail because a provider is down that only older keys need', async () => {
    await wrapWith({ ROOT_KEY_PROVIDER: 'vault', ...vault.variables })
    vault.server.sealed = true
    await check({ ...A, ...vault.variables, ROOT_KEY_OTHER_PROVIDERS: 'vault' })
  })

  it('checks a database that has none of our tables yet', async () => {
    const empty = openDatabase({ url: db.superuser.url.replace(/\/[^/?]+(\?|$)/, '/postgres$1') })
    const rootKeys = await openRootKeys({ env: envOf(A), db: empty })
    await checkWrappedKeys({ db: empty, rootKeys, deploymentId })
    await empty.close()
  })
})
