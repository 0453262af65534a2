import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AccessIdentity } from './auth/access-tokens.ts'
import { looksLikeApiToken } from './auth/api-token-text.ts'
import type { ApiTokenIdentity } from './auth/api-tokens.ts'
import { ACCESS_COOKIE, REFRESH_COOKIE } from './auth/cookie-names.ts'
import { readBearer } from './bearer.ts'
import type { Actor, PublicContext, RequestInfo, Services } from './context.ts'
import { readCookie, writeCookie } from './cookies.ts'
import { plainAddress } from './host-name.ts'
import { isLocalRequest } from './local-request.ts'

interface Exchange {
  services: Services
  request: FastifyRequest
  reply: FastifyReply
}

/** Who calls, and the means to set cookies: what every procedure of one HTTP request is called with. */
export async function createRequestContext(o: Exchange): Promise<PublicContext> {
  return {
    services: o.services,
    actor: await findActor(o),
    request: requestInfo(o),
  }
}

/** A token that a program carries itself comes before one that a browser sends. */
async function findActor({ services, request }: Exchange): Promise<Actor | null> {
  const { authorization, cookie } = request.headers
  const bearer = readBearer(authorization)
  const { accessTokens, apiTokens } = services
  if (bearer !== null && looksLikeApiToken(bearer)) {
    const identity = apiTokens.peek(bearer) ?? (await apiTokens.verify(bearer))
    return identity && programActor(identity, addressOf(request))
  }
  const token = bearer ?? readCookie(cookie, ACCESS_COOKIE)
  if (token === null) return null
  const identity = accessTokens.peek(token) ?? (await accessTokens.verify(token))
  return identity && personActor(identity, addressOf(request))
}

/** One spelling of the client's address; `0.0.0.0` once it has gone, when the system tells none any more. */
function addressOf({ ip }: FastifyRequest): string {
  return plainAddress(ip ?? '') ?? '0.0.0.0'
}

/** Whether the request carries cookies of ours, which a browser sends by itself. */
export function hasSessionCookie(request: FastifyRequest): boolean {
  const { cookie } = request.headers
  return readCookie(cookie, ACCESS_COOKIE) !== null || readCookie(cookie, REFRESH_COOKIE) !== null
}

function personActor({ userId, role, sessionId }: AccessIdentity, ip: string): Actor {
  return { userId, role, sessionId, name: `session:${sessionId}`, ip }
}

function programActor({ userId, role, tokenId, scopes }: ApiTokenIdentity, ip: string): Actor {
  return { userId, role, sessionId: null, token: { tokenId, scopes }, name: `token:${tokenId}`, ip }
}

function requestInfo({ services, request, reply }: Exchange): RequestInfo {
  return {
    ip: addressOf(request),
    origin: `${request.protocol}://${request.host}`,
    isLocal: isLocalRequest({ request, publicUrl: services.env.publicUrl }),
    userAgent: request.headers['user-agent']?.slice(0, 500) ?? null,
    cookie: (name) => readCookie(request.headers.cookie, name),
    setCookie: (cookie) => void reply.header('set-cookie', writeCookie(cookie)),
    clearCookie: (name) =>
      void reply.header('set-cookie', writeCookie({ name, value: '', maxAgeSeconds: 0 })),
  }
}
