const origin = /^[a-z]+:\/\/([^/?#]*)/i

/**
 * The URL with scheme, host and port replaced by the base URL; its own path and query stay.
 *
 * `{host}` in the base URL stands for the original host. This happens when a request is sent and not before
 * it is signed: Coinbase and Bitstamp sign the host, and what reads the request at the end of an egress
 * proxy is the exchange itself. It also catches a URL that ccxt does not build from its table.
 */
export function rebaseUrl(url: string, baseUrl: string | null): string {
  if (baseUrl === null) return url
  return url.replace(origin, (_match, host: string) =>
    baseUrl.replace(/\/+$/, '').replaceAll('{host}', host.toLowerCase()),
  )
}
