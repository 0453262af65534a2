import { createTestDatabase, type TestDatabase } from '@opentrade/db/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestRootKeys } from '../testing/start-test-server.ts'
import { readDeploymentId } from '../vault/deployment-id.ts'
import { loadSigningKeys } from './signing-keys.ts'

let db: TestDatabase
let deploymentId: string
const rootKeys = createTestRootKeys()

beforeAll(async () => {
  db = await createTestDatabase()
  deploymentId = await readDeploymentId(db.pool)
})
afterAll(() => db.drop())

describe('signing keys', () => {
  it('are made once by processes that start at the same time, which then agree', async () => {
    const loaded = await Promise.all(
      Array.from({ length: 10 }, () => loadSigningKeys({ db, rootKeys, deploymentId })),
    )
    expect(new Set(loaded.map(([key]) => key.kid)).size).toBe(1)
    expect(new Set(loaded.map(([key]) => Buffer.from(key.refreshSecret).toString('hex'))).size).toBe(1)
    const { rows } = await db.superuser.pool.query('SELECT kid FROM signing_keys')
    expect(rows).toHaveLength(1)
  })

  it('stand in the database wrapped, with their public half', async () => {
    const [key] = await loadSigningKeys({ db, rootKeys, deploymentId })
    const { rows } = await db.superuser.pool.query('SELECT wrapped_seed, public_jwk FROM signing_keys')
    expect(rows[0].public_jwk).toEqual(key.publicKey.export({ format: 'jwk' }))
    const { d } = key.privateKey.export({ format: 'jwk' })
    expect(rows[0].wrapped_seed.includes(Buffer.from(d ?? '', 'base64url'))).toBe(false)
  })

  it('do not open with another root key, nor for another installation, and nothing is written', async () => {
    const before = await db.superuser.pool.query('SELECT * FROM signing_keys')
    const wrong = createTestRootKeys()
    await expect(loadSigningKeys({ db, rootKeys: wrong, deploymentId })).rejects.toThrow()
    await expect(loadSigningKeys({ db, rootKeys, deploymentId: crypto.randomUUID() })).rejects.toThrow()
    expect((await db.superuser.pool.query('SELECT * FROM signing_keys')).rows).toEqual(before.rows)
  })
})
