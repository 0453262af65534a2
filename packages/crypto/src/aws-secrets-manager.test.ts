import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AwsSecretsManagerOptions, awsSecretsManagerRootKeys } from './aws-secrets-manager.ts'
import type { LoopbackFault } from './testing/loopback.ts'
import { manualClock } from './testing/manual-clock.ts'
import { refusal } from './testing/refusal.ts'
import { type SecretsManagerServer, startSecretsManagerServer } from './testing/secrets-manager-server.ts'

const context = { purpose: 'data-key', deploymentId: 'd', ownerId: 'o', keyId: 'k' } as const
const plaintext = randomBytes(32)
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'canary-of-the-secret-access-key' }
const SECRET = 'opentrade/root-key'

let server: SecretsManagerServer
beforeEach(async () => {
  server = await startSecretsManagerServer()
  server.signers.set(credentials.accessKeyId, { secretAccessKey: credentials.secretAccessKey })
})
afterEach(() => server.close())

function open(o: Partial<AwsSecretsManagerOptions> = {}) {
  const { url: endpoint, region } = server
  return awsSecretsManagerRootKeys({ secretId: SECRET, endpoint, region, credentials, maxAttempts: 1, ...o })
}

function put() {
  return server.putVersion(SECRET, { text: randomBytes(32).toString('hex') })
}

describe('the version of a secret', () => {
  test('that is current wraps, under its own id, and is fetched once', async () => {
    const { id } = put()
    const provider = open()
    const wrapped = await provider.wrap({ plaintext, context })
    expect(wrapped.rootKeyId).toBe(id)
    expect(await provider.currentKeyId()).toBe(id)
    expect(Buffer.from(await provider.unwrap({ ...wrapped, context }))).toEqual(plaintext)
    expect(server.requests).toHaveLength(1)
  })

  test.each([
    ['hex', (key: Buffer) => ({ text: key.toString('hex') })],
    ['base64', (key: Buffer) => ({ text: key.toString('base64') })],
    ['bytes', (key: Buffer) => ({ binary: key })],
  ])('may hold the key as %s', async (_, value) => {
    server.putVersion(SECRET, value(randomBytes(32)))
    const wrapped = await open().wrap({ plaintext, context })
    expect(Buffer.from(await open().unwrap({ ...wrapped, context }))).toEqual(plaintext)
  })

  test('that was current before is fetched by its id when it is needed', async () => {
    put()
    const old = await open().wrap({ plaintext, context })
    const { id } = put()
    const provider = open()
    expect(await provider.currentKeyId()).toBe(id)
    expect(Buffer.from(await provider.unwrap({ ...old, context }))).toEqual(plaintext)
    expect(JSON.parse(server.requests.at(-1)?.body.toString() ?? '')).toEqual({
      SecretId: SECRET,
      VersionId: old.rootKeyId,
    })
  })

  test('that becomes current is noticed when the belief in the one before ends', async () => {
    const clock = manualClock()
    const first = put()
    const provider = open({ clock, currentForMs: 1_000 })
    expect(await provider.currentKeyId()).toBe(first.id)
    const second = put()
    clock.advance(999)
    expect(await provider.currentKeyId()).toBe(first.id)
    clock.advance(1)
    expect(await provider.currentKeyId()).toBe(second.id)
  })

  test('that is pinned wraps, whichever is current', async () => {
    const first = put()
    put()
    expect((await open({ versionId: first.id }).wrap({ plaintext, context })).rootKeyId).toBe(first.id)
  })

  test('that was deleted is named with the remedy, and nothing replaces it', async () => {
    put()
    const wrapped = await open().wrap({ plaintext, context })
    put()
    server.secrets.get(SECRET)?.shift()
    const unwrapping = open().unwrap({ ...wrapped, context })
    await expect(unwrapping).rejects.toThrow(refusal('ROOT_KEY_UNKNOWN'))
    await expect(unwrapping).rejects.toThrow(wrapped.rootKeyId)
  })

  test('that holds no key of 32 bytes is refused, without its content', async () => {
    const canary = 'canary-in-the-secret'
    const wrong = [canary, `{"key":"${'00'.repeat(32)}"}`, '', '00'.repeat(32), 'ab'.repeat(31)]
    for (const text of wrong) {
      server.putVersion(SECRET, { text })
      await expect(open().currentKeyId()).rejects.toThrow(refusal('PROVIDER_KEY_UNUSABLE'))
      await expect(open().currentKeyId()).rejects.not.toThrow(canary)
    }
    for (const binary of [new Uint8Array(32), randomBytes(31)]) {
      server.putVersion(SECRET, { binary })
      await expect(open().wrap({ plaintext, context })).rejects.toThrow(refusal('PROVIDER_KEY_UNUSABLE'))
    }
  })
})

