import type { Socket } from 'node:net'
import { databaseFailure } from '@opentrade/db'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { registerAdmin } from './admin.ts'
import { authenticate } from './authenticate.ts'
import { type Endpoint, SIGNING_PARAMETERS } from './endpoint.ts'
import { BinanceError, errorBody, unavailable } from './errors.ts'
import { faultAfter, faultBefore, sendError } from './fault-hooks.ts'
import type { Fault } from './faults.ts'
import { ORDER_LIMITS } from './order-counts.ts'
import { readParameters, refuseUnknown } from './parameters.ts'
import { absentEndpoints } from './routes/absent.ts'
import { accountEndpoints } from './routes/account.ts'
import { derivativeEndpoints } from './routes/derivatives.ts'
import { earnEndpoints } from './routes/earn.ts'
import { generalEndpoints } from './routes/general.ts'
import { marketDataEndpoints } from './routes/market-data.ts'
import { orderEndpoints } from './routes/orders.ts'
import { replaceEndpoints } from './routes/replace-order.ts'
import { tickerEndpoints } from './routes/tickers.ts'
import { walletEndpoints } from './routes/wallet.ts'
import type { StoredKey } from './store/keys.ts'
import { inMicroseconds, wantsMicroseconds } from './time-unit.ts'
import type { Venue } from './venue.ts'

/** No request of this API comes near it. */
const BODY_LIMIT = 64 * 1024
/** For a request to arrive in full. */
const RECEIVE_WITHIN_MS = 30_000
/** A connection over which nothing goes in either direction; a fault may hold an answer back for a while. */
const SILENT_AT_MOST_MS = 300_000
/** How long a client may take to close a connection after it was told what is wrong with it. */
const CLOSE_WITHIN_MS = 1_000

const ENDPOINTS: readonly Endpoint[] = [
  ...generalEndpoints,
  ...marketDataEndpoints,
  ...tickerEndpoints,
  ...accountEndpoints,
  ...orderEndpoints,
  ...replaceEndpoints,
  ...walletEndpoints,
  ...earnEndpoints,
  ...derivativeEndpoints,
  ...absentEndpoints,
]

/** The HTTP side of the exchange; `listen` has not been called. */
export function createHttp(o: {
  venue: Venue
  adminToken: string
  receiveWithinMs?: number
}): FastifyInstance {
  const { venue, receiveWithinMs = RECEIVE_WITHIN_MS } = o
  // Node looks for late requests at intervals: both limits end one early, so that nothing lasts longer than it may.
  const connectionsCheckingInterval = Math.ceil(receiveWithinMs / 30)
  const requestTimeout = receiveWithinMs - connectionsCheckingInterval
  const faultsOf = new WeakMap<FastifyRequest, readonly Fault[]>()
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout,
    connectionTimeout: SILENT_AT_MOST_MS,
    http: { headersTimeout: Math.ceil(requestTimeout / 2), connectionsCheckingInterval },
    forceCloseConnections: true,
    frameworkErrors: (error, _request, reply) => void sendError(reply, frameworkError(error)),
    clientErrorHandler: refuseNonsense,
  })

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => handleError({ venue, error, request, reply }))
  app.setNotFoundHandler((request, reply) => sendError(reply, notFound(request)))

  // Fastify closes the connection of a request whose body is too large, with bytes of it unread: the client then gets
  // a reset instead of the answer. Left open, Node reads the rest and discards it.
  app.addHook('onSend', async (_request, reply) => {
    reply.removeHeader('connection')
  })
  app.addHook('onRequest', async (request, reply) => {
    const path = pathOf(request)
    if (path.startsWith('/paper/')) return
    const faults = venue.faults.take({ path, method: request.method, apiKey: apiKeyOf(request) })
    faultsOf.set(request, faults)
    setWeightHeaders({ venue, request, reply })
    if (await faultBefore({ venue, faults, request, reply, now: venue.clock.now() })) return reply
  })
  app.addHook('onSend', async (request, reply, payload) =>
    faultAfter({ faults: faultsOf.get(request) ?? [], request, reply, payload }),
  )

  registerAdmin({ app, venue, adminToken: o.adminToken })
  for (const endpoint of ENDPOINTS) {
    app.route({
      method: endpoint.method,
      url: endpoint.path,
      handler: (request, reply) =>
        serve({ venue, endpoint, request, reply, faults: faultsOf.get(request) ?? [] }),
    })
  }
  return app
}

async function serve(o: {
  venue: Venue
  endpoint: Endpoint
  request: FastifyRequest
  reply: FastifyReply
  faults: readonly Fault[]
}): Promise<unknown> {
  const { venue, endpoint, request, reply, faults } = o
  const query = queryOf(request)
  const body = typeof request.body === 'string' ? request.body : ''
  const parameters = readParameters(query, body)
  const skew = faults.reduce((sum, fault) => sum + (fault.kind === 'clockSkew' ? fault.ms : 0), 0)
  const now = venue.clock.now() + skew
  const address = addressOf(request)
  const weight = typeof endpoint.weight === 'function' ? endpoint.weight(parameters) : endpoint.weight
  spend({ venue, request, reply, weight })
  const microseconds = wantsMicroseconds(headerOf(request, 'x-mbx-time-unit'))

  let answer: unknown
  if (endpoint.security === 'NONE') {
    if (endpoint.known) refuseUnknown(parameters, endpoint.known)
    await venue.source.refresh(now)
    answer = await endpoint.run({ venue, parameters, now, address })
  } else {
    const signed = { apiKey: apiKeyOf(request), query, body, parameters, address, now }
    const key = await authenticate({ venue, request: signed, security: endpoint.security })
    if (endpoint.known) refuseUnknown(parameters, [...endpoint.known, ...SIGNING_PARAMETERS])
    await venue.source.refresh(now)
    answer = await endpoint.run({ venue, parameters, now, address, key })
    if (endpoint.security === 'TRADE') setOrderCountHeaders({ venue, reply, key, now })
  }
  return microseconds ? inMicroseconds(answer) : answer
}

