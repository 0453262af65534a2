import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isLoopbackHost, plainAddress, readHost } from './host-name.ts'
import { type Refusal, sendRefusal } from './http-errors.ts'
import { sendWrongHostPage } from './wrong-host-page.ts'

/** Asked by supervisors and balancers, which come by whatever name they know; they tell nothing of anybody. */
const HEALTH = /^\/(healthz|readyz)(\?|$)/

const ONE_HOST: Refusal = {
  status: 400,
  reason: 'BAD_HOST',
  message: 'A request needs exactly one Host header.',
}

/**
 * Answers to hosts that are ours alone: PUBLIC_URL's, names of this machine for itself, and its addresses. A page of
 * any other host whose name leads here (DNS rebinding) would pass for a page of ours in its visitor's browser.
 */
export function refuseForeignHosts(app: FastifyInstance, { publicUrl }: { publicUrl: string | null }): void {
  const publicHost = publicUrl === null ? null : readHost(new URL(publicUrl).host)
  app.addHook('onRequest', async (request, reply) => {
    if (HEALTH.test(request.url)) return
    if (countHosts(request) !== 1) return sendRefusal(reply, ONE_HOST)
    const foreign = hostsOf(request, { believesProxy: publicUrl === null }).find(
      (text) => !isOwn({ host: readHost(text), publicHost, request }),
    )
    if (foreign !== undefined) return refuse({ request, reply, publicUrl, host: readHost(foreign) })
  })
}

/** Node keeps the first of several, and a proxy in front may have gone by another. */
function countHosts({ raw }: FastifyRequest): number {
  return raw.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'host').length
}

/**
 * Every host that a request names: in its header, in its target where that is a whole address (RFC 9112, section
 * 3.2.2), and as a trusted proxy says, where that decides what our address is.
 */
function hostsOf(request: FastifyRequest, { believesProxy }: { believesProxy: boolean }): string[] {
  const { headers, url } = request.raw
  const hosts = [headers.host ?? '']
  if (believesProxy && request.host !== headers.host) hosts.push(request.host)
  if (url !== undefined && !url.startsWith('/') && url !== '*') {
    // With a user name in front it is no host.
    hosts.push(/^https?:\/\/([^/?#]*)/i.exec(url)?.[1] ?? '')
  }
  return hosts
}

function isOwn(o: { host: string | null; publicHost: string | null; request: FastifyRequest }): boolean {
  const { host, publicHost, request } = o
  if (host === null) return false
  if (host === publicHost || isLoopbackHost(host)) return true
  return isIP(host) !== 0 && isOwnAddress({ host, request })
}

function isOwnAddress({ host, request }: { host: string; request: FastifyRequest }): boolean {
  if (plainAddress(request.raw.socket.localAddress ?? '') === host) return true
  const interfaces = Object.values(networkInterfaces()).flat()
  return interfaces.some((each) => each !== undefined && plainAddress(each.address) === host)
}

function refuse(o: {
  request: FastifyRequest
  reply: FastifyReply
  publicUrl: string | null
  host: string | null
}): FastifyReply {
  const { request, reply, publicUrl } = o
  const port = request.raw.socket.localPort ?? 80
  reply.header('cache-control', 'no-store')
  if (request.headers.accept?.includes('text/html')) return sendWrongHostPage(reply, { ...o, port })
  const advice =
    publicUrl === null
      ? `Open it as http://localhost:${port}, or start it with PUBLIC_URL set to the https:// address that people type.`
      : `Open it at ${publicUrl}. A proxy in front must pass the Host header on.`
  return sendRefusal(reply, {
    status: 421,
    reason: 'UNKNOWN_HOST',
    message: `This server does not answer to that host name. ${advice}`,
  })
}
