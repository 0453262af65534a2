import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AwsKmsOptions, awsKmsRootKeys } from './aws-kms.ts'
import { createDataKey, openDataKey } from './data-key.ts'
import { CryptoError } from './errors.ts'
import type { WrapContext } from './root-key.ts'
import { type KmsKey, type KmsServer, startKmsServer } from './testing/kms-server.ts'
import type { LoopbackFault } from './testing/loopback.ts'
import { refusal } from './testing/refusal.ts'
import { context, contexts, plaintext } from './testing/wrapping.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'canary-of-the-secret-access-key' }

let server: KmsServer
let key: KmsKey
beforeEach(async () => {
  server = await startKmsServer()
  server.signers.set(credentials.accessKeyId, { secretAccessKey: credentials.secretAccessKey })
  key = server.createKey()
})
afterEach(() => server.close())

function open(o: Partial<AwsKmsOptions> = {}) {
  const { url: endpoint, region } = server
  return awsKmsRootKeys({ keyId: key.arn, endpoint, region, credentials, maxAttempts: 1, ...o })
}

function lastInput(): Record<string, unknown> {
  return JSON.parse(server.requests.at(-1)?.body.toString() ?? '')
}

describe('keys in KMS', () => {
  test('wrap and unwrap to what they were, for any context and length', async () => {
    const provider = open()
    const keys = fc.uint8Array({ minLength: 16, maxLength: 300 })
    const both = fc.asyncProperty(contexts, keys, async (anyContext, anyKey) => {
      const wrapped = await provider.wrap({ plaintext: anyKey, context: anyContext })
      expect(wrapped.rootKeyId).toBe(key.arn)
      const unwrapped = await provider.unwrap({ ...wrapped, context: anyContext })
      expect(Buffer.from(unwrapped)).toEqual(Buffer.from(anyKey))
    })
    await fc.assert(both, { numRuns: 30 })
  })

  test('carry a data key through its life: made by KMS, stored, opened elsewhere', async () => {
    const owner = { deploymentId: 'd', userId: 'u', dataKeyId: '0190b1c2-0000-7000-8000-000000000001' }
    const { dataKey, record } = await createDataKey({ provider: open(), ...owner })
    expect(record).toMatchObject({ provider: 'aws-kms', rootKeyId: key.arn })
    expect(server.requests.at(-1)?.headers['x-amz-target']).toBe('TrentService.GenerateDataKey')
    const place = { ...owner, table: 't', rowId: 'r', exchangeId: '', field: 'f', secretVersion: 1 }
    const sealed = dataKey.seal(Buffer.from('canary'), place)
    const again = await openDataKey({ provider: open(), record, ...owner })
    expect(Buffer.from(again.open(sealed, place)).toString()).toBe('canary')
  })

  test('are always named, and bound by opaque ids alone', async () => {
    const provider = open()
    const wrapped = await provider.wrap({ plaintext, context })
    const ids = {
      'opentrade-purpose': 'data-key',
      'opentrade-deployment': 'd',
      'opentrade-owner': 'o',
      'opentrade-key': 'k',
    }
    expect(lastInput()).toMatchObject({ KeyId: key.arn, EncryptionContext: ids })
    await provider.unwrap({ ...wrapped, context })
    expect(lastInput()).toMatchObject({ KeyId: key.arn, EncryptionContext: ids })
    await provider.rewrap?.([{ ...wrapped, context }])
    expect(lastInput()).toMatchObject({
      SourceKeyId: key.arn,
      SourceEncryptionContext: ids,
      DestinationKeyId: key.arn,
      DestinationEncryptionContext: ids,
    })
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

  test('are refused with any byte changed, cut, or by a foreign key', async () => {
    const other = server.createKey()
    const provider = open({ olderKeyIds: [other.arn] })
    const { rootKeyId, wrapped } = await provider.wrap({ plaintext, context })
    const damaged = [wrapped.subarray(0, -1), wrapped.subarray(0, 10)]
    for (let index = 0; index < wrapped.length; index += 5) {
      const changed = Uint8Array.from(wrapped)
      changed[index] = (changed[index] ?? 0) ^ 1
      damaged.push(changed)
    }
    for (const bytes of damaged) {
      const unwrapping = provider.unwrap({ rootKeyId, wrapped: bytes, context })
      await expect(unwrapping).rejects.toThrow(refusal('WRAPPED_KEY_REFUSED'))
    }
    const foreign = provider.unwrap({ rootKeyId: other.arn, wrapped, context })
    await expect(foreign).rejects.toThrow(refusal('WRAPPED_KEY_REFUSED'))
  })

  test("outlive KMS's own rotation of a key's material", async () => {
    const provider = open()
    const wrapped = await provider.wrap({ plaintext, context })
    key.materials.push(randomBytes(32))
    expect(Buffer.from(await provider.unwrap({ ...wrapped, context }))).toEqual(plaintext)
  })

  test('move to another key, errors in their places', async () => {
    const older = open()
    const items = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const own = { ...context, keyId: `k${index}` }
        return { ...(await older.wrap({ plaintext, context: own })), context: own }
      }),
    )
    const next = server.createKey()
    const provider = open({ keyId: next.arn, olderKeyIds: [key.id] })
    const [first, second, ...rest] = items
    if (!first || !second) throw new Error('There are twenty.')
    const foreign = { ...second, rootKeyId: second.rootKeyId.replace('111122223333', '999999999999') }
    const results = (await provider.rewrap?.([{ ...first, context }, foreign, ...rest])) ?? []
    expect(results.map((result) => (result instanceof CryptoError ? result.code : result.rootKeyId))).toEqual(
      ['WRAPPED_KEY_REFUSED', 'ROOT_KEY_UNKNOWN', ...rest.map(() => next.arn)],
    )
    const moved = results[2]
    if (!moved || moved instanceof CryptoError) throw new Error('It was moved.')
    expect(
      Buffer.from(await open({ keyId: next.arn }).unwrap({ ...moved, context: { ...context, keyId: 'k2' } })),
    ).toEqual(plaintext)
  })
})

