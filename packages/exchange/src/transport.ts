import { pipeline, type Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { Agent, type Dispatcher, request } from 'undici'
import type { CcxtRequest, CcxtResponse } from './answers.ts'
import { TransportError } from './transport-error.ts'

/** One pool of connections for all accounts of the process; ccxt's own would be one per instance. */
const agent = new Agent({
  keepAliveTimeout: 30_000,
  connections: 64,
  pipelining: 1,
  autoSelectFamily: true,
})

/** How long and how large an answer may be. */
export interface TransportLimits {
  maxBodyBytes: number
  /** Milliseconds that one request may take from its sending to the last byte of its answer. */
  deadlineMs: () => number
  /** Aborts what is under way when the account is closed. */
  closed: AbortSignal
}

function decoded(response: Dispatcher.ResponseData): Readable {
  const encoding = response.headers['content-encoding']
  const unpack =
    encoding === 'gzip' || encoding === 'x-gzip'
      ? createGunzip()
      : encoding === 'br'
        ? createBrotliDecompress()
        : encoding === 'deflate'
          ? createInflate()
          : null
  if (unpack === null) return response.body
  // The reader below sees the failure of either stream, so there is nothing to do here.
  return pipeline(response.body, unpack, () => {})
}

async function readBody(response: Dispatcher.ResponseData, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of decoded(response)) {
    size += chunk.length
    if (size > maxBytes) throw new TransportError('too-large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function faultOf(options: { error: unknown; timedOut: boolean; closed: AbortSignal }): TransportError {
  const { error } = options
  if (error instanceof TransportError) return error
  if (options.timedOut) return new TransportError('timeout')
  if (options.closed.aborted) return new TransportError('closed')
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'UND_ERR_INVALID_ARG' || code === 'ERR_INVALID_CHAR') return new TransportError('unsendable')
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return new TransportError('timeout')
  // The cause is left out on purpose: messages of the socket layer name the URL, which may be signed.
  return new TransportError('network')
}

/**
 * Sends one request and reads its whole answer, within the deadline and the size limit. Redirects are not
 * followed. Throws TransportError.
 */
export async function send(options: {
  url: string
  request: CcxtRequest
  limits: TransportLimits
}): Promise<CcxtResponse> {
  const { url, limits } = options
  const { method, headers, body } = options.request
  if (limits.closed.aborted) throw new TransportError('closed')

  const controller = new AbortController()
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    controller.abort()
  }, limits.deadlineMs())
  const abort = (): void => controller.abort()
  limits.closed.addEventListener('abort', abort)
  try {
    const response = await request(url, {
      // ccxt names one of the methods that undici's type lists.
      method: method as Dispatcher.HttpMethod,
      headers: { 'accept-encoding': 'gzip, deflate, br', ...headers },
      body: body ?? null,
      signal: controller.signal,
      dispatcher: agent,
    })
    if (response.statusCode >= 300 && response.statusCode < 400) throw new TransportError('redirect')
    const bytes = await readBody(response, limits.maxBodyBytes)
    return {
      status: response.statusCode,
      statusText: '',
      headers: response.headers,
      text: async () => bytes.toString('utf8'),
      arrayBuffer: async () => new Uint8Array(bytes).buffer,
    }
  } catch (error) {
    controller.abort()
    throw faultOf({ error, timedOut, closed: limits.closed })
  } finally {
    clearTimeout(timer)
    limits.closed.removeEventListener('abort', abort)
  }
}
