import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as the server saw it. */
interface SeenRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  body: string
}

/** What the server answers: a status, headers and a body, or no end of it. */
interface Reply {
  status?: number
  headers?: Record<string, string>
  /** Text as it is; anything else as JSON. */
  body?: unknown
  /** Sends nothing, or the headers and half of the body, and then waits for ever. */
  hang?: 'headers' | 'body'
  /** Sends half of the body and drops the connection. */
  cut?: boolean
}

/** A server on loopback that answers each path with what a test gives it. */
export interface ReplayServer {
  url: string
  /** All requests in their order. */
  seen: SeenRequest[]
  /** Answers a path, whatever its query; a function decides anew each time. */
  on(path: string, reply: Reply | ((request: SeenRequest) => Reply)): void
  /** Answers every path that has no reply of its own. */
  onAny(reply: (request: SeenRequest) => Reply): void
  /** Answers every path of a table with the JSON beside it. */
  onAll(bodies: Record<string, unknown>): void
  /** How often a path was asked. */
  count(path: string): number
  /** Forgets the requests seen, not the replies. */
  forget(): void
  close(): Promise<void>
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body ?? '')
}

function play(reply: Reply, response: ServerResponse): void {
  if (reply.hang === 'headers') return
  const text = textOf(reply.body)
  response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers })
  if (reply.hang === undefined && reply.cut !== true) {
    response.end(text)
    return
  }
  response.write(text.slice(0, Math.ceil(text.length / 2)), () => {
    if (reply.cut === true) response.destroy()
  })
}

/** Starts a server on a free port of loopback. */
export async function startReplayServer(): Promise<ReplayServer> {
  const replies = new Map<string, Reply | ((request: SeenRequest) => Reply)>()
  const seen: SeenRequest[] = []
  let anyReply = (_request: SeenRequest): Reply => ({ status: 404, body: { message: 'no such path here' } })
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const url = new URL(incoming.url ?? '/', 'http://replay')
    const request: SeenRequest = {
      method: incoming.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    }
    seen.push(request)
    const reply = replies.get(url.pathname) ?? anyReply
    play(typeof reply === 'function' ? reply(request) : reply, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on TCP has this kind of address.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    on: (path, reply) => {
      replies.set(path, reply)
    },
    onAny: (reply) => {
      anyReply = reply
    },
    onAll: (bodies) => {
      for (const [path, body] of Object.entries(bodies)) replies.set(path, { body })
    },
    count: (path) => seen.filter((request) => request.path === path).length,
    forget: () => {
      seen.length = 0
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)))
      })
    },
  }
}
