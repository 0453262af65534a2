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
import { cleanForwardedFor } from './forwarded-for.ts'
import { errorBody, refusalOf, sendRefusal } from './http-errors.ts'
import { refuseForeignHosts } from './own-host.ts'
import type { Readiness } from './readiness.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { serveWebApp } from './static-files.ts'
import type { StreamLimits } from './stream-limiter.ts'
import { mountTrpc } from './trpc-http.ts'

const BODY_LIMIT_BYTES = 256_000
/** For a request to arrive in full; answers may take longer, and event streams last. */
const RECEIVE_WITHIN_MS = 30_000
/**
 * A connection over which nothing goes in either direction, such as one whose client reads no answer. Longer than
 * any answer takes to begin; event streams send something every 15 seconds.
 */
const SILENT_AT_MOST_MS = 300_000
/** Between two requests on one connection: longer than the minute after which most proxies close theirs. */
const KEEP_ALIVE_MS = 72_000
/** How long a client may take to close a connection after we have told it what is wrong with it. */
const CLOSE_WITHIN_MS = 1_000
const WEB_APP = fileURLToPath(new URL('../../web/dist', import.meta.url))

export interface HttpOptions {
  services: Services
  /** Whether the process should get requests, and what is wrong with it. */
  readiness: () => Promise<Readiness>
  /** The built web app; by default that of this checkout. */
  webApp?: string
  timeouts?: Partial<Timeouts>
  streamLimits?: StreamLimits | undefined
}

/** How long connections may take, in milliseconds. */
export interface Timeouts {
  receiveWithinMs: number
  silentAtMostMs: number
  keepAliveMs: number
}

const TIMEOUTS: Timeouts = {
  receiveWithinMs: RECEIVE_WITHIN_MS,
  silentAtMostMs: SILENT_AT_MOST_MS,
  keepAliveMs: KEEP_ALIVE_MS,
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
    ...timeoutOptions({ ...TIMEOUTS, ...o.timeouts }),
    trustProxy: trustOf(env.trustProxy),
    forceCloseConnections: 'idle',
    requestIdHeader: false,
    genReqId: createRequestIds(),
    routerOptions: { maxParamLength: 2_000 },
    frameworkErrors: (error, _request, reply) => void answerError(error, reply),
    clientErrorHandler,
  })
  addSecurityHeaders(app)
  cleanForwardedFor(app)
  logRequests(app)
  refuseForeignHosts(app, env)
  acceptJsonOnly(app)
  readWhatIsRefused(app)
  endStreamsOnClose(app)
  app.setErrorHandler((error: FastifyError, _request, reply) => answerError(error, reply))
  mountHealth(app, o.readiness)
  mountJwks(app, o.services)
  mountTrpc(app, { services: o.services, publicUrl: env.publicUrl, streamLimits: o.streamLimits })
  await serveWebApp(app, { folder: o.webApp ?? WEB_APP })
  return app
}

/**
 * Node looks for late requests at intervals, and takes the shorter of its two limits for headers: both end one
 * interval early, so that nothing lasts longer than it may.
 */
function timeoutOptions({ receiveWithinMs, silentAtMostMs, keepAliveMs }: Timeouts) {
  const connectionsCheckingInterval = Math.ceil(receiveWithinMs / 30)
  const requestTimeout = receiveWithinMs - connectionsCheckingInterval
  return {
    requestTimeout,
    connectionTimeout: silentAtMostMs,
    keepAliveTimeout: keepAliveMs,
    http: { headersTimeout: Math.ceil(requestTimeout / 2), connectionsCheckingInterval },
  }
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

/**
 * Fastify closes the connection of a request whose body is too large, with bytes of it unread: the client then gets a
 * reset instead of the answer. Left open, Node reads the rest and discards it, for as long as a request may take.
 */
function readWhatIsRefused(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.removeHeader('connection')
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

/** What is no HTTP at all, too long for it or too slow, is answered by hand: there is no request yet. */
function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, title, message } = CLIENT_ERRORS[error.code ?? ''] ?? NO_REQUEST
  const body = JSON.stringify(errorBody({ status, reason: 'BAD_REQUEST', message }))
  const headers = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ]
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`)
  // A client that does not close its side would keep the connection; one that does must get to read the answer.
  const closing = setTimeout(() => socket.destroy(), CLOSE_WITHIN_MS).unref()
  socket.once('close', () => clearTimeout(closing))
}

const NO_REQUEST = { status: 400, title: 'Bad Request', message: 'This is not a valid request.' }

/** By the codes of Node's errors. */
const CLIENT_ERRORS: Record<string, typeof NO_REQUEST> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    title: 'Request Header Fields Too Large',
    message: 'The request line and headers are too long.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    title: 'Request Timeout',
    message: 'The request did not arrive in time.',
  },
}

function mountHealth(app: FastifyInstance, readiness: () => Promise<Readiness>): void {
  app.get('/healthz', (_request, reply) => reply.header('cache-control', 'no-store').send({ ok: true }))
  app.get('/readyz', async (_request, reply) => {
    const { isReady, reasons } = await readiness()
    reply.code(isReady ? 200 : 503).header('cache-control', 'no-store')
    return { ok: reasons.length === 0, reasons }
  })
}
