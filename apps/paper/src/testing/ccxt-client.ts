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
  client.urls.api = rebase(client.urls.api, url)
  return client
}

function rebase(value: unknown, url: string): unknown {
  if (typeof value === 'string') return value.replace(/^https:\/\/[^/]+/, url)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, rebase(inner, url)]))
}
