import { ExchangeError } from './exchange-error.ts'
import { sentences } from './sentences.ts'

function parsedUrl(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    // The one thing to know is that it is no URL; the caller says so.
    return null
  }
}

/**
 * The base URL as the rest of the package uses it: null for the exchange's own hosts, else http or https
 * without a slash at the end. Throws ExchangeError 'UNAVAILABLE' if it is none, carries a user name, a query
 * or a fragment, or is missing for the paper exchange, which has no address of its own.
 */
export function checkBaseUrl(options: { exchangeId: string; baseUrl?: string | null }): string | null {
  const { exchangeId, baseUrl } = options
  if (baseUrl === undefined || baseUrl === null || baseUrl === '') {
    if (exchangeId !== 'paper') return null
    throw new ExchangeError({ code: 'UNAVAILABLE', exchangeId, message: sentences.paperNotRunning })
  }
  const url = parsedUrl(baseUrl.replaceAll('{host}', 'host'))
  const isPlain = url !== null && url.username === '' && url.search === '' && url.hash === ''
  if (!isPlain || !['http:', 'https:'].includes(url.protocol)) {
    throw new ExchangeError({ code: 'UNAVAILABLE', exchangeId, message: sentences.badBaseUrl })
  }
  return baseUrl.replace(/\/+$/, '')
}
