import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDataKey, openDataKey } from './data-key.ts'
import { CryptoError } from './errors.ts'
import type { WrapContext } from './root-key.ts'
import type { LoopbackFault } from './testing/loopback.ts'
import { refusal } from './testing/refusal.ts'
import { startVaultServer, type VaultNamespace, type VaultServer } from './testing/vault-server.ts'
import { rotateTransitKey, type TransitKey } from './testing/vault-server-transit.ts'
import { context, contexts, plaintext } from './testing/wrapping.ts'
import { vaultContext } from './vault-ciphertext.ts'
import type { VaultTransitOptions } from './vault-options.ts'
import { vaultTransitRootKeys } from './vault-transit.ts'

/** The policy of docs/vault.md. */
const POLICY = {
  'transit/keys/opentrade': ['read'],
  'transit/encrypt/opentrade': ['update'],
  'transit/decrypt/opentrade': ['update'],
  'transit/rewrap/opentrade': ['update'],
  'transit/datakey/plaintext/opentrade': ['update'],
}

let server: VaultServer
let root: VaultNamespace
let key: TransitKey
let token: string
const opened: { close(): void }[] = []
beforeEach(async () => {
  server = await startVaultServer()
  root = server.namespace('')
  root.putPolicy('opentrade', POLICY)
  key = root.createKey('opentrade')
  token = root.createToken({ policies: ['opentrade'] })
})
afterEach(async () => {
  for (const provider of opened.splice(0)) provider.close()
  await server.close()
})

function open(o: Partial<VaultTransitOptions> = {}) {
  const provider = vaultTransitRootKeys({
    address: server.url,
    keyName: 'opentrade',
    auth: { method: 'token', token },
    ...o,
  })
  opened.push(provider)
  return provider
}

function paths(): string[] {
  return server.requests.map(({ method, path }) => `${method} ${path}`)
}

describe('keys in a transit engine', () => {
  test('wrap and unwrap to what they were, for any context and length', async () => {
    const provider = open()
    const keys = fc.uint8Array({ minLength: 16, maxLength: 300 })
    const both = fc.asyncProperty(contexts, keys, async (anyContext, anyKey) => {
      const wrapped = await provider.wrap({ plaintext: anyKey, context: anyContext })
      expect(wrapped.rootKeyId).toBe('opentrade:v1')
      const unwrapped = await provider.unwrap({ ...wrapped, context: anyContext })
      expect(Buffer.from(unwrapped)).toEqual(Buffer.from(anyKey))
    })
    await fc.assert(both, { numRuns: 40 })
  })

  test('carry a data key through its life: made by Vault, stored, opened elsewhere', async () => {
    const owner = { deploymentId: 'd', userId: 'u', dataKeyId: '0190b1c2-0000-7000-8000-000000000001' }
    const { dataKey, record } = await createDataKey({ provider: open(), ...owner })
    expect(record).toMatchObject({ provider: 'vault', rootKeyId: 'opentrade:v1' })
    expect(Buffer.from(record.wrappedKey).toString()).toMatch(/^vault:v1:/)
    expect(paths()).toContain('POST /v1/transit/datakey/plaintext/opentrade')
    const place = { ...owner, table: 't', rowId: 'r', exchangeId: '', field: 'f', secretVersion: 1 }
    const sealed = dataKey.seal(Buffer.from('canary'), place)
    const again = await openDataKey({ provider: open(), record, ...owner })
    expect(Buffer.from(again.open(sealed, place)).toString()).toBe('canary')
  })

  test.each<Partial<WrapContext>>([
    { purpose: 'signing-key' },
    { deploymentId: 'e' },
    { ownerId: 'p' },
    { keyId: 'l' },
    { ownerId: 'ok', keyId: '' },
  ])('do not unwrap under another context (%o)', async (changed) => {
    const provider = open()
    const wrapped = await provider.wrap({ plaintext, context })
    const unwrapping = provider.unwrap({ ...wrapped, context: { ...context, ...changed } })
    await expect(unwrapping).rejects.toThrow(refusal('WRAPPED_KEY_REFUSED'))
  })

  test('are bound by a context that no other context gives', () => {
    const part = fc.string({ maxLength: 6 })
    const shortContexts = fc.record<WrapContext>({
      purpose: fc.constantFrom('data-key', 'signing-key'),
      deploymentId: part,
      ownerId: part,
      keyId: part,
    })
    fc.assert(
      fc.property(shortContexts, shortContexts, (left, right) => {
        const same = JSON.stringify(Object.values(left)) === JSON.stringify(Object.values(right))
        expect(Buffer.from(vaultContext(left)).equals(vaultContext(right))).toBe(same)
      }),
    )
  })

  test('are refused with any bit of their text changed, cut or empty', async () => {
    const provider = open()
    const { rootKeyId, wrapped } = await provider.wrap({ plaintext, context })
    const damaged = [new Uint8Array(0), wrapped.subarray(1), wrapped.subarray(0, 20), wrapped.subarray(0, -1)]
    for (let index = 0; index < wrapped.length; index += 7) {
      const changed = Uint8Array.from(wrapped)
      changed[index] = (changed[index] ?? 0) ^ 1
      damaged.push(changed)
    }
    for (const bytes of damaged) {
      const error = await provider.unwrap({ rootKeyId, wrapped: bytes, context }).catch((reason) => reason)
      expect(error).toBeInstanceOf(CryptoError)
      expect(error.code).toMatch(/^WRAPPED_KEY_(MALFORMED|REFUSED)$/)
    }
  })
})

