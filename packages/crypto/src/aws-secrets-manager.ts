import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { type AwsConnection, badAwsAnswer, callAws, clientConfig, loadSdk } from './aws-call.ts'
import { type Clock, systemClock } from './clock.ts'
import { CryptoError } from './errors.ts'
import { type LocalRootKeys, localRootKeys } from './local-root-keys.ts'
import { isRootKeyId, type RootKeyProvider, unknownRootKey } from './root-key.ts'
import { parseKeyText } from './root-key-text.ts'

/** Which secret of AWS Secrets Manager holds the root key, and how it is reached. */
export interface AwsSecretsManagerOptions extends AwsConnection {
  /** The secret's ARN or name. Each of its versions is a root key: 32 bytes, or their text in hex or base64. */
  secretId: string
  /** Wraps with this version, whatever the label AWSCURRENT says. */
  versionId?: string
  /** How long the answer to which version is AWSCURRENT is believed; 5 minutes by default. */
  currentForMs?: number
  clock?: Clock
  /** A client of one's own instead of the connection's settings. */
  client?: SecretsManagerClient
}

const SERVICE = 'AWS Secrets Manager'
/** What AWS accepts as a version's id; that of a version made without one is a UUID. */
const VERSION_ID = /^[A-Za-z0-9_-]{32,64}$/

/**
 * Root keys whose bytes lie in a secret of AWS Secrets Manager, and are in this process's memory once they were
 * needed: wrapping is then that of `localRootKeys`. A root key's id is the VersionId; a version never changes. The
 * version labelled AWSCURRENT wraps; others are fetched by their ids when something that they wrapped is read, so a
 * new version needs no stage at which all processes learn it.
 *
 * AWS may delete versions without a label: keep one on each until nothing is wrapped by it (docs/vault.md).
 *
 * The documented API (https://docs.aws.amazon.com/secretsmanager/latest/apireference) is used through
 * `@aws-sdk/client-secrets-manager`, loaded at the first call, and tested against a loopback server that checks
 * signatures. It was not run against AWS: `checkRootKeys` does that.
 *
 * @throws CryptoError `PROVIDER_CONFIG` for malformed options. The provider's calls: the `PROVIDER_` codes and those of
 * `localRootKeys`; never with a key or credentials in them.
 */
export function awsSecretsManagerRootKeys(o: AwsSecretsManagerOptions): RootKeyProvider {
  if (o.secretId.trim() === '')
    throw new CryptoError('PROVIDER_CONFIG', 'The secret must be named by its ARN or name.')
  if (o.versionId !== undefined && !VERSION_ID.test(o.versionId)) {
    throw new CryptoError(
      'PROVIDER_CONFIG',
      "The secret's version must be a VersionId of 32 to 64 characters.",
    )
  }
  const clock = o.clock ?? systemClock
  const versions = new Map<string, LocalRootKeys>()
  let current: { keys: LocalRootKeys; until: number } | null = null
  let fetchSecret: Promise<FetchSecret> | null = null

  async function load(version: { VersionId: string } | { VersionStage: string }): Promise<LocalRootKeys> {
    fetchSecret ??= openSecret(o)
    const secret = await (await fetchSecret)(version)
    const keys =
      versions.get(secret.id) ?? localRootKeys({ name: NAME, current: secret.id, keys: keysOf(secret) })
    secret.key.fill(0)
    versions.set(secret.id, keys)
    return keys
  }

  async function ofVersion(id: string): Promise<LocalRootKeys> {
    const known = versions.get(id)
    if (known) return known
    if (!VERSION_ID.test(id)) throw unknownRootKey({ rootKeyId: id, provider: NAME })
    return load({ VersionId: id })
  }

  async function currentKeys(): Promise<LocalRootKeys> {
    if (o.versionId !== undefined) return ofVersion(o.versionId)
    if (current && clock.now() < current.until) return current.keys
    const keys = await load({ VersionStage: 'AWSCURRENT' })
    current = { keys, until: clock.now() + (o.currentForMs ?? 300_000) }
    return keys
  }

  return {
    name: NAME,
    currentKeyId: async () => (await currentKeys()).currentKeyId(),
    wrap: async (request) => (await currentKeys()).wrap(request),
    unwrap: async (item) => (await ofVersion(item.rootKeyId)).unwrap(item),
    async holds(rootKeyId) {
      return versions.has(rootKeyId) || VERSION_ID.test(rootKeyId)
    },
    async describe() {
      const keys = await load(
        o.versionId === undefined ? { VersionStage: 'AWSCURRENT' } : { VersionId: o.versionId },
      )
      const how = o.versionId === undefined ? 'as AWSCURRENT' : 'as the pinned version'
      return [`The secret was read ${how}: version ${await keys.currentKeyId()}, a key of 32 bytes.`]
    },
  }
}

const NAME = 'aws-secrets-manager'

interface SecretKey {
  id: string
  key: Uint8Array
}

type FetchSecret = (version: { VersionId: string } | { VersionStage: string }) => Promise<SecretKey>

function keysOf({ id, key }: SecretKey): ReadonlyMap<string, Uint8Array> {
  return new Map([[id, key]])
}

async function openSecret(o: AwsSecretsManagerOptions): Promise<FetchSecret> {
  const sdk = await loadSdk(
    '@aws-sdk/client-secrets-manager',
    () => import('@aws-sdk/client-secrets-manager'),
  )
  const client = o.client ?? new sdk.SecretsManagerClient(clientConfig(o))
  const timeoutMs = o.timeouts?.requestMs ?? 5_000
  return async function fetchSecret(version) {
    const command = new sdk.GetSecretValueCommand({ SecretId: o.secretId, ...version })
    const answer = await callAws({
      service: SERVICE,
      what: o.secretId,
      timeoutMs,
      run: (abortSignal) => client.send(command, { abortSignal }),
    }).catch((error: unknown) => {
      throw 'VersionId' in version ? ofOneVersion(error, version.VersionId) : error
    })
    const id = answer.VersionId
    if (!id || !isRootKeyId(id) || !VERSION_ID.test(id))
      throw badAwsAnswer(SERVICE, 'a secret without its version')
    if ('VersionId' in version && version.VersionId !== id)
      throw badAwsAnswer(SERVICE, 'another version than was asked for')
    return { id, key: readKey({ id, text: answer.SecretString, bytes: answer.SecretBinary }) }
  }
}

/** When one version is asked for by its id, a missing secret is a missing root key. */
function ofOneVersion(error: unknown, id: string): unknown {
  if (!(error instanceof CryptoError) || error.code !== 'PROVIDER_KEY_UNUSABLE') return error
  const remedy =
    'The secret or this version of it is missing, or marked for deletion. Restore it; without it what it wrapped cannot be read.'
  return unknownRootKey({ rootKeyId: id, provider: NAME, remedy })
}

function readKey(o: { id: string; text: string | undefined; bytes: Uint8Array | undefined }): Uint8Array {
  const key = o.bytes?.length === 32 ? Uint8Array.from(o.bytes) : parseKeyText(o.text ?? '')
  o.bytes?.fill(0)
  if (key?.some((byte) => byte !== 0)) return key
  throw new CryptoError(
    'PROVIDER_KEY_UNUSABLE',
    `Version ${o.id} of the secret must hold 32 random bytes, or their text as 64 hex digits or base64 without spaces or quotes; \`openssl rand -hex 32\` makes one.`,
  )
}
