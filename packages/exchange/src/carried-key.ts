import type { CcxtExchange } from './ccxt.ts'
import { isRecord } from './json.ts'
import type { Credentials } from './types.ts'

/** Shorter values, such as a user id of three digits, may stand in any request. */
const minLength = 8

/** Headers that carry what a sign-in with the key gave: only a request for an account has them. */
const sessionHeaders = /^(authorization|cookie|aptoken)$/i

/**
 * Gives a ccxt instance its credentials, and counts how often it takes a part of them. Signing a request takes some;
 * making a public one takes none.
 */
export function watchCredentials(
  exchange: CcxtExchange,
  credentials: Credentials,
): { readonly count: number } {
  const reads = { count: 0 }
  for (const [name, given] of Object.entries(credentials)) {
    let value: unknown = given
    Object.defineProperty(exchange, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        reads.count += 1
        return value
      },
      set: (next: unknown) => {
        value = next
      },
    })
  }
  return reads
}

/**
 * True if a request holds a part of the credentials as it is, or a session that they opened. A few exchanges put a
 * wallet's address into the request before it comes to signing.
 *
 * @param request what ccxt's `sign` returns: `{ url, method, headers, body }`
 */
export function carriesCredentials(request: unknown, credentials: Credentials): boolean {
  if (!isRecord(request)) return false
  const { url, headers, body } = request
  const named = isRecord(headers) ? headers : {}
  if (Object.keys(named).some((name) => sessionHeaders.test(name))) return true
  const text = [url, body, ...Object.values(named)].filter((part) => typeof part === 'string').join('\n')
  return Object.values(credentials).some(
    (value) =>
      value.length >= minLength && (text.includes(value) || text.includes(encodeURIComponent(value))),
  )
}
