import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { awsKmsRootKeys } from './aws-kms.ts'
import { awsSecretsManagerRootKeys } from './aws-secrets-manager.ts'
import { checkRootKeys } from './check-root-keys.ts'
import { combineRootKeys } from './combine-root-keys.ts'
import { localRootKeys } from './local-root-keys.ts'
import type { RootKeyProvider } from './root-key.ts'
import { startKmsServer } from './testing/kms-server.ts'
import type { Loopback } from './testing/loopback.ts'
import { startSecretsManagerServer } from './testing/secrets-manager-server.ts'
import { startVaultServer, type VaultNamespace } from './testing/vault-server.ts'
import { vaultTransitRootKeys } from './vault-transit.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
const signer = { secretAccessKey: 'secret' }
const local = localRootKeys({ name: 'env', current: 'a', keys: new Map([['a', randomBytes(32)]]) })

const closing: (() => unknown)[] = []
let root: VaultNamespace
let vaultServer: Loopback & { sealed: boolean }
let vault: RootKeyProvider
beforeEach(async () => {
  const server = await startVaultServer()
  vaultServer = server
  root = server.namespace('')
  root.createKey('opentrade')
  const auth = { method: 'token', token: root.createToken({ policies: ['root'], ttl: 3600 }) } as const
  const provider = vaultTransitRootKeys({ address: server.url, keyName: 'opentrade', auth })
  vault = provider
  closing.push(() => server.close(), provider.close)
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function openAws(): Promise<RootKeyProvider[]> {
  const kms = await startKmsServer()
  const secrets = await startSecretsManagerServer()
  closing.push(
    () => kms.close(),
    () => secrets.close(),
  )
  for (const server of [kms, secrets]) server.signers.set(credentials.accessKeyId, signer)
  secrets.putVersion('root', { text: randomBytes(32).toString('hex') })
  const { region } = kms
  return [
    awsKmsRootKeys({ keyId: kms.createKey().arn, endpoint: kms.url, region, credentials }),
    awsSecretsManagerRootKeys({ secretId: 'root', endpoint: secrets.url, region, credentials }),
  ]
}

test('every provider that works passes each step, and tells what it saw', async () => {
  for (const provider of [
    local,
    vault,
    combineRootKeys({ current: vault, others: [local] }),
    ...(await openAws()),
  ]) {
    const check = await checkRootKeys(provider)
    expect(check).toMatchObject({
      provider: provider.name,
      ok: true,
      rootKeyId: await provider.currentKeyId(),
    })
    expect(check.steps.map(({ step, outcome }) => `${step}: ${outcome}`)).toEqual([
      'current key: ok',
      'wrap: ok',
      'unwrap: ok',
      'refuse another owner: ok',
      'generate: ok',
      'rewrap: ok',
      'facts: ok',
    ])
  }
})

test('an operator is told what is unwise about a key and a token', async () => {
  root.createKey('opentrade', { exportable: true })
  const { steps } = await checkRootKeys(vault)
  const facts = steps.at(-1)?.detail
  expect(facts).toMatch(/aes256-gcm96, derived; versions 1 to 1/)
  expect(facts).toMatch(/Warning: the transit key is exportable/)
  expect(facts).toMatch(/ends in 60 minutes and is renewed before/)
  expect(facts).toMatch(/Warning: the token is a root token/)
})

test('a provider that is down fails at its first step with the remedy, and the rest is not tried', async () => {
  vaultServer.sealed = true
  const { ok, rootKeyId, steps } = await checkRootKeys(vault)
  expect({ ok, rootKeyId }).toEqual({ ok: false, rootKeyId: null })
  expect(steps[0]).toMatchObject({ step: 'current key', outcome: 'failed' })
  expect(steps[0]?.detail).toMatch(/^PROVIDER_SEALED: .*vault operator unseal/)
  expect(steps.slice(1, -1).map(({ outcome }) => outcome)).toEqual(Array(5).fill('not tried'))
})

test('a provider that does not bind keys to their owners fails', async () => {
  const { context: _, ...unbound } = {
    context: null,
    purpose: 'data-key',
    deploymentId: '',
    ownerId: '',
    keyId: '',
  } as const
  const careless: RootKeyProvider = {
    ...local,
    wrap: ({ plaintext }) => local.wrap({ plaintext, context: unbound }),
    unwrap: (item) => local.unwrap({ ...item, context: unbound }),
  }
  const { ok, steps } = await checkRootKeys(careless)
  expect(ok).toBe(false)
  expect(steps.find(({ outcome }) => outcome === 'failed')?.step).toBe('refuse another owner')
})

test('a provider that unwraps to something else fails', async () => {
  const forgetful: RootKeyProvider = { ...local, unwrap: async () => Uint8Array.from(randomBytes(32)) }
  const { steps } = await checkRootKeys(forgetful)
  expect(steps.find(({ outcome }) => outcome === 'failed')?.step).toBe('unwrap')
})

test('the check is made in the name of the installation, whose id a policy may demand', async () => {
  const seen = new Set<string>()
  const watched: RootKeyProvider = {
    ...local,
    wrap: (request) => {
      seen.add(request.context.deploymentId)
      return local.wrap(request)
    },
  }
  expect((await checkRootKeys(watched, { deploymentId: 'ours' })).ok).toBe(true)
  expect([...seen]).toEqual(['ours'])
})

test('an error that is not ours is not quoted', async () => {
  const broken: RootKeyProvider = { ...local, wrap: () => Promise.reject(new Error('canary')) }
  expect(JSON.stringify(await checkRootKeys(broken))).not.toContain('canary')
})
