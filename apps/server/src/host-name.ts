import { isIPv4, isIPv6 } from 'node:net'

/**
 * The name or address in a `Host` header (RFC 9110, section 7.2), in one spelling: lower case, without the port and
 * a dot at the end, addresses without brackets, an IPv4 address also where IPv6 spells it. Numbers are not read as
 * addresses (`2130706433`, `0x7f.1`): browsers write those out before they send them.
 * @returns null for what is no host, such as one with a user name in front
 */
export function readHost(text: string): string | null {
  const [, bracketed, name] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{0,5})?$/i.exec(text) ?? []
  if (bracketed !== undefined) return plainAddress(bracketed)
  if (name === undefined || name.length > 254) return null
  return name.toLowerCase().replace(/\.$/, '') || null
}

/**
 * One spelling of an IP address: IPv4 also where IPv6 spells it, IPv6 at its shortest and without a zone.
 * @returns null for what is no address
 */
export function plainAddress(text: string): string | null {
  if (isIPv4(text)) return text
  const [address = ''] = text.split('%', 1)
  if (!isIPv6(address)) return null
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? []
  if (high === undefined || low === undefined) return short
  return [high, low]
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 255])
    .join('.')
}

/**
 * Whether a host as `readHost` gives it can be this machine alone: those that browsers take for safe without https
 * (W3C Secure Contexts, section 3.1).
 */
export function isLoopbackHost(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.')
  return host === '::1' || host === 'localhost' || host.endsWith('.localhost')
}

/** Whether browsers keep our cookies for pages of this origin, such as `http://localhost:3000`: over https, or of this machine. */
export function isSecureOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host } = new URL(origin)
  if (protocol === 'https:') return true
  return protocol === 'http:' && isLoopbackHost(readHost(host) ?? '')
}
