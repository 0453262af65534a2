const origin = /^[a-z]+:\/\/([^/?#]*)/i

function rebaseUrl(url: string, baseUrl: string | null): string {
  if (baseUrl === null) return url
  return url.replace(origin, (_match, host: string) => baseUrl.replace(/\/+$/, '').replaceAll('{host}', host))
}

/** URLs as ccxt keeps them: text, or more of them by name. */
export type UrlTree = string | { [name: string]: UrlTree | undefined }

/**
 * The tree of URLs that ccxt keeps, with `{hostname}` resolved and, if there is a base URL, scheme, host and
 * port replaced by it. Each URL keeps its own path. `{host}` in the base URL stands for the original host.
 */
export function rebaseUrls(options: {
  urls: UrlTree
  hostname: string | undefined
  baseUrl: string | null
}): UrlTree {
  const { urls, hostname, baseUrl } = options
  if (typeof urls === 'string') return rebaseUrl(urls.replaceAll('{hostname}', hostname ?? ''), baseUrl)
  return Object.fromEntries(
    Object.entries(urls).map(([key, part]) => [
      key,
      part === undefined ? part : rebaseUrls({ urls: part, hostname, baseUrl }),
    ]),
  )
}
