const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * Says in a sentence what is wrong with a base URL for an exchange, or null.
 * It carries signed requests, so it must be encrypted, but to this machine; and it is shown to administrators, so it
 * may hold no credential. `{host}` may stand in its path or host for the exchange's original host name.
 */
export function baseUrlProblem(o: { url: string; protocols: readonly ('http' | 'ws')[] }): string | null {
  if (/\s|\p{Cc}/u.test(o.url)) return 'A URL has no spaces or control characters.'
  const url = parse(o.url.replaceAll('{host}', 'original-host'))
  if (!url) return 'This is not a URL; it should look like https://api.example.com.'

  const plain = o.protocols.map((protocol) => `${protocol}:`)
  const secure = o.protocols.map((protocol) => `${protocol}s:`)
  if (![...plain, ...secure].includes(url.protocol)) return `A URL must begin with ${secure[0]}//.`
  if (url.username || url.password) return 'A URL may hold no user name or password.'
  if (o.url.includes('?')) return 'A base URL has no query.'
  if (o.url.includes('#')) return 'A base URL has no fragment.'
  if (plain.includes(url.protocol) && !LOOPBACK.test(url.hostname)) {
    return 'An unencrypted URL may only name this machine (localhost); use https.'
  }
  return null
}

function parse(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}
