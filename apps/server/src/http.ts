import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  fastify,
  LogController,
} from 'fastify'
import { mountJwks } from './auth/jwks.ts'
import type { Services } from './context.ts'
import type { Env } from './env.ts'
import { errorBody, refusalOf, sendRefusal } from './http-errors.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { serveWebApp } from './static-files.ts'
import { mountTrpc } from './trpc-http.ts'

const BODY_LIMIT_BYTES = 256_000
/** For a request to arrive in full; answers may take longer, and event streams last. */
const RECEIVE_WITHIN_MS = 30_000
const WEB_APP = fileURLToPath(new URL('../../web/dist', import.meta.url))

export interface HttpOptions {
  services: Services
  /** Why the process is not ready to serve, in sentences; none when it is. */
  notReady: () => Promise<string[]>
  /** The built web app; by default that of this checkout. */
  webApp?: string
}

/** Builds the HTTP side: the API, the web app, health. Nothing listens yet. */
export async function createHttp(o: HttpOptions): Promise<FastifyInstance> {
  const { env, log } = o.services
  // Named by Fastify's own type, since an instance typed by pino's would fit no plugin.
  const loggerInstance: FastifyBaseLogger = log.child(
    { part: 'http' },
    { serializers: { req: () => undefined } },
  )
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: RECEIVE_WITHIN_MS,
    trustProxy: trustOf(env.trustProxy),
    forceCloseConnections: 'idle',
    requestIdHeader: false,
    genReqId: createRequestIds(),
    routerOptions: { maxParamLength: 2_000 },
    frameworkErrors: (error, _request, reply) => void answerError(error, reply),
    clientErrorHandler,
  })
  addSecurityHeaders(app)
  logRequests(app)
  acceptJsonOnly(app)
  endStreamsOnClose(app)
  app.setErrorHandler((error: FastifyError, _request, reply) => answerError(error, reply))
  mountHealth(app, o.notReady)
  mountJwks(app, o.services)
  mountTrpc(app, { services: o.services, publicUrl: env.publicUrl })
  await serveWebApp(app, { folder: o.webApp ?? WEB_APP })
  return app
}

/** A number of hops becomes the function that Fastify takes for it. */
function trustOf(trust: Env['trustProxy']): string[] | false | ((address: string, hop: number) => boolean) {
  return typeof trust === 'number' ? (_address, hop) => hop < trust : trust
}

/** Short, and different in each process: `<start>-<count>` in base 36. */
function createRequestIds(): () => string {
  const start = Math.floor(performance.timeOrigin).toString(36)
  let count = 0
  return () => `${start}-${(++count).toString(36)}`
}

/** One line a request, without its query string, headers and body, which may hold what a person typed. */
function logRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { method, ip } = request
    const [path] = request.url.split('?', 1)
    const ms = Math.round(reply.elapsedTime)
    request.log.info({ method, path: path?.slice(0, 200), status: reply.statusCode, ms, ip }, 'request')
    done()
  })
}

/** An empty body is no input; anything but JSON is refused before it is read. */
function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, undefined)
    // Asked for as a string, it is one: the parser's type leaves room for bytes.
    return parse(request, body.toString(), done)
  })
}

/** Event streams never end by themselves, and a stop must not wait for them; their clients come back. */
function endStreamsOnClose(app: FastifyInstance): void {
  const streams = new Set<FastifyReply>()
  app.addHook('onRequest', (request, reply, done) => {
    if (request.headers.accept?.includes('text/event-stream')) {
      streams.add(reply)
      reply.raw.once('close', () => streams.delete(reply))
    }
    done()
  })
  app.addHook('preClose', (done) => {
    for (const reply of streams) reply.raw.destroy()
    done()
  })
}

function answerError(error: FastifyError, reply: FastifyReply): FastifyReply {
  const refusal = refusalOf(error)
  if (refusal) {
    if (refusal.status === 503)
      reply.log.warn({ err: error, reason: refusal.reason }, 'A request could not be served')
    return sendRefusal(reply, refusal)
  }
  reply.log.error({ err: error }, 'A request failed')
  return sendRefusal(reply, {
    status: 500,
    reason: 'INTERNAL_SERVER_ERROR',
    message: 'Something went wrong on our side. It was logged; try again in a moment.',
  })
}

/** What is no HTTP at all, or too long for it, is answered by hand: there is no request yet. */
function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
  const title = status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'
  const message =
    status === 431 ? 'The request line and headers are too long.' : 'This is not a valid request.'
  const body = JSON.stringify(errorBody({ status, reason: 'BAD_REQUEST', message }))
  const headers = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ]
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`)
}

function mountHealth(app: FastifyInstance, notReady: () => Promise<string[]>): void {
  app.get('/healthz', (_request, reply) => reply.header('cache-control', 'no-store').send({ ok: true }))
  app.get('/readyz', async (_request, reply) => {
    const reasons = await notReady()
    reply.code(reasons.length > 0 ? 503 : 200).header('cache-control', 'no-store')
    return { ok: reasons.length === 0, reasons }
  })
}
