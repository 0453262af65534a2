import type { TRPCError } from '@trpc/server'
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import pg from 'pg'
import { z } from 'zod'
import type { PublicContext, Services } from './context.ts'
import { ServiceError } from './errors.ts'
import { sendRefusal } from './http-errors.ts'
import { answerJsonCalls, MAX_BATCH } from './json-calls.ts'
import { createRequestContext, hasSessionCookie } from './request-context.ts'
import { appRouter } from './router.ts'
import { refuseForeignGet, refuseForeignPost, refuseInsecurePost } from './same-origin.ts'
import { createStreamLimiter, type StreamLimiter, type StreamLimits } from './stream-limiter.ts'
import { toTrpcError } from './trpc.ts'

interface Options {
  services: Services
  /** The origin that is ours besides the one that a request came by. */
  publicUrl: string | null
  streamLimits?: StreamLimits | undefined
}

/** A parameter given twice comes as a list; it is refused as any other nonsense is. */
const Query = z.object({ batch: z.literal('1').optional(), input: z.string().optional() })

/** Mounts the API at `/trpc`. */
export function mountTrpc(app: FastifyInstance, { services, publicUrl, streamLimits }: Options): void {
  const streams = createStreamLimiter(streamLimits)
  app.route<{ Params: { '*': string } }>({
    method: ['GET', 'POST'],
    url: '/trpc/*',
    async onRequest(request, reply) {
      reply.header('cache-control', 'no-store')
      const caller = {
        headers: request.headers,
        ownOrigin: publicUrl ?? `${request.protocol}://${request.host}`,
        hasSessionCookie: hasSessionCookie(request),
      }
      const refusal =
        request.method === 'POST'
          ? (refuseInsecurePost(caller) ?? refuseForeignPost(caller))
          : refuseForeignGet(caller)
      if (refusal) return sendRefusal(reply, refusal)
    },
    handler: (request, reply) => answer({ services, streams, request, reply, path: request.params['*'] }),
  })
}

interface Call {
  services: Services
  streams: StreamLimiter
  request: FastifyRequest
  reply: FastifyReply
  path: string
}

async function answer({ services, streams, request, reply, path }: Call): Promise<FastifyReply> {
  const query = Query.safeParse(request.query)
  if (!query.success) {
    return sendRefusal(reply, {
      status: 400,
      reason: 'BAD_QUERY',
      message: 'The query string must hold "batch=1" and "input" once at most.',
    })
  }
  const json = await answerJsonCalls({
    router: appRouter,
    request: {
      method: request.method,
      path,
      batch: query.data.batch === '1',
      lines: request.headers['trpc-accept'] === 'application/jsonl',
      inputText: query.data.input,
      body: request.body,
    },
    createContext: () => createRequestContext({ services, request, reply }),
    onError: ({ error, path: name }) => logError({ request, error, path: name }),
  })
  if (json) return reply.code(json.status).type('application/json').send(json.body)
  return answerSubscription({ services, streams, request, reply, path })
}

async function answerSubscription(call: Call): Promise<FastifyReply> {
  const { services, streams, request, reply, path } = call
  const context = await createRequestContext({ services, request, reply })
  const refusal = takePlace({ streams, context, reply })
  if (refusal) return sendRefusal(reply, refusal)
  await fastifyRequestHandler({
    router: appRouter,
    req: request,
    res: reply,
    path,
    maxBatchSize: MAX_BATCH,
    createContext: () => context,
    onError: ({ error, path: name }) => logError({ request, error, path: name }),
  })
  return reply
}

/** Nobody's streams are not counted: they are refused as they begin. */
function takePlace(o: { streams: StreamLimiter; context: PublicContext; reply: FastifyReply }) {
  const { actor } = o.context
  if (!actor) return null
  const place = o.streams.open(actor)
  if ('status' in place) return place
  o.reply.raw.once('close', place.close)
  // Whoever left while they were looked up closes nothing any more.
  if (o.reply.raw.destroyed) place.close()
  return null
}

interface Failure {
  request: FastifyRequest
  error: TRPCError
  path: string | undefined
}

/** A refusal that a verb meant is a line; what nobody meant is an error with its cause. */
function logError({ request, error: thrown, path }: Failure): void {
  const error = toTrpcError(thrown)
  const { cause } = error
  if (error.code === 'INTERNAL_SERVER_ERROR') {
    request.log.error({ err: cause ?? error, path }, 'A procedure failed')
    return
  }
  const reason = cause instanceof ServiceError ? cause.reason : error.code
  if (cause instanceof ServiceError && cause.kind === 'unavailable') {
    // The person is told that something does not answer; what it is, is the operator's to read here.
    request.log.warn({ err: cause.cause ?? cause, path, reason }, 'A call could not be served')
    return
  }
  if (cause instanceof ServiceError && cause.cause instanceof pg.DatabaseError) {
    // Our fault after all, if a small one: a schema that is too wide, or an order of locks.
    request.log.warn({ err: cause.cause, path, reason }, 'A call was refused by the database')
    return
  }
  request.log.info({ path, reason }, 'A call was refused')
}
