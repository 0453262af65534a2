import { CryptoError } from './errors.ts'
import { isGuarded } from './guarded-url.ts'
import { isObject } from './json.ts'

const MAX_ANSWER_BYTES = 4 * 1024 * 1024
const NAMESPACE = /^[\w-]+(\/[\w-]+)*\/?$/

/** The connection was closed under a request, as an idle one may be: the same request is worth a second try. */
const CUT = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** One call of Vault's HTTP API. */
export interface VaultRequest {
  method: 'GET' | 'POST'
  /** Behind `/v1/`, such as `transit/encrypt/opentrade`. Its parts are checked by the caller. */
  path: string
  body?: Record<string, unknown>
  token?: string
}

/** What Vault answered, whatever the status: parsed, and an object. `{}` for an empty answer. */
export interface VaultAnswer {
  status: number
  body: Record<string, unknown>
}

export type VaultRequester = (request: VaultRequest) => Promise<VaultAnswer>

/**
 * A way to call one Vault or OpenBao. Every request ends by its deadline, an answer is read up to 4 MiB, redirects
 * are not followed (they would carry the token to another host), and no error holds what was sent or received.
 * @throws CryptoError `PROVIDER_CONFIG` for a malformed address or namespace, or http:// to another machine without
 * `allowHttp`. The requester: `PROVIDER_UNAVAILABLE`, `PROVIDER_TIMEOUT`, `PROVIDER_BAD_ANSWER`.
 */
export function vaultRequester(o: {
  address: string
  namespace?: string
  allowHttp?: boolean
  fetch: typeof globalThis.fetch
  timeoutMs: number
}): VaultRequester {
  const base = readAddress(o.address, o.allowHttp ?? false)
  if (o.namespace !== undefined && !NAMESPACE.test(o.namespace)) {
    throw new CryptoError('PROVIDER_CONFIG', 'The Vault namespace must be a path such as "team/opentrade".')
  }
  const namespace: Record<string, string> = o.namespace ? { 'X-Vault-Namespace': o.namespace } : {}

  async function send({ method, path, body, token }: VaultRequest): Promise<VaultAnswer> {
    const headers: Record<string, string> = { 'X-Vault-Request': 'true', ...namespace }
    if (body) headers['Content-Type'] = 'application/json'
    if (token) headers['X-Vault-Token'] = token
    const response = await o.fetch(new URL(`${base}/v1/${path}`), {
      method,
      headers,
      body: body ? JSON.stringify(body) : undefined,
      redirect: 'manual',
      signal: AbortSignal.timeout(o.timeoutMs),
    })
    return { status: response.status, body: parseAnswer(response.status, await readLimited(response)) }
  }

  return async function request(call) {
    try {
      return await send(call)
    } catch (error) {
      if (!CUT.has(causeCode(error))) throw asTransportFault(error, o)
    }
    try {
      return await send(call)
    } catch (error) {
      throw asTransportFault(error, o)
    }
  }
}

/** The answer is not what the documentation says. */
export function badAnswer(what: string): CryptoError {
  return new CryptoError(
    'PROVIDER_BAD_ANSWER',
    `Vault answered with ${what}. Check that the address leads to Vault or OpenBao and not to another program or a proxy's page.`,
  )
}

function readAddress(address: string, allowHttp: boolean): string {
  const url = URL.canParse(address) ? new URL(address) : null
  const isPlain = url && (url.protocol === 'https:' || url.protocol === 'http:') && !url.search && !url.hash
  if (!url || !isPlain || url.username || url.password) {
    throw new CryptoError(
      'PROVIDER_CONFIG',
      'The Vault address must be a URL such as https://vault.example.org:8200, without user, query or fragment.',
    )
  }
  if (!isGuarded(url) && !allowHttp) {
    throw new CryptoError(
      'PROVIDER_CONFIG',
      'The Vault address begins with http://, so that anyone on the way could read the token and the keys. Use https://, or allow http where something else encrypts the way.',
    )
  }
  return url.href.replace(/\/+$/, '')
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    // Leaving the loop ends the connection.
    if (size > MAX_ANSWER_BYTES) throw badAnswer(`more than ${MAX_ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseAnswer(status: number, text: string): VaultAnswer['body'] {
  if (status >= 300 && status < 400) {
    throw new CryptoError(
      'PROVIDER_UNAVAILABLE',
      'Vault answered with a redirect, as a standby node does. Set the address to the active node or to the load balancer in front of it.',
    )
  }
  if (text.trim() === '') return {}
  try {
    const body: unknown = JSON.parse(text)
    if (isObject(body)) return body
  } catch {
    // A gateway's page around a Vault that is down is no fault of Vault's answers. The parser's message would quote.
    if (status >= 500) return {}
  }
  throw badAnswer('something that is not a JSON object')
}

function asTransportFault(error: unknown, o: { address: string; timeoutMs: number }): CryptoError {
  if (error instanceof CryptoError) return error
  const { host } = new URL(o.address)
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new CryptoError(
      'PROVIDER_TIMEOUT',
      `Vault at ${host} did not answer within ${o.timeoutMs} ms. Check its load and the network; nothing was changed.`,
    )
  }
  return new CryptoError(
    'PROVIDER_UNAVAILABLE',
    `Vault at ${host} cannot be reached (${causeCode(error) || 'connection failed'}). Check that it runs, the address, the network and the certificate.`,
  )
}

function causeCode(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return isObject(cause) && typeof cause.code === 'string' ? cause.code : ''
}
