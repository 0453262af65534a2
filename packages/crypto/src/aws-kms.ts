import type { KMSClient } from '@aws-sdk/client-kms'
import { type AwsConnection, badAwsAnswer, callAws, clientConfig, loadSdk } from './aws-call.ts'
import type { Bytes } from './encoding.ts'
import { CryptoError } from './errors.ts'
import {
  checkPlaintextLength,
  isPlaintextLength,
  ofOneKey,
  type RewrapItem,
  type RootKeyProvider,
  unknownRootKey,
  type WrapContext,
  type WrappedKey,
} from './root-key.ts'

/** Which keys of AWS KMS are ours, and how they are reached. */
export interface AwsKmsOptions extends AwsConnection {
  /** A key's ARN (best), id, alias name (`alias/…`) or alias ARN, of a symmetric key for encryption. */
  keyId: string
  /** Keys that wrapped before this one did; they unwrap and wrap nothing new. ARNs or ids. */
  olderKeyIds?: readonly string[]
  /** A client of one's own instead of the connection's settings. */
  client?: KMSClient
}

type Sdk = typeof import('@aws-sdk/client-kms')

const SERVICE = 'AWS KMS'
const KEY_ARN = /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/
const KEY_ID = /^[\w:/-]{1,2048}$/
const ALIAS = /(^|:)alias\//
/** Calls at a time when many keys are wrapped anew. KMS has no batches; its quota is thousands a second. */
const PARALLEL = 8

/**
 * Root keys in AWS KMS: they never leave it. A root key's id is the key's ARN, as AWS answers it; the wrapped bytes
 * are KMS's ciphertext. Every call names its key, also where KMS could find it in the ciphertext: a ciphertext by a
 * foreign key is then refused. `kmsContext` binds a wrapped key to its owner.
 *
 * The documented API (https://docs.aws.amazon.com/kms/latest/APIReference) is used through `@aws-sdk/client-kms`,
 * loaded at the first call, and tested against a loopback server that checks signatures. It was not run against AWS:
 * `checkRootKeys` does that.
 *
 * @throws CryptoError `PROVIDER_CONFIG` for malformed ids. The provider's calls: the `PROVIDER_` codes,
 * `ROOT_KEY_UNKNOWN` for a key that is not among ours, `WRAPPED_KEY_REFUSED`; never with a key or credentials in them.
 */