test('ids that no version can have are not asked for', async () => {
  put()
  const provider = open()
  const { wrapped } = await provider.wrap({ plaintext, context })
  const asked = server.requests.length
  for (const rootKeyId of ['file-2026-01-01-00000000', 'opentrade:v1', '']) {
    expect(await provider.holds?.(rootKeyId)).toBe(false)
    await expect(provider.unwrap({ rootKeyId, wrapped, context })).rejects.toThrow(
      refusal('ROOT_KEY_UNKNOWN'),
    )
  }
  expect(server.requests.length).toBe(asked)
})

describe('a Secrets Manager that fails', () => {
  const aws = (type: string, status = 400): LoopbackFault => ({
    status,
    body: { __type: type, message: 'no' },
  })
  test.each<[string, LoopbackFault, string]>([
    ['does not answer', 'hang', 'PROVIDER_TIMEOUT'],
    ['stops in the middle', 'half', 'PROVIDER_TIMEOUT'],
    ['closes the connection', 'cut', 'PROVIDER_UNAVAILABLE'],
    ['answers with a page', 'garbage', 'PROVIDER_BAD_ANSWER'],
    ['answers with nothing', { status: 200, body: {} }, 'PROVIDER_BAD_ANSWER'],
    ['is broken', aws('InternalServiceError', 500), 'PROVIDER_UNAVAILABLE'],
    ['limits us', aws('ThrottlingException'), 'PROVIDER_RATE_LIMITED'],
    ['denies', aws('AccessDeniedException'), 'PROVIDER_DENIED'],
    ['has no such secret', aws('ResourceNotFoundException'), 'PROVIDER_KEY_UNUSABLE'],
    ['has marked it for deletion', aws('InvalidRequestException'), 'PROVIDER_KEY_UNUSABLE'],
    ['cannot decrypt it', aws('DecryptionFailure'), 'PROVIDER_KEY_UNUSABLE'],
  ])('and %s is an error of its own, and what is in memory goes on unwrapping', async (_, fault, code) => {
    put()
    const clock = manualClock()
    const patient = open({ clock })
    const wrapped = await patient.wrap({ plaintext, context })
    server.fault = () => fault
    const requestMs = fault === 'hang' || fault === 'half' ? 60 : 5_000
    const fresh = open({ timeouts: { requestMs } })
    await expect(fresh.wrap({ plaintext, context })).rejects.toThrow(refusal(code))
    expect(Buffer.from(await patient.unwrap({ ...wrapped, context }))).toEqual(plaintext)
    if (requestMs === 60) return
    clock.advance(300_000)
    await expect(patient.wrap({ plaintext, context })).rejects.toThrow(refusal(code))
  })

  test('by answering with another version than was asked for is not believed', async () => {
    put()
    const wrapped = await open().wrap({ plaintext, context })
    const { id } = put()
    const text = randomBytes(32).toString('hex')
    server.fault = () => ({ status: 200, body: { VersionId: id, SecretString: text } })
    await expect(open().unwrap({ ...wrapped, context })).rejects.toThrow(refusal('PROVIDER_BAD_ANSWER'))
  })

  test('for a wrong signature or a denial says so', async () => {
    put()
    const unsigned = open({ credentials: { ...credentials, secretAccessKey: 'wrong' } })
    await expect(unsigned.currentKeyId()).rejects.toThrow(refusal('PROVIDER_DENIED'))
    server.denied = true
    await expect(open().currentKeyId()).rejects.toThrow(SECRET)
  })
})

test.each([{ secretId: ' ' }, { versionId: 'AWSCURRENT' }])(
  'options that could not be meant so (%o) are refused at once',
  (wrong) => {
    expect(() => open(wrong)).toThrow(refusal('PROVIDER_CONFIG'))
  },
)