describe('versions', () => {
  test('are named by the id: the newest wraps, all unwrap', async () => {
    const provider = open()
    const old = await provider.wrap({ plaintext, context })
    rotateTransitKey(key)
    expect(await provider.currentKeyId()).toBe('opentrade:v2')
    expect((await provider.wrap({ plaintext, context })).rootKeyId).toBe('opentrade:v2')
    expect(Buffer.from(await provider.unwrap({ ...old, context }))).toEqual(plaintext)
  })

  test('must agree between the id and the text', async () => {
    const provider = open()
    const { wrapped } = await provider.wrap({ plaintext, context })
    const unwrapping = provider.unwrap({ rootKeyId: 'opentrade:v2', wrapped, context })
    await expect(unwrapping).rejects.toThrow(refusal('WRAPPED_KEY_MALFORMED'))
  })

  test('that are no longer allowed, or not yet there, are named with the remedy', async () => {
    const provider = open()
    const old = await provider.wrap({ plaintext, context })
    rotateTransitKey(key)
    const fresh = await provider.wrap({ plaintext, context })
    key.minDecryptionVersion = 2
    await expect(provider.unwrap({ ...old, context })).rejects.toThrow(
      /"opentrade:v1".*min_decryption_version/,
    )
    key.versions.pop()
    await expect(provider.unwrap({ ...fresh, context })).rejects.toThrow(/"opentrade:v2".*no such version/)
  })

  test.each([200, 400])(
    'move in one call for many keys, errors in their places (status %i)',
    async (status) => {
      server.batchRefusalStatus = status
      const provider = open()
      const items = await Promise.all(
        Array.from({ length: 6 }, async (_, index) => {
          const own = { ...context, keyId: `k${index}` }
          return { ...(await provider.wrap({ plaintext, context: own })), context: own }
        }),
      )
      rotateTransitKey(key)
      const [first, second, third, ...rest] = items
      if (!first || !second || !third) throw new Error('There are six.')
      const mixed = [first, { ...second, context }, { ...third, rootKeyId: 'other:v1' }, ...rest]
      const before = server.requests.length
      const results = await provider.rewrap?.(mixed)
      expect(server.requests.slice(before).map(({ path }) => path)).toEqual(['/v1/transit/rewrap/opentrade'])
      expect(
        results?.map((result) => (result instanceof CryptoError ? result.code : result.rootKeyId)),
      ).toEqual([
        'opentrade:v2',
        'WRAPPED_KEY_REFUSED',
        'ROOT_KEY_UNKNOWN',
        ...rest.map(() => 'opentrade:v2'),
      ])
      const [moved] = results ?? []
      if (!moved || moved instanceof CryptoError) throw new Error('It was moved.')
      expect(Buffer.from(await provider.unwrap({ ...moved, context: first.context }))).toEqual(plaintext)
    },
  )

  test('of an older transit key unwrap and move to the current one, if it is named', async () => {
    root.createKey('before')
    root.putPolicy('opentrade', { ...POLICY, 'transit/*': ['read', 'update'] })
    const wrapped = await open({ keyName: 'before' }).wrap({ plaintext, context })
    const provider = open({ olderKeyNames: ['before'] })
    expect(await provider.holds?.(wrapped.rootKeyId)).toBe(true)
    const [moved] = (await provider.rewrap?.([{ ...wrapped, context }])) ?? []
    expect(moved).toMatchObject({ rootKeyId: 'opentrade:v1' })
    expect(await open().holds?.(wrapped.rootKeyId)).toBe(false)
    await expect(open().unwrap({ ...wrapped, context })).rejects.toThrow(refusal('ROOT_KEY_UNKNOWN'))
  })
})

