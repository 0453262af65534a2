import type { FastifyRequest } from 'fastify'
import { isLoopbackHost, plainAddress, readHost } from './host-name.ts'

/** What proxies add to a request that they pass on. */
const PROXY_HEADERS = /^(forwarded|via|x-forwarded(-.*)?|x-real-ip|x-client-ip|true-client-ip|cf-.*)$/

/**
 * Whether a request comes from this computer, without a proxy between: whoever sends it is at its keyboard, or has a
 * login there (`ssh -L`). A proxy on this computer sends requests of anybody: one that says so, or whose page is
 * elsewhere, is none of those. Of those that say nothing, one that speaks HTTP/1.0 is known by it, as nginx before
 * 1.29.7 is by default. One that speaks HTTP/1.1, as nginx does since, and asks for `localhost` looks like a person
 * here: PUBLIC_URL has to say that there is one.
 */
export function isLocalRequest(o: { request: FastifyRequest; publicUrl: string | null }): boolean {
  const { headers, httpVersion, socket } = o.request.raw
  if (o.publicUrl !== null && !isLoopbackOrigin(o.publicUrl)) return false
  if (!isLoopbackHost(plainAddress(socket.remoteAddress ?? '') ?? '')) return false
  if (!isLoopbackHost(readHost(headers.host ?? '') ?? '')) return false
  if (headers.origin !== undefined && !isLoopbackOrigin(headers.origin)) return false
  return httpVersion !== '1.0' && !Object.keys(headers).some((name) => PROXY_HEADERS.test(name))
}

function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLoopbackHost(readHost(new URL(origin).host) ?? '')
}
