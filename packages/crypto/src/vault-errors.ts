import { CryptoError, type CryptoErrorCode } from './errors.ts'
import type { VaultAnswer } from './vault-request.ts'

/*
 * Vault's messages are matched and never passed on: they are not ours to vouch for. Statuses are those of
 * https://developer.hashicorp.com/vault/api-docs#http-status-codes, messages those of its transit engine, which
 * OpenBao shares.
 */

/**
 * What an answer other than 2xx means when nothing about one wrapped key is asked.
 * @param o.what the call, as `transit/encrypt/opentrade`
 */
export function vaultRefusal(o: { answer: VaultAnswer; what: string }): CryptoError {
  const { answer, what } = o
  const messages = messagesOf(answer).join(' ')
  const status = `HTTP ${answer.status}`
  const refuse = (code: CryptoErrorCode, message: string) => new CryptoError(code, message)
  if (answer.status === 503 && /sealed/i.test(messages)) {
    return refuse('PROVIDER_SEALED', 'Vault is sealed. Unseal it (`vault operator unseal`); nothing is lost.')
  }
  if (answer.status === 403) {
    return refuse(
      'PROVIDER_DENIED',
      `Vault denied ${what}: the token has ended or was revoked, or its policy lacks this path. Compare the policy with docs/vault.md and renew the credentials.`,
    )
  }
  if (answer.status === 429) {
    return refuse(
      'PROVIDER_RATE_LIMITED',
      'Vault limits our requests. Wait, or raise the quota that applies to us.',
    )
  }
  // 412: a node of a cluster that has not caught up with the others yet.
  if (answer.status >= 500 || answer.status === 412) {
    return refuse(
      'PROVIDER_UNAVAILABLE',
      `Vault failed at ${what} (${status}). Its own log says why; nothing was changed.`,
    )
  }
  if (/no handler for route|route entry not found|unsupported path/i.test(messages)) {
    return refuse(
      'PROVIDER_KEY_UNUSABLE',
      `Vault has nothing at ${what}. Check the mount and the namespace, and that the transit engine is enabled there.`,
    )
  }
  if (answer.status === 404 || /key not found|policy not found/i.test(messages)) {
    return refuse(
      'PROVIDER_KEY_UNUSABLE',
      `Vault has no such key (${what}). Check the key's name and the namespace; if the key was deleted, restore it from a backup of Vault: what it wrapped cannot be read otherwise.`,
    )
  }
  return refuse('PROVIDER_BAD_ANSWER', `Vault refused ${what} (${status}). Its audit log says why.`)
}

/** What Vault's message about one wrapped key means; null when it is not about the key. */
export function wrappedKeyRefusal(message: string, rootKeyId: string): CryptoError | null {
  if (/message authentication failed|could not decrypt/i.test(message)) {
    return new CryptoError('WRAPPED_KEY_REFUSED', 'The wrapped key was changed, or belongs to another owner.')
  }
  if (/disallowed by policy|too old/i.test(message)) {
    return new CryptoError(
      'ROOT_KEY_UNKNOWN',
      `The root key "${rootKeyId}" is needed and no longer allowed: the transit key's min_decryption_version is above it. Lower min_decryption_version until nothing is wrapped by it.`,
    )
  }
  if (/too new|larger than the latest/i.test(message)) {
    return new CryptoError(
      'ROOT_KEY_UNKNOWN',
      `The root key "${rootKeyId}" is needed and Vault has no such version: it may have been restored from an older backup. Restore the newer one.`,
    )
  }
  if (/invalid ciphertext/i.test(message)) {
    return new CryptoError(
      'WRAPPED_KEY_MALFORMED',
      'Vault does not recognise the wrapped key: it is damaged.',
    )
  }
  return null
}

/** The texts in `errors` of an answer. */
export function messagesOf(answer: VaultAnswer): string[] {
  const { errors } = answer.body
  return Array.isArray(errors) ? errors.filter((message) => typeof message === 'string') : []
}
