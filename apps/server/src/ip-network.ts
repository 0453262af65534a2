import { isIPv6 } from 'node:net'

const GROUPS = 8
/** What a provider gives one customer at least (RFC 6177): within it, each request may come from another address. */
const NETWORK_GROUPS = 4

/**
 * What an IP address is counted as: an IPv4 address by itself, also where IPv6 spells it, an IPv6 address by its
 * network of 64 bits.
 */
export function networkOf(ip: string): string {
  const [address = ''] = ip.split('%', 1)
  const [, mapped] = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address) ?? []
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? ip
  const [head = [], tail] = address.split('::', 2).map(groupsOf)
  const missing = tail === undefined ? 0 : GROUPS - head.length - tail.length
  const groups = [...head, ...Array<string>(missing).fill('0'), ...(tail ?? [])]
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}

/** An IPv4 address at the end stands for two groups, which are none of the network's. */
function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]))
}