describe('a Vault that fails', () => {
  const faults: [string, LoopbackFault, string][] = [
    ['does not answer', 'hang', 'PROVIDER_TIMEOUT'],
    ['stops in the middle', 'half', 'PROVIDER_TIMEOUT'],
    ['closes the connection', 'cut', 'PROVIDER_UNAVAILABLE'],
    ['answers with a page', 'garbage', 'PROVIDER_BAD_ANSWER'],
    ['answers without end', 'huge', 'PROVIDER_BAD_ANSWER'],
    ['answers with a list', { status: 200, body: [] }, 'PROVIDER_BAD_ANSWER'],
    ['answers with nothing', { status: 200, body: {} }, 'PROVIDER_BAD_ANSWER'],
    ['answers with an empty body', { status: 204 }, 'PROVIDER_BAD_ANSWER'],
    [
      'answers with wrong types',
      { status: 200, body: { data: { plaintext: 7, ciphertext: 7 } } },
      'PROVIDER_BAD_ANSWER',
    ],
    [
      'answers with a short key',
      { status: 200, body: { data: { plaintext: 'AAEC', ciphertext: 'vault:v0:' } } },
      'PROVIDER_BAD_ANSWER',
    ],
    [
      'answers with half a key',
      { status: 200, body: { data: { plaintext: 'AA EC', ciphertext: 'AAEC' } } },
      'PROVIDER_BAD_ANSWER',
    ],
    ['is broken', { status: 500, body: { errors: ['internal error'] } }, 'PROVIDER_UNAVAILABLE'],
    ['is behind a broken gateway', { status: 502, body: '<html>' }, 'PROVIDER_UNAVAILABLE'],
    [
      'is behind the rest of its cluster',
      { status: 412, body: { errors: ['required index state not present'] } },
      'PROVIDER_UNAVAILABLE',
    ],
    ['is a standby', { status: 307, headers: { Location: 'http://127.0.0.1:9/' } }, 'PROVIDER_UNAVAILABLE'],
    ['is sealed', { status: 503, body: { errors: ['Vault is sealed'] } }, 'PROVIDER_SEALED'],
    ['limits us', { status: 429, body: { errors: ['quota'] } }, 'PROVIDER_RATE_LIMITED'],
    [
      'has no such mount',
      { status: 404, body: { errors: ['no handler for route "transit/x". route entry not found.'] } },
      'PROVIDER_KEY_UNUSABLE',
    ],
    ['refuses for no known reason', { status: 418, body: { errors: ['teapot'] } }, 'PROVIDER_BAD_ANSWER'],
  ]

  test.each(faults)('and %s is an error of its own, without a secret', async (_, fault, code) => {
    const isSilent = fault === 'hang' || fault === 'half'
    const patient = open()
    const provider = isSilent ? open({ timeouts: { requestMs: 60 } }) : patient
    const wrapped = await patient.wrap({ plaintext, context })
    server.fault = () => fault
    const calls = [
      () => provider.wrap({ plaintext, context }),
      () => provider.unwrap({ ...wrapped, context }),
      () => provider.generate?.({ context }) ?? Promise.reject(),
      () => provider.rewrap?.([{ ...wrapped, context }]) ?? Promise.reject(),
      () => provider.currentKeyId(),
    ]
    for (const call of calls) {
      const error = await call().catch((reason: unknown) => reason)
      expect(error).toMatchObject({ name: 'CryptoError', code })
      const shown = `${error} ${JSON.stringify(error)} ${error instanceof Error ? error.stack : ''}`
      expect(shown).not.toContain(token)
      expect(shown).not.toContain(plaintext.toString('base64'))
      expect(shown).not.toContain(Buffer.from(wrapped.wrapped).toString().slice(9))
    }
    server.fault = () => null
    expect(Buffer.from(await patient.unwrap({ ...wrapped, context }))).toEqual(plaintext)
  })

  test('because it is sealed or over its quota, as the server itself says', async () => {
    const provider = open()
    server.quota = 0
    await expect(provider.currentKeyId()).rejects.toThrow(refusal('PROVIDER_RATE_LIMITED'))
    server.sealed = true
    await expect(provider.currentKeyId()).rejects.toThrow(refusal('PROVIDER_SEALED'))
  })

  test('because nothing listens names the host', async () => {
    const provider = open()
    const { host } = new URL(server.url)
    await server.close()
    await expect(provider.currentKeyId()).rejects.toThrow(refusal('PROVIDER_UNAVAILABLE'))
    await expect(provider.currentKeyId()).rejects.toThrow(host)
    server = await startVaultServer()
  })

  test('by closing an idle connection is asked once more', async () => {
    const provider = open()
    await provider.currentKeyId()
    let cuts = 1
    server.fault = () => (cuts-- > 0 ? 'cut' : null)
    expect(await provider.currentKeyId()).toBe('opentrade:v1')
  })

  test('gives no results, too few, or foreign ones for a batch', async () => {
    const provider = open()
    const item = { ...(await provider.wrap({ plaintext, context })), context }
    const bad = [{}, { batch_results: 'text' }, { batch_results: [] }, { batch_results: [{}] }]
    for (const data of bad) {
      server.fault = () => ({ status: 200, body: { data } })
      await expect(provider.rewrap?.([item])).rejects.toThrow(refusal('PROVIDER_BAD_ANSWER'))
    }
    server.fault = () => ({ status: 200, body: { data: { batch_results: [{ error: 'of a new kind' }] } } })
    expect(await provider.rewrap?.([item])).toEqual([refusal('PROVIDER_BAD_ANSWER')])
  })
})

