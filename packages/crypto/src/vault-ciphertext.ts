import { type Bytes, encodeParts } from './encoding.ts'
import { CryptoError } from './errors.ts'
import { textAt } from './json.ts'
import {
  isPlaintextLength,
  type RewrapItem,
  unknownRootKey,
  type WrapContext,
  type WrappedKey,
} from './root-key.ts'
import { badAnswer, type VaultAnswer } from './vault-request.ts'

const CIPHERTEXT = /^vault:v([1-9]\d{0,8}):[A-Za-z0-9+/]+={0,2}$/
const ROOT_KEY_ID = /^(.+):v([1-9]\d{0,8})$/

/**
 * The transit context of a wrapped key, before base64: a domain, the purpose, the deployment's id, the owner's id
 * (the user's, for a data key) and the key's id, each with its length in front. Two different contexts never give
 * the same bytes: the lengths make the map injective.
 */
export function vaultContext(context: WrapContext): Bytes {
  const { purpose, deploymentId, ownerId, keyId } = context
  return encodeParts(['opentrade/vault-transit/1', purpose, deploymentId, ownerId, keyId])
}

/** `vaultContext` as Vault wants it. */
export function base64Context(context: WrapContext): string {
  return Buffer.from(vaultContext(context)).toString('base64')
}

/** The transit key that a root key's id names; empty for an id that is none of Vault's. */
export function keyNameOf(rootKeyId: string): string {
  return ROOT_KEY_ID.exec(rootKeyId)?.[1] ?? ''
}

/**
 * Where a wrapped key can be unwrapped: the transit key and Vault's text.
 * @throws CryptoError `ROOT_KEY_UNKNOWN` for another transit key than `names`, `WRAPPED_KEY_MALFORMED` when the
 * text is none of Vault's, or of another version than the id says.
 */
export function locate(
  { rootKeyId, wrapped }: RewrapItem,
  names: ReadonlySet<string>,
): { keyName: string; ciphertext: string } {
  const [, keyName = '', version] = ROOT_KEY_ID.exec(rootKeyId) ?? []
  if (!names.has(keyName)) {
    const remedy =
      'Name its transit key among the older key names; without it what it wrapped cannot be read.'
    throw unknownRootKey({ rootKeyId, provider: 'vault', remedy })
  }
  const ciphertext = Buffer.from(wrapped).toString('latin1')
  if (CIPHERTEXT.exec(ciphertext)?.[1] !== version) {
    throw new CryptoError(
      'WRAPPED_KEY_MALFORMED',
      `The wrapped key is damaged, or another root key than "${rootKeyId}" wrapped it.`,
    )
  }
  return { keyName, ciphertext }
}

/**
 * Vault's text as what is stored; its version goes into the root key's id.
 * @throws CryptoError `PROVIDER_BAD_ANSWER`.
 */
export function wrappedOf(keyName: string, ciphertext: string | null): WrappedKey {
  const version = CIPHERTEXT.exec(ciphertext ?? '')?.[1]
  if (!ciphertext || !version) throw badAnswer('no ciphertext')
  return { rootKeyId: `${keyName}:v${version}`, wrapped: new TextEncoder().encode(ciphertext) }
}

/**
 * The key in an answer, read strictly: Node's decoder would skip what it does not understand.
 * @throws CryptoError `PROVIDER_BAD_ANSWER`.
 */
export function plaintextOf(answer: VaultAnswer, length?: number): Bytes {
  const text = textAt(answer.body, 'data', 'plaintext') ?? ''
  const decoded = Buffer.from(text, 'base64')
  const isStrict = decoded.toString('base64') === text
  const plaintext = Uint8Array.from(decoded)
  decoded.fill(0)
  if (!isStrict || !isPlaintextLength(plaintext.length) || (length && plaintext.length !== length)) {
    throw badAnswer('a key of a wrong length or encoding')
  }
  return plaintext
}
