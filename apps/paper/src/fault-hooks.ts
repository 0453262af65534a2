import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { BinanceError, errorBody } from './errors.ts'
import { type Fault, LONGEST_DELAY_MS } from './faults.ts'
import { addressBanned, tooManyRequests } from './limits.ts'
import type { Venue } from './venue.ts'

/** What a gateway in front of an exchange sends instead of an answer. */
const GATEWAY_PAGE =
  '<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head><body><h1>502 Bad gateway</h1></body></html>\n'

/**
 * Does what the faults do before a request is carried out: waits, answers in its place, or cuts the connection.
 * Returns true when the request has been dealt with.
 */
export async function faultBefore(o: {
  venue: Venue
  faults: readonly Fault[]
  request: FastifyRequest
  reply: FastifyReply
  now: number
}): Promise<boolean> {
  for (const fault of o.faults) {
    if (fault.kind === 'latency') await pause(fault.ms, o.request)
    else if (await answerInstead({ ...o, fault })) return true
  }
  return false
}

async function answerInstead(o: {
  venue: Venue
  fault: Fault
  request: FastifyRequest
  reply: FastifyReply
  now: number
}): Promise<boolean> {
  const { fault, reply, request } = o
  switch (fault.kind) {
    case 'tooManyRequests':
      return sendError(reply, tooManyRequests(o.venue.weightLimit, fault.retryAfter))
    case 'banned':
      return sendError(reply, addressBanned(o.now + fault.retryAfter * 1_000, fault.retryAfter))
    case 'maintenance':
      return sendError(
        reply,
        new BinanceError({ code: 1, message: 'System is under maintenance.', status: 503 }),
      )
    case 'serverError':
      return sendServerError(reply, fault)
    case 'html':
      return send(reply.status(200).type('text/html; charset=utf-8'), GATEWAY_PAGE)
    case 'emptyBody':
      return send(reply.status(200).type('application/json; charset=utf-8'), '')
    case 'redirect':
      return send(reply.status(302).header('location', fault.location), '')
    case 'droppedRequest':
      reply.hijack()
      request.raw.socket.destroy()
      return true
    case 'hungHeaders':
      reply.hijack()
      setTimeout(() => request.raw.socket.destroy(), LONGEST_DELAY_MS).unref()
      return true
    default:
      return false
  }
}

async function send(reply: FastifyReply, body: string): Promise<true> {
  await reply.send(body)
  return true
}

/** Answers with an error, as the exchange does. */
export async function sendError(reply: FastifyReply, error: BinanceError): Promise<true> {
  reply.status(error.status)
  if (error.retryAfter !== null) reply.header('retry-after', String(error.retryAfter))
  await reply.send(errorBody(error))
  return true
}

async function sendServerError(
  reply: FastifyReply,
  fault: Extract<Fault, { kind: 'serverError' }>,
): Promise<true> {
  if (fault.body === 'html') return send(reply.status(fault.status).type('text/html'), GATEWAY_PAGE)
  if (fault.body === 'empty') return send(reply.status(fault.status), '')
  const message = 'Internal error; unable to process your request. Please try again.'
  return sendError(reply, new BinanceError({ code: -1001, message, status: fault.status }))
}

/** What becomes of an answer after the request was carried out. */
export function faultAfter(o: {
  faults: readonly Fault[]
  request: FastifyRequest
  reply: FastifyReply
  payload: unknown
}): unknown {
  const { faults, request, reply, payload } = o
  if (typeof payload !== 'string') return payload
  if (faults.some((fault) => fault.kind === 'droppedReply')) {
    request.raw.socket.destroy()
    return payload
  }
  const cut = payload.slice(0, Math.max(1, Math.floor(payload.length / 2)))
  if (faults.some((fault) => fault.kind === 'hungBody')) {
    reply.removeHeader('content-length')
    return hanging(cut)
  }
  if (!faults.some((fault) => fault.kind === 'cutJson')) return payload
  reply.header('content-length', Buffer.byteLength(cut))
  return cut
}

/** Sends a text and then nothing, with the connection left open, until the time for that is up. */
function hanging(text: string): Readable {
  const body = new Readable({ read() {} })
  body.push(text)
  const timer = setTimeout(() => body.destroy(), LONGEST_DELAY_MS)
  timer.unref()
  body.once('close', () => clearTimeout(timer))
  return body
}

/** Waits; ends early when the client gives up. */
function pause(milliseconds: number, request: FastifyRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      request.raw.socket.off('close', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    request.raw.socket.once('close', done)
  })
}
