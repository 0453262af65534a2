import { binance } from 'ccxt'
import type { TestAccount } from './test-venue.ts'

/** ccxt's own Binance class, unchanged but for the host of its URLs. */
export function createCcxtClient(url: string, account?: TestAccount, options: Record<string, unknown> = {}) {
  const client = new binance({
    ...(account ? { apiKey: account.apiKey, secret: account.secret } : {}),
    enableRateLimit: false,
    number: String,
    ...options,
  })
  const rebased = rebase(client.urls.api, url)
  client.urls = { ...client.urls, api: rebased }
  return client
}

/** ccxt nests its URLs by part of the API. */
interface Urls {
  [part: string]: string | Urls
}

function rebase(urls: unknown, url: string): Urls {
  const rebased: Urls = {}
  for (const [part, value] of Object.entries(urls ?? {})) {
    rebased[part] = typeof value === 'string' ? value.replace(/^https:\/\/[^/]+/, url) : rebase(value, url)
  }
  return rebased
}
