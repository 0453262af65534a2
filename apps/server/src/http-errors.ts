import type { FastifyError, FastifyReply } from 'fastify'
import { asUnavailable } from './database-unavailable.ts'

/** The JSON of every refusal that happens outside a procedure: the shape that tRPC's clients read. */
interface ErrorBody {
  error: {
    message: string
    code: number
    data: { code: string; httpStatus: number; reason: string; retryAt?: string }
  }
}

/** JSON-RPC's number and tRPC's word for each status that the server answers with by itself. */
const CODES: Record<number, { code: number; word: string }> = {
  400: { code: -32600, word: 'BAD_REQUEST' },
  403: { code: -32003, word: 'FORBIDDEN' },
  404: { code: -32004, word: 'NOT_FOUND' },
  405: { code: -32005, word: 'METHOD_NOT_SUPPORTED' },
  408: { code: -32008, word: 'TIMEOUT' },
  413: { code: -32013, word: 'PAYLOAD_TOO_LARGE' },
  414: { code: -32600, word: 'BAD_REQUEST' },
  415: { code: -32015, word: 'UNSUPPORTED_MEDIA_TYPE' },
  421: { code: -32003, word: 'FORBIDDEN' },
  429: { code: -32029, word: 'TOO_MANY_REQUESTS' },
  431: { code: -32600, word: 'BAD_REQUEST' },
  500: { code: -32603, word: 'INTERNAL_SERVER_ERROR' },
  503: { code: -32603, word: 'SERVICE_UNAVAILABLE' },
}

export interface Refusal {
  status: number
  reason: string
  message: string
  /** When the same request may succeed. */
  retryAt?: Date
}

/** The body of a refusal; its status should be one of those that the table names. */
export function errorBody({ status, reason, message, retryAt }: Refusal): ErrorBody {
  const { code, word } = CODES[status] ?? { code: -32600, word: 'BAD_REQUEST' }
  const when = retryAt && { retryAt: retryAt.toISOString() }
  return { error: { message, code, data: { code: word, httpStatus: status, reason, ...when } } }
}

export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return reply.code(refusal.status).type('application/json').send(errorBody(refusal))
}

/** What Fastify itself refuses, and what the database is away for, in our words. Null: a fault of ours. */
export function refusalOf(error: FastifyError): Refusal | null {
  // A request whose client went away fails with what a lost connection to the database does, and a status of its own.
  const unavailable = isOfClient(error) ? null : asUnavailable(error)
  if (unavailable) {
    const { reason, message, retryAt } = unavailable
    return { status: 503, reason, message, ...(retryAt && { retryAt }) }
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { status: 413, reason: 'BODY_TOO_LARGE', message: 'The request is larger than 256 kB.' }
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { status: 415, reason: 'JSON_ONLY', message: 'Send the body as application/json.' }
    case 'FST_ERR_BAD_URL':
      return { status: 400, reason: 'BAD_URL', message: 'The address is not well formed.' }
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return { status: 400, reason: 'BAD_JSON', message: 'The body is not valid JSON.' }
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return { status: 414, reason: 'URL_TOO_LONG', message: 'The address is too long.' }
  }
  if (!isOfClient(error)) return null
  return { status: error.statusCode, reason: 'BAD_REQUEST', message: 'The request is not valid.' }
}

function isOfClient(error: FastifyError): error is FastifyError & { statusCode: number } {
  const { statusCode = 500 } = error
  return statusCode >= 400 && statusCode < 500
}
