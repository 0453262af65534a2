import type { Clock } from './clock.ts'
import { CryptoError } from './errors.ts'
import type { VaultAuth } from './vault-session.ts'

/** How Vault or OpenBao is reached, and which key of it is ours. */
export interface VaultTransitOptions {
  /** As `https://vault.example.org:8200`. */
  address: string
  /** Where the transit engine is mounted; `transit` by default. */
  mount?: string
  keyName: string
  /** Transit keys that wrapped before this one did; they unwrap and wrap nothing new. */
  olderKeyNames?: readonly string[]
  namespace?: string
  auth: VaultAuth
  /** Allows http:// to another machine: only where something else encrypts the way, such as a service mesh. */
  allowHttp?: boolean
  fetch?: typeof globalThis.fetch
  clock?: Clock
  /** `requestMs`: the longest that one request may take, 5 s by default. */
  timeouts?: { requestMs?: number }
}

const NAME = /^\w(?:[\w.-]{0,126}\w)?$/
const MOUNT = /^\w[\w.-]*(?:\/\w[\w.-]*)*$/

/**
 * Refuses what could not be part of a path or a header.
 * @throws CryptoError `PROVIDER_CONFIG`, without the value: it may be a token in the wrong place.
 */
export function checkVaultOptions(o: VaultTransitOptions, mount: string): void {
  if (!MOUNT.test(mount)) throw misconfigured('The transit mount must be a path such as "transit".')
  for (const name of [o.keyName, ...(o.olderKeyNames ?? [])]) {
    if (!NAME.test(name)) {
      throw misconfigured("A transit key's name must be of letters, digits, underscores, dots and hyphens.")
    }
  }
  const { auth } = o
  if (auth.method !== 'token' && auth.mount !== undefined && !MOUNT.test(auth.mount)) {
    throw misconfigured('The mount of the sign-in must be a path such as "approle", without "auth/".')
  }
  const given =
    auth.method === 'token'
      ? [auth.token]
      : auth.method === 'approle'
        ? [auth.roleId, auth.secretId]
        : [auth.role]
  // A line break would end the header, and comes from a file that was read whole.
  if (given.some((text) => !/^[\x21-\x7e]+$/.test(text))) {
    throw misconfigured(
      'A Vault token, role id, secret id or role must be of visible characters, without spaces.',
    )
  }
}

function misconfigured(message: string): CryptoError {
  return new CryptoError('PROVIDER_CONFIG', message)
}
