import { CryptoError } from './errors.ts'
import { countAt, textAt, valueAt } from './json.ts'
import { badAnswer, type VaultAnswer } from './vault-request.ts'
import type { VaultSession } from './vault-session.ts'

const AES_256_OR_EQUAL = new Set(['aes256-gcm96', 'chacha20-poly1305', 'xchacha20-poly1305'])

/**
 * Refuses a transit key that would take a context and ignore it, or that is weaker than what it wraps.
 * @throws CryptoError `PROVIDER_KEY_UNUSABLE`, `PROVIDER_BAD_ANSWER`.
 */
export function assertBindsContext(body: VaultAnswer['body'], keyName: string): void {
  const type = textAt(body, 'data', 'type')
  if (!type) throw badAnswer('a key without its type')
  if (valueAt(body, 'data', 'derived') === true && AES_256_OR_EQUAL.has(type)) return
  throw new CryptoError(
    'PROVIDER_KEY_UNUSABLE',
    `The transit key "${keyName}" must be of type aes256-gcm96 with derived=true, or wrapped keys are not bound to their owners. Make another: vault write transit/keys/NAME type=aes256-gcm96 derived=true`,
  )
}

/** What the answer to reading a key says about it, with warnings. */
export function describeKey(body: VaultAnswer['body']): string[] {
  const versions = `versions ${countAt(body, 'data', 'min_decryption_version')} to ${countAt(body, 'data', 'latest_version')} can be read`
  const facts = [`The transit key is of type ${textAt(body, 'data', 'type')}, derived; ${versions}.`]
  if (valueAt(body, 'data', 'exportable') === true) {
    facts.push('Warning: the transit key is exportable: it can leave Vault.')
  }
  if (valueAt(body, 'data', 'allow_plaintext_backup') === true) {
    facts.push('Warning: the transit key allows a plaintext backup: it can leave Vault.')
  }
  if (valueAt(body, 'data', 'deletion_allowed') === true) {
    facts.push('Warning: the transit key may be deleted, and with it everything that it wrapped.')
  }
  return facts
}

/** What the token may do. With `create`, a mistyped name would make a new key instead of an error. */
export async function describeRights(o: {
  session: VaultSession
  mount: string
  keyName: string
}): Promise<string> {
  const path = `${o.mount}/encrypt/${o.keyName}`
  const body = { paths: [path] }
  const answer = await o.session.call({ method: 'POST', path: 'sys/capabilities-self', body })
  const rights = valueAt(answer.body, 'data', path) ?? valueAt(answer.body, path)
  if (answer.status !== 200 || !Array.isArray(rights)) return 'The rights of the token could not be read.'
  if (rights.includes('root'))
    return 'Warning: the token is a root token. Use one with the policy of docs/vault.md.'
  if (rights.includes('create')) return `Warning: the policy allows "create" on ${path}; "update" is enough.`
  return `The policy allows ${rights.join(', ')} on ${path}.`
}
