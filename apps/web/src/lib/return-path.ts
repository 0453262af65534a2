/**
 * Where to go after signing in: a path of this application, or null. An address of another site, with or
 * without a scheme, is never followed.
 */
export function safeReturnPath(value: unknown): string | null {
  if (typeof value !== 'string' || !value.startsWith('/')) return null
  const base = 'http://here.invalid'
  try {
    const url = new URL(value, base)
    const path = `${url.pathname}${url.search}${url.hash}`
    // Dots that were taken out may leave two slashes behind, which name another site.
    return url.origin === base && !path.startsWith('//') ? path : null
  } catch {
    return null
  }
}