export function awsKmsRootKeys(o: AwsKmsOptions): RootKeyProvider {
  const configured = [o.keyId, ...(o.olderKeyIds ?? [])]
  if (!configured.every((id) => KEY_ID.test(id))) {
    throw new CryptoError(
      'PROVIDER_CONFIG',
      'A KMS key must be named by its ARN, its id or an alias such as alias/opentrade.',
    )
  }
  // Ids and aliases are looked up: only an ARN says which account's key it is.
  const names = configured.filter((id) => !KEY_ARN.test(id))
  const arns = new Map<string, string>()
  let opened: Promise<{ sdk: Sdk; client: KMSClient }> | null = null

  function open() {
    opened ??= loadSdk('@aws-sdk/client-kms', () => import('@aws-sdk/client-kms')).then((sdk) => ({
      sdk,
      client: o.client ?? new sdk.KMSClient(clientConfig(o)),
    }))
    return opened
  }

  async function call<Answer>(
    what: string,
    run: (o: { sdk: Sdk; client: KMSClient; options: { abortSignal: AbortSignal } }) => Promise<Answer>,
  ): Promise<Answer> {
    const { sdk, client } = await open()
    const timeoutMs = o.timeouts?.requestMs ?? 5_000
    return callAws({
      service: SERVICE,
      what,
      timeoutMs,
      run: (abortSignal) => run({ sdk, client, options: { abortSignal } }),
    })
  }

  async function describeKey(keyId: string) {
    const { KeyMetadata } = await call(keyId, ({ sdk, client, options }) =>
      client.send(new sdk.DescribeKeyCommand({ KeyId: keyId }), options),
    )
    if (!KeyMetadata?.Arn || !KEY_ARN.test(KeyMetadata.Arn))
      throw badAwsAnswer(SERVICE, 'a key without its ARN')
    arns.set(keyId, KeyMetadata.Arn)
    return { ...KeyMetadata, Arn: KeyMetadata.Arn }
  }

  function isOurs(arn: string): boolean {
    return KEY_ARN.test(arn) && configured.some((id) => id === arn || arns.get(id) === arn)
  }

  /** An alias may lead to another key than when it was last looked up; an id stays with its key. */
  async function assertOurs(rootKeyId: string): Promise<void> {
    for (const name of names) {
      if (isOurs(rootKeyId)) break
      if (ALIAS.test(name) || !arns.has(name)) await describeKey(name)
    }
    if (isOurs(rootKeyId)) return
    const remedy = 'Name its ARN among the older key ids; without it what it wrapped cannot be read.'
    throw unknownRootKey({ rootKeyId, provider: 'aws-kms', remedy })
  }

  function wrappedOf(o: { keyId: string | undefined; blob: Uint8Array | undefined }): WrappedKey {
    if (!o.keyId || !KEY_ARN.test(o.keyId)) throw badAwsAnswer(SERVICE, 'a ciphertext without its key')
    if (!o.blob || o.blob.length === 0) throw badAwsAnswer(SERVICE, 'no ciphertext')
    return { rootKeyId: o.keyId, wrapped: Uint8Array.from(o.blob) }
  }

  async function reEncrypt({ rootKeyId, wrapped, context }: RewrapItem): Promise<WrappedKey> {
    await assertOurs(rootKeyId)
    const answer = await call(rootKeyId, ({ sdk, client, options }) => {
      const command = new sdk.ReEncryptCommand({
        CiphertextBlob: wrapped,
        SourceKeyId: rootKeyId,
        SourceEncryptionContext: kmsContext(context),
        DestinationKeyId: o.keyId,
        DestinationEncryptionContext: kmsContext(context),
      })
      return client.send(command, options)
    })
    return wrappedOf({ keyId: answer.KeyId, blob: answer.CiphertextBlob })
  }

  return {
    name: 'aws-kms',

    async currentKeyId() {
      return KEY_ARN.test(o.keyId) ? o.keyId : (await describeKey(o.keyId)).Arn
    },

    async wrap({ plaintext, context }) {
      checkPlaintextLength(plaintext)
      const answer = await call(o.keyId, ({ sdk, client, options }) => {
        const EncryptionContext = kmsContext(context)
        return client.send(
          new sdk.EncryptCommand({ KeyId: o.keyId, Plaintext: plaintext, EncryptionContext }),
          options,
        )
      })
      return wrappedOf({ keyId: answer.KeyId, blob: answer.CiphertextBlob })
    },

    async generate({ context }) {
      const answer = await call(o.keyId, ({ sdk, client, options }) => {
        const EncryptionContext = kmsContext(context)
        return client.send(
          new sdk.GenerateDataKeyCommand({ KeyId: o.keyId, NumberOfBytes: 32, EncryptionContext }),
          options,
        )
      })
      const wrapped = wrappedOf({ keyId: answer.KeyId, blob: answer.CiphertextBlob })
      return { ...wrapped, plaintext: takePlaintext(answer.Plaintext, 32) }
    },

    async unwrap({ rootKeyId, wrapped, context }) {
      await assertOurs(rootKeyId)
      const answer = await call(rootKeyId, ({ sdk, client, options }) => {
        const EncryptionContext = kmsContext(context)
        return client.send(
          new sdk.DecryptCommand({ KeyId: rootKeyId, CiphertextBlob: wrapped, EncryptionContext }),
          options,
        )
      })
      return takePlaintext(answer.Plaintext)
    },

    async rewrap(items) {
      const results: (WrappedKey | CryptoError)[] = []
      for (let start = 0; start < items.length; start += PARALLEL) {
        const batch = items.slice(start, start + PARALLEL)
        results.push(...(await Promise.all(batch.map((item) => ofOneKey(() => reEncrypt(item))))))
      }
      return results
    },

    async holds(rootKeyId) {
      if (isOurs(rootKeyId)) return true
      const mayBe = (name: string) => ALIAS.test(name) || rootKeyId.endsWith(`:key/${name}`)
      return KEY_ARN.test(rootKeyId) && names.some(mayBe)
    },

    async describe() {
      const { Arn, KeyState, KeySpec, KeyUsage, KeyManager, MultiRegion } = await describeKey(o.keyId)
      const facts = [
        `The key ${Arn} is ${KeyState}, of kind ${KeySpec} for ${KeyUsage}, managed by ${KeyManager}.`,
      ]
      if (MultiRegion)
        facts.push('Warning: it is a multi-region key: its copies in other regions open the same.')
      if (ALIAS.test(o.keyId)) {
        facts.push(
          'Warning: it is named by an alias. When the alias is moved, name the key before it as an older one.',
        )
      }
      return facts
    },
  }
}

/**
 * The encryption context of a wrapped key: opaque ids, each under a name of its own, so that no two contexts are one.
 * AWS shows it in CloudTrail in readable form.
 */
function kmsContext(context: WrapContext): Record<string, string> {
  return {
    'opentrade-purpose': context.purpose,
    'opentrade-deployment': context.deploymentId,
    'opentrade-owner': context.ownerId,
    'opentrade-key': context.keyId,
  }
}

function takePlaintext(answered: Uint8Array | undefined, length?: number): Bytes {
  const plaintext = Uint8Array.from(answered ?? [])
  answered?.fill(0)
  if (!isPlaintextLength(plaintext.length) || (length && plaintext.length !== length)) {
    throw badAwsAnswer(SERVICE, 'a key of a wrong length')
  }
  return plaintext
}
