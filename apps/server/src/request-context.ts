import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AccessIdentity } from './auth/access-tokens.ts'
import { ACCESS_COOKIE, REFRESH_COOKIE } from './auth/cookie-names.ts'
import type { Actor, PublicContext, RequestInfo, Services } from './context.ts'
import { readCookie, writeCookie } from './cookies.ts'

interface Exchange {
  services: Services
  request: FastifyRequest
  reply: FastifyReply
}

/** Who calls, and the means to set cookies: what every procedure of one HTTP request is called with. */
export async function createRequestContext(o: Exchange): Promise<PublicContext> {
  const token = accessTokenOf(o.request)
  const { accessTokens } = o.services
  const identity = token === null ? null : (accessTokens.peek(token) ?? (await accessTokens.verify(token)))
  return {
    services: o.services,
    actor: identity && actorOf(identity, o.request.ip),
    request: requestInfo(o),
  }
}

/** Whether the request carries cookies of ours, which a browser sends by itself. */
export function hasSessionCookie(request: FastifyRequest): boolean {
  const { cookie } = request.headers
  return readCookie(cookie, ACCESS_COOKIE) !== null || readCookie(cookie, REFRESH_COOKIE) !== null
}

/** A token that a program carries itself comes before one that a browser sends. */
function accessTokenOf({ headers }: FastifyRequest): string | null {
  const { authorization } = headers
  if (authorization?.startsWith('Bearer ')) return authorization.slice('Bearer '.length).trim()
  return readCookie(headers.cookie, ACCESS_COOKIE)
}

function actorOf({ userId, role, sessionId }: AccessIdentity, ip: string): Actor {
  return { userId, role, sessionId, name: `session:${sessionId}`, ip }
}

function requestInfo({ request, reply }: Exchange): RequestInfo {
  return {
    ip: request.ip,
    userAgent: request.headers['user-agent']?.slice(0, 500) ?? null,
    cookie: (name) => readCookie(request.headers.cookie, name),
    setCookie: (cookie) => void reply.header('set-cookie', writeCookie(cookie)),
    clearCookie: (name) =>
      void reply.header('set-cookie', writeCookie({ name, value: '', maxAgeSeconds: 0 })),
  }
}
