import type { Bytes } from './encoding.ts'
import type { CryptoError } from './errors.ts'

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
 * Keeps root keys and wraps other keys with them. Implementations: `envRootKeys`, `openRootKeyFile`; remote ones
 * fit behind it, so everything is asynchronous and may fail with `PROVIDER_UNAVAILABLE` or `PROVIDER_DENIED`.
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
  unwrap(o: { rootKeyId: string; wrapped: Uint8Array; context: WrapContext }): Promise<Bytes>
  /** Makes 32 random bytes and wraps them in one call, where a service offers that; else they are made here. */
  generate?(o: { context: WrapContext }): Promise<WrappedKey & { plaintext: Bytes }>
  /**
   * Wraps anew with the current root key, in one call for many and without showing the keys to this process, where
   * a service offers that. Answers stand in the order of the items; one that failed is an error in its place.
   */
  rewrap?(items: readonly RewrapItem[]): Promise<(WrappedKey | CryptoError)[]>
}

/** One wrapped key to be wrapped anew. */
export interface RewrapItem {
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
