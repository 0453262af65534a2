import {
  createTRPCClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
} from '@trpc/client'
import type { AppRouter } from './api.ts'

export interface ClientOptions {
  /** The installation's address, such as `https://opentrade.example.org`. */
  url: string
  /** An API token (`ot_…`) or an access token, sent as `Authorization: Bearer`; a function is asked before each request. */
  token?: string | (() => string | null | Promise<string | null>)
  /** Stands in for the global `fetch`, to keep cookies or to go through a proxy. */
  fetch?: typeof globalThis.fetch
  /**
   * Needed for subscriptions where the platform has no EventSource (Node 20 has none), and for subscriptions with a
   * token: a browser's own sends no headers. One whose constructor takes `headers` or a `fetch` of ours does, such as
   * the npm packages `eventsource` and `event-source-polyfill`.
   */
  EventSource?: typeof globalThis.EventSource
}

/** A typed client: `client.wallets.list.query()`, `client.apiKeys.add.mutate({ … })`. */
export type Client = TRPCClient<AppRouter>

/** The server takes at most this many calls in one request. */
const MAX_BATCH = 10

/**
 * Opens a typed client of an OpenTrade installation. Nothing is sent before the first call.
 * Calls made in the same tick travel in one request.
 * @throws TypeError when `url` is not an http(s) address.
 * Calls reject with TRPCClientError: read it with `apiErrorOf`.
 */
export function createClient(options: ClientOptions): Client {
  const url = endpoint(options.url)
  const { token, fetch, EventSource } = options
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({
          url,
          ...(EventSource && { EventSource }),
          ...(token !== undefined && { eventSourceOptions: () => streamOptions(options) }),
        }),
        false: httpBatchLink({
          url,
          maxItems: MAX_BATCH,
          headers: () => authorization(token),
          ...(fetch && { fetch }),
        }),
      }),
    ],
  })
}

function endpoint(address: string): string {
  const base = new URL(address)
  if (base.protocol !== 'http:' && base.protocol !== 'https:') {
    throw new TypeError(`An OpenTrade address starts with http:// or https://, not ${base.protocol}`)
  }
  return new URL('trpc', base.href.endsWith('/') ? base.href : `${base.href}/`).href
}

interface StreamOptions {
  headers: Record<string, string>
  fetch: (input: string | URL, init?: RequestInit) => Promise<Response>
}

/** An EventSource that knows neither of the two ignores them, as browsers' own do. */
async function streamOptions(options: ClientOptions): Promise<EventSourceInit & StreamOptions> {
  const send = options.fetch ?? globalThis.fetch
  const headers = await authorization(options.token)
  return {
    headers,
    fetch: (input, given = {}) =>
      send(input, { ...given, headers: { ...Object.fromEntries(new Headers(given.headers)), ...headers } }),
  }
}

async function authorization(token: ClientOptions['token']): Promise<Record<string, string>> {
  const value = typeof token === 'function' ? await token() : token
  return value ? { authorization: `Bearer ${value}` } : {}
}