describe('the id of a key', () => {
  test('is its ARN, however it was named', async () => {
    server.aliases.set('alias/opentrade', key.id)
    for (const keyId of [key.arn, key.id, 'alias/opentrade']) {
      const provider = open({ keyId })
      expect(await provider.currentKeyId()).toBe(key.arn)
      const wrapped = await provider.wrap({ plaintext, context })
      expect(wrapped.rootKeyId).toBe(key.arn)
      expect(await open({ keyId }).holds?.(key.arn)).toBe(true)
      expect(Buffer.from(await open({ keyId }).unwrap({ ...wrapped, context }))).toEqual(plaintext)
    }
  })

  test('that is not ours is refused before anything is asked of it', async () => {
    const provider = open()
    const { wrapped } = await provider.wrap({ plaintext, context })
    const asked = server.requests.length
    for (const rootKeyId of [server.createKey().arn, 'file-2026', '']) {
      expect(await provider.holds?.(rootKeyId)).toBe(false)
      await expect(provider.unwrap({ rootKeyId, wrapped, context })).rejects.toThrow(
        refusal('ROOT_KEY_UNKNOWN'),
      )
    }
    expect(server.requests.length).toBe(asked)
  })

  test('behind an alias that moved is unknown until it is named as an older one', async () => {
    server.aliases.set('alias/opentrade', key.id)
    const before = await open({ keyId: 'alias/opentrade' }).wrap({ plaintext, context })
    server.aliases.set('alias/opentrade', server.createKey().id)
    const moved = open({ keyId: 'alias/opentrade' })
    await expect(moved.unwrap({ ...before, context })).rejects.toThrow(refusal('ROOT_KEY_UNKNOWN'))
    const named = open({ keyId: 'alias/opentrade', olderKeyIds: [key.arn] })
    expect(Buffer.from(await named.unwrap({ ...before, context }))).toEqual(plaintext)
  })
})