describe('a key that cannot be used', () => {
  test.each([{ derived: false }, { type: 'rsa-4096' }, { type: 'aes128-gcm96' }])(
    '(%o) wraps nothing',
    async (kind) => {
      root.createKey('opentrade', kind)
      const provider = open()
      for (const call of [() => provider.wrap({ plaintext, context }), () => provider.currentKeyId()]) {
        await expect(call()).rejects.toThrow(refusal('PROVIDER_KEY_UNUSABLE'))
      }
      expect(paths().filter((path) => path.includes('encrypt'))).toEqual([])
    },
  )

  test('because it is not there is named, and never made', async () => {
    root.putPolicy('opentrade', { 'transit/*': ['read', 'update', 'create'] })
    const provider = open({ keyName: 'absent' })
    await expect(provider.wrap({ plaintext, context })).rejects.toThrow(
      /PROVIDER_KEY_UNUSABLE|transit\/keys\/absent/,
    )
    await expect(provider.generate?.({ context })).rejects.toThrow(refusal('PROVIDER_KEY_UNUSABLE'))
    await expect(provider.currentKeyId()).rejects.toThrow(refusal('PROVIDER_KEY_UNUSABLE'))
  })

  test('for want of a right is a denial that names the path', async () => {
    const provider = open()
    const wrapped = await provider.wrap({ plaintext, context })
    root.putPolicy('opentrade', { ...POLICY, 'transit/decrypt/opentrade': [] })
    const unwrapping = provider.unwrap({ ...wrapped, context })
    await expect(unwrapping).rejects.toThrow(refusal('PROVIDER_DENIED'))
    await expect(unwrapping).rejects.toThrow('transit/decrypt/opentrade')
  })
})

test('a namespace is a world of its own', async () => {
  const team = server.namespace('team/a')
  team.putPolicy('opentrade', POLICY)
  team.createKey('opentrade')
  const inside = { method: 'token', token: team.createToken({ policies: ['opentrade'] }) } as const
  const provider = open({ namespace: 'team/a', auth: inside })
  const wrapped = await provider.wrap({ plaintext, context })
  await expect(open().unwrap({ ...wrapped, context })).rejects.toThrow(refusal('WRAPPED_KEY_REFUSED'))
  await expect(open({ auth: inside }).currentKeyId()).rejects.toThrow(refusal('PROVIDER_DENIED'))
  const elsewhere = open({ namespace: 'team/b', auth: inside })
  await expect(elsewhere.currentKeyId()).rejects.toThrow(/namespace/)
})

test.each<Partial<VaultTransitOptions>>([
  { address: 'vault.example.org' },
  { address: 'ftp://127.0.0.1' },
  { address: 'https://user:word@127.0.0.1' },
  { address: 'https://127.0.0.1/?x=1' },
  { address: 'http://vault.example.org:8200' },
  { mount: '../sys' },
  { mount: '' },
  { keyName: 'a/b' },
  { keyName: '..' },
  { olderKeyNames: ['a b'] },
  { namespace: 'a\r\nX: y' },
  { auth: { method: 'token', token: '' } },
  { auth: { method: 'token', token: 'hvs.canary\n' } },
  { auth: { method: 'approle', roleId: 'r', secretId: '' } },
  { auth: { method: 'kubernetes', role: 'r', mount: 'a/../b' } },
])('options that could not be meant so are refused at once (%o)', (wrong) => {
  expect(() => open(wrong)).toThrow(refusal('PROVIDER_CONFIG'))
  expect(() => open(wrong)).not.toThrow(/canary/)
})

test('http to another machine is possible where it is allowed', () => {
  expect(open({ address: 'http://vault.example.org:8200', allowHttp: true }).name).toBe('vault')
})