/** Counts a request's weight against its address. @throws BinanceError 429 or 418. */
function spend(o: { venue: Venue; request: FastifyRequest; reply: FastifyReply; weight: number }): void {
  const { venue, request } = o
  const limits = isWallet(request) ? venue.limits.sapi : venue.limits.api
  try {
    limits.spend({ address: addressOf(request), weight: o.weight, now: Date.now() })
  } finally {
    setWeightHeaders(o)
  }
}

function setWeightHeaders(o: { venue: Venue; request: FastifyRequest; reply: FastifyReply }): void {
  const { venue, request, reply } = o
  const limits = isWallet(request) ? venue.limits.sapi : venue.limits.api
  const used = limits.used(addressOf(request), Date.now())
  if (isWallet(request)) {
    reply.header('x-sapi-used-ip-weight-1m', used)
    return
  }
  reply.header('x-mbx-used-weight', used)
  reply.header('x-mbx-used-weight-1m', used)
}

function setOrderCountHeaders(o: { venue: Venue; reply: FastifyReply; key: StoredKey; now: number }): void {
  const counts = o.venue.orderCounts.of(o.key.accountId, o.now)
  for (const [index, limit] of ORDER_LIMITS.entries()) {
    const name = `x-mbx-order-count-${limit.intervalNum}${limit.letter.toLowerCase()}`
    o.reply.header(name, counts[index] ?? 0)
  }
}

function handleError(o: { venue: Venue; error: unknown; request: FastifyRequest; reply: FastifyReply }) {
  const { venue, error, request, reply } = o
  if (error instanceof BinanceError) return sendError(reply, error)
  if (isRefusedByFramework(error)) return sendError(reply, frameworkError(error))
  if (databaseFailure(error)) {
    logFailure({ venue, error, request })
    return sendError(reply, unavailable({ mayHaveActed: request.method !== 'GET' }))
  }
  logFailure({ venue, error, request })
  return sendError(
    reply,
    new BinanceError({
      code: -1001,
      message: 'Internal error; unable to process your request. Please try again.',
      status: 500,
    }),
  )
}

/** Only what cannot hold a secret: a query's values can. */
function logFailure({
  venue,
  error,
  request,
}: {
  venue: Venue
  error: unknown
  request: FastifyRequest
}): void {
  const { message, code } = describeUnknown(error)
  venue.logger.error({ method: request.method, path: pathOf(request), code, message }, 'request failed')
}

function isRefusedByFramework(error: unknown): error is Error & { statusCode: number } {
  return error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500
}

function frameworkError(error: Error & { statusCode?: number }): BinanceError {
  const status = error.statusCode ?? 400
  const message = status === 413 ? 'Request body is too large.' : 'Illegal characters found in a parameter.'
  return new BinanceError({ code: status === 413 ? -1130 : -1100, message, status })
}

/** By the codes of Node's errors. */
const NONSENSE: Record<string, readonly [status: number, reason: string, message: string]> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    'The request line and its headers are too large.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request did not arrive in time.'],
}

/** Answers what is no HTTP request, or comes too slowly for one; a connection that can no longer be written to is given up. */
function refuseNonsense(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const [status, reason, message] = NONSENSE[error.code ?? ''] ?? [
    400,
    'Bad Request',
    'Illegal characters found in a parameter.',
  ]
  const body = JSON.stringify(errorBody(new BinanceError({ code: -1100, message })))
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
  const closing = setTimeout(() => socket.destroy(), CLOSE_WITHIN_MS).unref()
  socket.once('close', () => clearTimeout(closing))
}

function describeUnknown(error: unknown): { message: string; code: string | null } {
  if (!(error instanceof Error)) return { message: 'not an Error', code: null }
  return { message: error.message, code: 'code' in error ? String(error.code) : null }
}

function notFound(request: FastifyRequest): BinanceError {
  return new BinanceError({
    code: -5000,
    message: `Path ${pathOf(request)}, Method ${request.method} is invalid`,
    status: 404,
  })
}

function isWallet(request: FastifyRequest): boolean {
  return pathOf(request).startsWith('/sapi/')
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}

/** The query string, byte for byte: signatures are over it. */
function queryOf(request: FastifyRequest): string {
  const at = request.url.indexOf('?')
  return at < 0 ? '' : request.url.slice(at + 1)
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

function apiKeyOf(request: FastifyRequest): string | null {
  return headerOf(request, 'x-mbx-apikey') ?? null
}

/** The client's address; an IPv4 one that came in over IPv6 is shown as IPv4. */
function addressOf(request: FastifyRequest): string {
  return request.ip.startsWith('::ffff:') ? request.ip.slice(7) : request.ip
}
