import { readFile } from 'node:fs/promises'
import { awsKmsRootKeys } from './aws-kms.ts'
import { awsSecretsManagerRootKeys } from './aws-secrets-manager.ts'
import { type CombinedRootKeys, combineRootKeys } from './combine-root-keys.ts'
import { envRootKeys } from './env-root-keys.ts'
import { CryptoError } from './errors.ts'
import { isGuarded } from './guarded-url.ts'
import type { RootKeyProvider } from './root-key.ts'
import { openRootKeyFile } from './root-key-file.ts'
import type { VaultAuth } from './vault-session.ts'
import { vaultTransitRootKeys } from './vault-transit.ts'

/** The variables, as the process was given them; an empty one counts as missing. */
type Variables = Record<string, string | undefined>

/** Every provider that ROOT_KEY_PROVIDER and ROOT_KEY_OTHER_PROVIDERS may name. */
export const ROOT_KEY_PROVIDERS = ['file', 'env', 'vault', 'aws-kms', 'aws-secrets-manager'] as const

type ProviderName = (typeof ROOT_KEY_PROVIDERS)[number]

/** The providers of an installation, joined. */
export interface ConfiguredRootKeys extends CombinedRootKeys {
  /** The root key file that was made just now, so that the person can be told; null when none was. */
  createdFile: string | null
}

/**
 * Opens the root key providers that the environment names: `ROOT_KEY_PROVIDER` (`file` by default) is the current one,
 * `ROOT_KEY_OTHER_PROVIDERS` (names with commas between) open what they wrapped before. docs/vault.md lists the
 * variables of each. No service is called yet.
 *
 * @param o.env the variables; this package never looks at `process.env` itself. The AWS SDK does, for credentials
 * @param o.file where the root key file is, and whether it may be made: only when it is the current provider's
 * @throws CryptoError `PROVIDER_CONFIG` or `ROOT_KEY_CONFIG`, which name the variable and never its value;
 * `ROOT_KEY_FILE_*`.
 */
export async function configuredRootKeys(o: {
  env: Variables
  file: { path: string; create: boolean }
}): Promise<ConfiguredRootKeys> {
  const current = readName(o.env.ROOT_KEY_PROVIDER || 'file', 'ROOT_KEY_PROVIDER')
  const others = readList(o.env.ROOT_KEY_OTHER_PROVIDERS).map((name) =>
    readName(name, 'ROOT_KEY_OTHER_PROVIDERS'),
  )
  const names = [current, ...others]
  if (new Set(names).size !== names.length) {
    throw misconfigured(
      'ROOT_KEY_OTHER_PROVIDERS must name other providers than ROOT_KEY_PROVIDER, each once.',
    )
  }
  let createdFile: string | null = null
  const opened: RootKeyProvider[] = []
  for (const name of names) {
    if (name === 'file') {
      const file = await openRootKeyFile({ path: o.file.path, create: o.file.create && name === current })
      if (file.created) createdFile = o.file.path
      opened.push(file)
    } else {
      opened.push(await openProvider(name, o.env))
    }
  }
  const [first, ...rest] = opened
  if (!first) throw misconfigured('ROOT_KEY_PROVIDER names no provider.')
  return { ...combineRootKeys({ current: first, others: rest }), createdFile }
}

async function openProvider(name: Exclude<ProviderName, 'file'>, env: Variables): Promise<RootKeyProvider> {
  if (name === 'env') return envRootKeys(env)
  if (name === 'vault') return openVault(env)
  if (name === 'aws-kms') {
    return awsKmsRootKeys({
      keyId: need(env, 'AWS_KMS_KEY_ID'),
      olderKeyIds: readList(env.AWS_KMS_OLDER_KEY_IDS),
      region: given(env, 'AWS_REGION'),
      endpoint: readUrl(env, 'AWS_ENDPOINT_URL_KMS'),
    })
  }
  return awsSecretsManagerRootKeys({
    secretId: need(env, 'AWS_SECRETS_MANAGER_SECRET_ID'),
    versionId: given(env, 'AWS_SECRETS_MANAGER_VERSION_ID'),
    region: given(env, 'AWS_REGION'),
    endpoint: readUrl(env, 'AWS_ENDPOINT_URL_SECRETS_MANAGER'),
  })
}

async function openVault(env: Variables): Promise<RootKeyProvider> {
  return vaultTransitRootKeys({
    address: need(env, 'VAULT_ADDR'),
    namespace: given(env, 'VAULT_NAMESPACE'),
    mount: given(env, 'VAULT_TRANSIT_MOUNT'),
    keyName: need(env, 'VAULT_TRANSIT_KEY'),
    olderKeyNames: readList(env.VAULT_TRANSIT_OLDER_KEYS),
    allowHttp: readFlag(env, 'VAULT_ALLOW_HTTP'),
    auth: await readVaultAuth(env),
  })
}

async function readVaultAuth(env: Variables): Promise<VaultAuth> {
  const method = env.VAULT_AUTH || 'token'
  const mount = given(env, 'VAULT_AUTH_MOUNT')
  if (method === 'token') {
    const token = await needSecret(env, 'VAULT_TOKEN')
    return { method, token, tokenFile: given(env, 'VAULT_TOKEN_FILE') }
  }
  if (method === 'approle') {
    const roleId = need(env, 'VAULT_ROLE_ID')
    const secretId = await needSecret(env, 'VAULT_SECRET_ID')
    return { method, roleId, secretId, secretIdFile: given(env, 'VAULT_SECRET_ID_FILE'), mount }
  }
  if (method === 'kubernetes') {
    return { method, role: need(env, 'VAULT_ROLE'), jwtFile: given(env, 'VAULT_JWT_FILE'), mount }
  }
  throw misconfigured('VAULT_AUTH must be token, approle or kubernetes.')
}

/** From the variable, or from the file that the variable with `_FILE` behind it names. */
async function needSecret(env: Variables, name: string): Promise<string> {
  const path = given(env, `${name}_FILE`)
  if (path === undefined) return need(env, name)
  if (given(env, name) !== undefined) throw misconfigured(`Set ${name} or ${name}_FILE, not both.`)
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch {
    throw misconfigured(`The file that ${name}_FILE names cannot be read.`)
  }
}

function readName(name: string, variable: string): ProviderName {
  const known = ROOT_KEY_PROVIDERS.find((provider) => provider === name)
  // The value is not quoted: it may be a key in the wrong variable.
  if (!known) throw misconfigured(`${variable} must be of ${ROOT_KEY_PROVIDERS.join(', ')}.`)
  return known
}

function readList(text: string | undefined): string[] {
  const parts = (text ?? '').split(',').map((part) => part.trim())
  return parts.filter((part) => part !== '')
}

function readFlag(env: Variables, name: string): boolean {
  const text = given(env, name) ?? 'false'
  if (text !== 'true' && text !== 'false') throw misconfigured(`${name} must be true or false.`)
  return text === 'true'
}

function readUrl(env: Variables, name: string): string | undefined {
  const text = given(env, name)
  if (text === undefined || (URL.canParse(text) && isGuarded(new URL(text)))) return text
  throw misconfigured(
    `${name} must be a URL that begins with https://; http:// would show the keys to anyone on the way, but on this machine.`,
  )
}

function given(env: Variables, name: string): string | undefined {
  return env[name] || undefined
}

function need(env: Variables, name: string): string {
  const text = given(env, name)
  if (text === undefined) throw misconfigured(`${name} is not set. docs/vault.md says what it holds.`)
  return text
}

function misconfigured(message: string): CryptoError {
  return new CryptoError('PROVIDER_CONFIG', message)
}
