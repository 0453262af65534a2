import { randomBytes } from 'node:crypto'
import { KEY_BYTES } from './aes-gcm.ts'
import type { Bytes } from './encoding.ts'
import { CryptoError } from './errors.ts'

/** What a wrapped key is for and whose it is. Bound to the wrapped bytes: they unwrap nowhere else. */
export interface WrapContext {
  purpose: 'data-key' | 'signing-key' | 'blind-index'
  deploymentId: string
  /** The user's id for a data key; the deployment's own for keys of the whole installation. */
  ownerId: string
  keyId: string
}

/** A key after wrapping: what may stand in the database. */
export interface WrappedKey {
  /** The root key that can unwrap it. For rotation this is what is counted. */
  rootKeyId: string
  wrapped: Bytes
}

/**
 * Keeps root keys and wraps other keys with them. Implementations: `envRootKeys`, `openRootKeyFile`,
 * `vaultTransitRootKeys`, `awsKmsRootKeys`, `awsSecretsManagerRootKeys`; `combineRootKeys` joins several. Those that
 * call a service fail with `PROVIDER_UNAVAILABLE` and the other `PROVIDER_` codes.
 *
 * A provider never mints or picks another key on an error.
 */
export interface RootKeyProvider {
  /** `env`, `file`, `vault`, `aws-kms`, `aws-secrets-manager`: stored beside what it wrapped. */
  readonly name: string
  /** The id of the root key that new wraps use. */
  currentKeyId(): Promise<string>
  /** Wraps 16 to 4096 bytes with the current root key. */
  wrap(o: { plaintext: Uint8Array; context: WrapContext }): Promise<WrappedKey>
  /**
   * Unwraps with the root key of that id. The caller zeroes the result after use.
   * @throws CryptoError `ROOT_KEY_UNKNOWN`, `ROOT_KEY_WRONG`, `WRAPPED_KEY_MALFORMED`, `WRAPPED_KEY_REFUSED`.
   */
  unwrap(item: RewrapItem): Promise<Bytes>
  /** Makes 32 random bytes and wraps them in one call, where a service offers that; else they are made here. */
  generate?(o: { context: WrapContext }): Promise<WrappedKey & { plaintext: Bytes }>
  /**
   * Wraps anew with the current root key, in one call for many and without showing the keys to this process, where
   * a service offers that. Answers stand in the order of the items; one that failed is an error in its place.
   */
  rewrap?(items: readonly RewrapItem[]): Promise<(WrappedKey | CryptoError)[]>
  /**
   * Whether it has the root key of that id, as far as it can tell without calling a service: what `combineRootKeys`
   * chooses by.
   */
  holds?(rootKeyId: string): Promise<boolean>
  /** Facts about its root key and its credentials for an operator's eyes; no secrets. May call the service. */
  describe?(): Promise<string[]>
  /** Stops what runs in the background, such as renewing a token. */
  close?(): void
}

/** One wrapped key as it is stored: to be unwrapped, or wrapped anew. */
export interface RewrapItem {
  /** The name of the provider that wrapped it, where that was stored: `combineRootKeys` needs it to be sure. */
  provider?: string
  rootKeyId: string
  wrapped: Uint8Array
  context: WrapContext
}

const ROOT_KEY_ID = /^[A-Za-z0-9_-]{1,64}$/

/** Whether a text may name a root key: 1 to 64 of letters, digits, `_` and `-`. */
export function isRootKeyId(id: string): boolean {
  return ROOT_KEY_ID.test(id)
}

/**
 * Moves one wrapped key to a provider's current root key: from an older root key of the same provider, or from
 * another provider. The key itself stays, and is zeroed here after use.
 */
export async function rewrapKey(o: {
  from: RootKeyProvider
  to: RootKeyProvider
  item: RewrapItem
}): Promise<WrappedKey> {
  const plaintext = await o.from.unwrap(o.item)
  try {
    return await o.to.wrap({ plaintext, context: o.item.context })
  } finally {
    plaintext.fill(0)
  }
}

const MIN_PLAINTEXT = 16
const MAX_PLAINTEXT = 4096

/**
 * Every provider wraps keys of 16 to 4096 bytes: what the narrowest of the services takes, and no empty key.
 * @throws CryptoError `INPUT_INVALID`.
 */
export function checkPlaintextLength(plaintext: Uint8Array): void {
  if (!isPlaintextLength(plaintext.length)) {
    throw new CryptoError(
      'INPUT_INVALID',
      `A key to wrap must be of ${MIN_PLAINTEXT} to ${MAX_PLAINTEXT} bytes.`,
    )
  }
}

/** Whether a wrapped key can be of so many bytes. */
export function isPlaintextLength(bytes: number): boolean {
  return bytes >= MIN_PLAINTEXT && bytes <= MAX_PLAINTEXT
}

/** The root key that a stored key needs is not there: which, and what to do. */
export function unknownRootKey(o: { rootKeyId: string; provider: string; remedy?: string }): CryptoError {
  const remedy = o.remedy ?? 'Configure it again; without it what it wrapped cannot be read.'
  return new CryptoError(
    'ROOT_KEY_UNKNOWN',
    `The root key "${o.rootKeyId}" is needed and not configured (provider ${o.provider}). ${remedy}`,
  )
}

/**
 * A new key of 32 random bytes, wrapped: by the service where it offers that. The caller zeroes it.
 * @throws whatever the provider throws
 */
export async function generateKey(
  provider: RootKeyProvider,
  context: WrapContext,
): Promise<WrappedKey & { plaintext: Bytes }> {
  if (provider.generate) return provider.generate({ context })
  const plaintext = new Uint8Array(randomBytes(KEY_BYTES))
  try {
    return { plaintext, ...(await provider.wrap({ plaintext, context })) }
  } catch (error) {
    plaintext.fill(0)
    throw error
  }
}

/**
 * The result for one of several keys, or what is wrong with that key. What is wrong with the provider is thrown: it
 * would be wrong for all of them.
 */
export async function ofOneKey<Result>(run: () => Promise<Result>): Promise<Result | CryptoError> {
  try {
    return await run()
  } catch (error) {
    const isOfTheKey =
      error instanceof CryptoError &&
      (error.code === 'PROVIDER_NOT_CONFIGURED' || !error.code.startsWith('PROVIDER_'))
    if (isOfTheKey) return error
    throw error
  }
}
