import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { configuredRootKeys } from './configured-root-keys.ts'
import { refusal } from './testing/refusal.ts'
import { startVaultServer } from './testing/vault-server.ts'

const context = { purpose: 'data-key', deploymentId: 'd', ownerId: 'o', keyId: 'k' } as const
const plaintext = randomBytes(32)
const KEY = randomBytes(32).toString('hex')
const ENV = { ROOT_KEY_PROVIDER: 'env', ROOT_KEY_CURRENT: 'k1', ROOT_KEY_k1: KEY }
const VAULT = {
  ROOT_KEY_PROVIDER: 'vault',
  VAULT_ADDR: 'https://vault.example.org:8200',
  VAULT_TRANSIT_KEY: 'opentrade',
  VAULT_TOKEN: 'hvs.canary',
}

let folder: string
let file: { path: string; create: boolean }
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opentrade-configured-'))
  file = { path: join(folder, 'root-key.json'), create: true }
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the environment', () => {
  test('without a word about it means the file, made once', async () => {
    const first = await configuredRootKeys({ env: {}, file })
    expect(first).toMatchObject({ name: 'file', createdFile: file.path })
    expect((await configuredRootKeys({ env: { ROOT_KEY_PROVIDER: '' }, file })).createdFile).toBeNull()
  })

  test.each<[string, Record<string, string>]>([
    ['env', ENV],
    ['vault', VAULT],
    ['vault', { ...VAULT, VAULT_TOKEN: '', VAULT_AUTH: 'approle', VAULT_ROLE_ID: 'r', VAULT_SECRET_ID: 's' }],
    [
      'vault',
      { ...VAULT, VAULT_TOKEN: '', VAULT_AUTH: 'kubernetes', VAULT_ROLE: 'r', VAULT_AUTH_MOUNT: 'k8s' },
    ],
    ['vault', { ...VAULT, VAULT_ADDR: 'http://vault.mesh:8200', VAULT_ALLOW_HTTP: 'true' }],
    [
      'aws-kms',
      { ROOT_KEY_PROVIDER: 'aws-kms', AWS_KMS_KEY_ID: 'alias/opentrade', AWS_KMS_OLDER_KEY_IDS: 'a, b' },
    ],
    ['aws-secrets-manager', { ROOT_KEY_PROVIDER: 'aws-secrets-manager', AWS_SECRETS_MANAGER_SECRET_ID: 's' }],
  ])('chooses %s and calls nobody yet (case %#)', async (name, env) => {
    const rootKeys = await configuredRootKeys({ env, file })
    expect(rootKeys.name).toBe(name)
    rootKeys.close()
    expect(await readdir(folder)).toEqual([])
  })

  test('moves an installation from the file to another provider', async () => {
    const before = await configuredRootKeys({ env: {}, file })
    const stored = { ...(await before.wrap({ plaintext, context })), provider: before.name, context }
    const env = { ...ENV, ROOT_KEY_OTHER_PROVIDERS: 'file' }
    const after = await configuredRootKeys({ env, file })
    expect(after.providers.map(({ name }) => name)).toEqual(['env', 'file'])
    expect(await after.rewrap([stored])).toEqual([expect.objectContaining({ rootKeyId: 'k1' })])
  })

  test('never makes a file that is not the current provider', async () => {
    const opening = configuredRootKeys({ env: { ...ENV, ROOT_KEY_OTHER_PROVIDERS: 'file' }, file })
    await expect(opening).rejects.toThrow(refusal('ROOT_KEY_FILE_MISSING'))
    expect(await readdir(folder)).toEqual([])
  })

  test('may name files for secrets', async () => {
    const server = await startVaultServer()
    const root = server.namespace('')
    root.createKey('opentrade')
    const path = join(folder, 'token')
    await writeFile(path, `${root.createToken({ policies: ['root'] })}\n`)
    const env = { ...VAULT, VAULT_ADDR: server.url, VAULT_TOKEN: undefined, VAULT_TOKEN_FILE: path }
    const rootKeys = await configuredRootKeys({ env, file })
    expect(await rootKeys.currentKeyId()).toBe('opentrade:v1')
    rootKeys.close()
    await server.close()
  })
})

test.each<[string, Record<string, string | undefined>]>([
  ['ROOT_KEY_PROVIDER', { ROOT_KEY_PROVIDER: 'canary' }],
  ['ROOT_KEY_OTHER_PROVIDERS', { ...ENV, ROOT_KEY_OTHER_PROVIDERS: 'canary' }],
  ['ROOT_KEY_OTHER_PROVIDERS', { ...ENV, ROOT_KEY_OTHER_PROVIDERS: 'env' }],
  ['VAULT_ADDR', { ...VAULT, VAULT_ADDR: undefined }],
  ['VAULT_TRANSIT_KEY', { ...VAULT, VAULT_TRANSIT_KEY: '' }],
  ['VAULT_TOKEN', { ...VAULT, VAULT_TOKEN: undefined }],
  ['VAULT_TOKEN_FILE', { ...VAULT, VAULT_TOKEN_FILE: '/nowhere/canary' }],
  ['VAULT_TOKEN_FILE', { ...VAULT, VAULT_TOKEN: undefined, VAULT_TOKEN_FILE: '/nowhere/canary' }],
  ['VAULT_AUTH', { ...VAULT, VAULT_AUTH: 'canary' }],
  ['VAULT_ROLE_ID', { ...VAULT, VAULT_AUTH: 'approle' }],
  ['VAULT_ROLE', { ...VAULT, VAULT_AUTH: 'kubernetes' }],
  ['VAULT_ALLOW_HTTP', { ...VAULT, VAULT_ALLOW_HTTP: 'canary' }],
  ['AWS_KMS_KEY_ID', { ROOT_KEY_PROVIDER: 'aws-kms' }],
  [
    'AWS_ENDPOINT_URL_KMS',
    { ROOT_KEY_PROVIDER: 'aws-kms', AWS_KMS_KEY_ID: 'k', AWS_ENDPOINT_URL_KMS: 'canary' },
  ],
  [
    'AWS_ENDPOINT_URL_KMS',
    { ROOT_KEY_PROVIDER: 'aws-kms', AWS_KMS_KEY_ID: 'k', AWS_ENDPOINT_URL_KMS: 'http://canary.example.org' },
  ],
  ['AWS_SECRETS_MANAGER_SECRET_ID', { ROOT_KEY_PROVIDER: 'aws-secrets-manager' }],
])('a wrong or missing %s is named, without a value (case %#)', async (variable, env) => {
  const opening = configuredRootKeys({ env, file })
  await expect(opening).rejects.toThrow(refusal('PROVIDER_CONFIG'))
  await expect(opening).rejects.toThrow(variable)
  await expect(opening).rejects.not.toThrow('canary')
  expect(await readdir(folder)).toEqual([])
})