describe('a KMS that fails', () => {
  const aws = (type: string, status = 400): LoopbackFault => ({
    status,
    body: { __type: type, message: 'no' },
  })
  const faults: [string, LoopbackFault, string][] = [
    ['does not answer', 'hang', 'PROVIDER_TIMEOUT'],
    ['stops in the middle', 'half', 'PROVIDER_TIMEOUT'],
    ['closes the connection', 'cut', 'PROVIDER_UNAVAILABLE'],
    ['answers with a page', 'garbage', 'PROVIDER_BAD_ANSWER'],
    ['answers with nothing', { status: 200, body: {} }, 'PROVIDER_BAD_ANSWER'],
    [
      'answers for a key that is none',
      { status: 200, body: { KeyId: 'x', CiphertextBlob: 'AAEC', Plaintext: 'AAEC' } },
      'PROVIDER_BAD_ANSWER',
    ],
    ['is broken', aws('KMSInternalException', 500), 'PROVIDER_UNAVAILABLE'],
    ['is behind a broken gateway', { status: 502, body: '<html>' }, 'PROVIDER_UNAVAILABLE'],
    ['has a dependency that fails', aws('DependencyTimeoutException', 500), 'PROVIDER_UNAVAILABLE'],
    ['cannot reach the key for now', aws('KeyUnavailableException', 500), 'PROVIDER_UNAVAILABLE'],
    ['limits us', aws('ThrottlingException'), 'PROVIDER_RATE_LIMITED'],
    ['denies', aws('AccessDeniedException'), 'PROVIDER_DENIED'],
    ['does not know us', aws('UnrecognizedClientException'), 'PROVIDER_DENIED'],
    ['says that our token expired', aws('ExpiredTokenException'), 'PROVIDER_DENIED'],
    ['has no such key', aws('NotFoundException'), 'PROVIDER_KEY_UNUSABLE'],
    ['refuses for no known reason', aws('TeapotException'), 'PROVIDER_BAD_ANSWER'],
  ]

  test.each(faults)('and %s is an error of its own, without a secret', async (_, fault, code) => {
    const isSilent = fault === 'hang' || fault === 'half'
    const patient = open({ keyId: key.id })
    const provider = isSilent ? open({ keyId: key.id, timeouts: { requestMs: 60 } }) : patient
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
      const shown = `${error} ${JSON.stringify(error)} ${error instanceof Error ? `${error.stack} ${error.cause}` : ''}`
      expect(shown).not.toContain(credentials.secretAccessKey)
      expect(shown).not.toContain(plaintext.toString('base64'))
    }
    server.fault = () => null
    expect(Buffer.from(await patient.unwrap({ ...wrapped, context }))).toEqual(plaintext)
  })

  test('because nothing listens says so', async () => {
    const provider = open()
    await server.close()
    await expect(provider.wrap({ plaintext, context })).rejects.toThrow(refusal('PROVIDER_UNAVAILABLE'))
    server = await startKmsServer()
  })

  test('because the key is disabled or waits to be deleted names the key', async () => {
    const provider = open()
    const wrapped = await provider.wrap({ plaintext, context })
    for (const state of ['Disabled', 'PendingDeletion'] as const) {
      key.state = state
      const unwrapping = provider.unwrap({ ...wrapped, context })
      await expect(unwrapping).rejects.toThrow(refusal('PROVIDER_KEY_UNUSABLE'))
      await expect(unwrapping).rejects.toThrow(key.arn)
      await expect(provider.rewrap?.([{ ...wrapped, context }])).rejects.toThrow(
        refusal('PROVIDER_KEY_UNUSABLE'),
      )
    }
  })

  test('because an action is denied names the key and the document', async () => {
    server.denied.add('kms:Decrypt')
    const provider = open()
    const wrapped = await provider.wrap({ plaintext, context })
    await expect(provider.unwrap({ ...wrapped, context })).rejects.toThrow(
      /denied access to arn:aws:kms.*docs\/vault.md/,
    )
  })
})

describe('the signature', () => {
  test.each([
    ['a wrong secret', { ...credentials, secretAccessKey: 'wrong' }],
    ['an unknown access key', { ...credentials, accessKeyId: 'AKIDOTHER' }],
    ['a session that was not given', { ...credentials, sessionToken: 'session' }],
  ])('by %s is not accepted', async (_, wrong) => {
    const wrapping = open({ credentials: wrong }).wrap({ plaintext, context })
    await expect(wrapping).rejects.toThrow(refusal('PROVIDER_DENIED'))
    await expect(wrapping).rejects.not.toThrow(wrong.secretAccessKey)
  })

  test('for another region is not accepted', async () => {
    const wrapping = open({ region: 'us-east-1' }).wrap({ plaintext, context })
    await expect(wrapping).rejects.toThrow(refusal('PROVIDER_DENIED'))
  })

  test('by temporary credentials carries their session, and ends with it', async () => {
    const temporary = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'temporary', sessionToken: 'session' }
    const signer = { secretAccessKey: 'temporary', sessionToken: 'session', expired: false }
    server.signers.set(temporary.accessKeyId, signer)
    const provider = open({ credentials: temporary })
    expect((await provider.wrap({ plaintext, context })).rootKeyId).toBe(key.arn)
    signer.expired = true
    await expect(provider.wrap({ plaintext, context })).rejects.toThrow(refusal('PROVIDER_DENIED'))
  })
})

test.each(['', 'a b', 'key\n', 'arn:aws:kms:x:1:key/ü'])(
  'a key id that none can have (%j) is refused at once',
  (keyId) => {
    expect(() => open({ keyId })).toThrow(refusal('PROVIDER_CONFIG'))
    expect(() => open({ olderKeyIds: [keyId] })).toThrow(refusal('PROVIDER_CONFIG'))
  },
)
