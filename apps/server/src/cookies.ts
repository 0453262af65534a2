/**
 * Reads one cookie of a `Cookie` header (RFC 6265, 4.2.1); the first of that name counts.
 * Ours hold base64url and dots alone, so that nothing is decoded.
 */
export function readCookie(header: string | undefined, name: string): string | null {
  if (!header) return null
  for (const pair of header.split(';')) {
    const text = pair.trim()
    if (text.startsWith(name) && text[name.length] === '=') return text.slice(name.length + 1)
  }
  return null
}

export interface CookieToWrite {
  name: string
  /** Of the characters A-Z a-z 0-9 . _ - only. */
  value: string
  /** Null: until the browser is closed. */
  maxAgeSeconds: number | null
}

/** A `Set-Cookie` value with the attributes that the prefix `__Host-` demands. */
export function writeCookie({ name, value, maxAgeSeconds }: CookieToWrite): string {
  if (!/^[\w.-]*$/.test(value)) throw new TypeError('A cookie value of ours holds base64url and dots only.')
  const age = maxAgeSeconds === null ? '' : `; Max-Age=${Math.max(0, Math.floor(maxAgeSeconds))}`
  return `${name}=${value}${age}; Path=/; Secure; HttpOnly; SameSite=Lax`
}
