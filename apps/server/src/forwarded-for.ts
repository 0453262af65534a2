import type { FastifyInstance } from 'fastify'
import { plainAddress } from './host-name.ts'

/**
 * Leaves in `X-Forwarded-For` what is an address, before anything reads it: the proxies in front write the end of
 * the list, and the client may have written anything before it.
 */
export function cleanForwardedFor(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request.raw
    const given = headers['x-forwarded-for']
    if (given !== undefined) headers['x-forwarded-for'] = readAddresses(String(given)).join(', ')
    done()
  })
}

/**
 * The addresses at the end of a list, up to the first entry from there that is none: whatever stands before it was
 * written by somebody who writes nonsense. Ports and zones are left out, so that a client is the same one each time.
 */
export function readAddresses(list: string): string[] {
  const addresses: string[] = []
  for (const entry of list.split(',').reverse()) {
    const address = readEntry(entry.trim())
    if (address === null) break
    addresses.unshift(address)
  }
  return addresses
}

/** `192.0.2.7`, `192.0.2.7:80`, `2001:db8::7`, `[2001:db8::7]` or `[2001:db8::7]:80`. */
function readEntry(entry: string): string | null {
  const [, bracketed, numbers] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(entry) ?? []
  return plainAddress(bracketed ?? numbers ?? entry)
}
