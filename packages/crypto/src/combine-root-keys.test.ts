import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { combineRootKeys } from './combine-root-keys.ts'
import { createDataKey, openDataKey } from './data-key.ts'
import { CryptoError } from './errors.ts'
import { localRootKeys } from './local-root-keys.ts'
import type { RootKeyProvider } from './root-key.ts'
import { refusal } from './testing/refusal.ts'
import { startVaultServer } from './testing/vault-server.ts'
import { vaultTransitRootKeys } from './vault-transit.ts'

const context = { purpose: 'data-key', deploymentId: 'd', ownerId: 'o', keyId: 'k' } as const
const plaintext = randomBytes(32)
const key = randomBytes(32)

function local(name: string, id: string, bytes: Uint8Array = randomBytes(32)) {
  return localRootKeys({ name, current: id, keys: new Map([[id, bytes]]) })
}

function codeOf(result: object | undefined) {
  return result instanceof CryptoError ? result.code : result
}

describe('several providers', () => {
  test('wrap with the current one, and unwrap with the one that a stored key names', async () => {
    const file = local('file', 'f')
    const env = local('env', 'e')
    const combined = combineRootKeys({ current: env, others: [file] })
    expect(combined.name).toBe('env')
    expect(await combined.currentKeyId()).toBe('e')
    expect((await combined.wrap({ plaintext, context })).rootKeyId).toBe('e')
    const stored = await file.wrap({ plaintext, context })
    for (const provider of ['file', undefined]) {
      const unwrapped = await combined.unwrap({ ...stored, provider, context })
      expect(Buffer.from(unwrapped)).toEqual(plaintext)
    }
  })

  test('tell two root keys of one id apart by the provider', async () => {
    const file = local('file', 'same')
    const env = local('env', 'same')
    const stored = await file.wrap({ plaintext, context })
    for (const [current, other] of [
      [file, env],
      [env, file],
    ] as const) {
      const combined = combineRootKeys({ current, others: [other] })
      const unwrapped = await combined.unwrap({ ...stored, provider: 'file', context })
      expect(Buffer.from(unwrapped)).toEqual(plaintext)
    }
  })

  test('let a key move from the file to the environment under its id', async () => {
    const stored = await local('file', 'k1', key).wrap({ plaintext, context })
    const combined = combineRootKeys({ current: local('env', 'k1', key), others: [] })
    expect(Buffer.from(await combined.unwrap({ ...stored, provider: 'file', context }))).toEqual(plaintext)
  })

  test('name the provider that a stored key needs and nobody configured', async () => {
    const combined = combineRootKeys({ current: local('env', 'e'), others: [local('file', 'f')] })
    const unwrapping = combined.unwrap({
      provider: 'vault',
      rootKeyId: 'opentrade:v3',
      wrapped: key,
      context,
    })
    await expect(unwrapping).rejects.toThrow(refusal('PROVIDER_NOT_CONFIGURED'))
    await expect(unwrapping).rejects.toThrow(/"opentrade:v3" of the provider "vault".*configured: env, file/)
    const unnamed = combined.unwrap({ rootKeyId: 'gone', wrapped: key, context })
    await expect(unnamed).rejects.toThrow(refusal('ROOT_KEY_UNKNOWN'))
    const missing = combined.unwrap({ provider: 'file', rootKeyId: 'gone', wrapped: key, context })
    await expect(missing).rejects.toThrow(/"gone".*provider file/)
    expect(await Promise.all(['e', 'f', 'gone'].map((id) => combined.holds(id)))).toEqual([true, true, false])
  })

  test('cannot be two of one name', () => {
    const twice = () => combineRootKeys({ current: local('env', 'a'), others: [local('env', 'b')] })
    expect(twice).toThrow(refusal('INPUT_INVALID'))
  })

  test('bring everything to the current one, in one call what it wrapped itself', async () => {
    const server = await startVaultServer()
    const root = server.namespace('')
    root.createKey('opentrade')
    const token = root.createToken({ policies: ['root'] })
    const vault = vaultTransitRootKeys({
      address: server.url,
      keyName: 'opentrade',
      auth: { method: 'token', token },
    })
    const file = local('file', 'f')
    const combined = combineRootKeys({ current: vault, others: [file] })
    const items = [
      { ...(await file.wrap({ plaintext, context })), provider: 'file', context },
      { ...(await vault.wrap({ plaintext, context })), provider: 'vault', context },
      {
        ...(await file.wrap({ plaintext, context })),
        provider: 'file',
        context: { ...context, ownerId: 'p' },
      },
      { rootKeyId: 'x', wrapped: key, provider: 'aws-kms', context },
      { ...(await vault.wrap({ plaintext, context })), provider: 'vault', context },
    ]
    const before = server.requests.length
    const results = await combined.rewrap(items)
    const paths = server.requests.slice(before).map(({ path }) => path.replace('/v1/transit/', ''))
    const moves = paths.filter((path) => path !== 'decrypt/opentrade')
    expect(moves).toEqual(['encrypt/opentrade', 'rewrap/opentrade'])
    const moved = expect.objectContaining({ rootKeyId: 'opentrade:v1' })
    expect(results.map(codeOf)).toEqual([
      moved,
      moved,
      'WRAPPED_KEY_REFUSED',
      'PROVIDER_NOT_CONFIGURED',
      moved,
    ])

    server.sealed = true
    await expect(combined.rewrap(items)).rejects.toThrow(refusal('PROVIDER_SEALED'))
    vault.close()
    await server.close()
  })

  test.each<[string, RootKeyProvider['unwrap']]>([
    ['not at all', () => Promise.reject(new CryptoError('WRAPPED_KEY_REFUSED', 'It was changed.'))],
    ['to another key', async () => Uint8Array.from(randomBytes(32))],
  ])('hand out nothing that a service wrapped and that opens %s', async (_, unwrap) => {
    const inner = local('env', 'a')
    const generate: RootKeyProvider['generate'] = async (o) => {
      const made = Uint8Array.from(randomBytes(32))
      return { plaintext: made, ...(await inner.wrap({ plaintext: made, ...o })) }
    }
    const combined = combineRootKeys({ current: { ...inner, generate, unwrap }, others: [] })
    await expect(combined.wrap({ plaintext, context })).rejects.toThrow(refusal('PROVIDER_BAD_ANSWER'))
    await expect(combined.generate({ context })).rejects.toThrow(refusal('PROVIDER_BAD_ANSWER'))
  })

  test('leave a key as it was when what a service wrapped anew does not open', async () => {
    const inner = local('env', 'a')
    const stored = async (keyId: string) => {
      const own = { ...context, keyId }
      return { ...(await inner.wrap({ plaintext, context: own })), provider: 'env', context: own }
    }
    const items = await Promise.all(['one', 'two', 'three'].map(stored))
    const [one, two, three] = items
    const current: RootKeyProvider = {
      ...inner,
      generate: () => Promise.reject(new Error('It is not asked.')),
      // The first two in each other's place, as a batch that was put together wrongly.
      rewrap: async () => [two, one, three].filter((item) => item !== undefined),
    }
    const results = await combineRootKeys({ current, others: [] }).rewrap(items)
    expect(results.map(codeOf)).toEqual([
      'PROVIDER_BAD_ANSWER',
      'PROVIDER_BAD_ANSWER',
      expect.objectContaining({ rootKeyId: 'a' }),
    ])
  })

  test('do not ask another one when the one that is named is down', async () => {
    const down: RootKeyProvider = {
      ...local('file', 'f', key),
      unwrap: () => Promise.reject(new CryptoError('PROVIDER_UNAVAILABLE', 'It is down.')),
    }
    const combined = combineRootKeys({ current: local('env', 'f', key), others: [down] })
    const stored = await local('file', 'f', key).wrap({ plaintext, context })
    const unwrapping = combined.unwrap({ ...stored, provider: 'file', context })
    await expect(unwrapping).rejects.toThrow(refusal('PROVIDER_UNAVAILABLE'))
  })

  test('serve a data key by the provider in its record', async () => {
    const owner = { deploymentId: 'd', userId: 'u', dataKeyId: '0190b1c2-0000-7000-8000-000000000001' }
    const file = local('file', 'same')
    const env = local('env', 'same')
    const { record } = await createDataKey({
      provider: combineRootKeys({ current: file, others: [] }),
      ...owner,
    })
    expect(record.provider).toBe('file')
    const provider = combineRootKeys({ current: env, others: [file] })
    expect((await openDataKey({ provider, record, ...owner })).id).toBe(owner.dataKeyId)
  })
})
