import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it came in, whole. */
export interface LoopbackRequest {
  method: string
  /** With its query. */
  path: string
  /** By lower-case name. */
  headers: Record<string, string>
  body: Buffer
}

export interface LoopbackAnswer {
  status: number
  headers?: Record<string, string>
  /** An object is sent as JSON. */
  body?: unknown
}

/**
 * What goes wrong instead of an answer: `hang` never answers, `half` stops in the middle, `cut` closes the
 * connection, `garbage` is a page, `huge` is 5 MB of JSON; or an answer of one's own.
 */
export type LoopbackFault = 'hang' | 'half' | 'cut' | 'garbage' | 'huge' | LoopbackAnswer

/** A server on 127.0.0.1 that answers as it is told, or fails as it is told. */
export interface Loopback {
  url: string
  /** Every request since the start, oldest first. */
  requests: LoopbackRequest[]
  /** Asked before each request; null: answer it. */
  fault: (request: LoopbackRequest) => LoopbackFault | null
  close(): Promise<void>
}

/** Starts a server on a free port. */
export async function startLoopback(
  answer: (request: LoopbackRequest) => LoopbackAnswer | Promise<LoopbackAnswer>,
): Promise<Loopback> {
  const server = createServer((incoming, response) => {
    void serve({ loopback, incoming, response, answer })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // A listening TCP server has no other kind of address.
  const loopback: Loopback = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    fault: () => null,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return loopback
}

async function serve(o: {
  loopback: Loopback
  incoming: IncomingMessage
  response: ServerResponse
  answer: (request: LoopbackRequest) => LoopbackAnswer | Promise<LoopbackAnswer>
}): Promise<void> {
  const request = await readRequest(o.incoming)
  if (!request) return
  o.loopback.requests.push(request)
  const fault = o.loopback.fault(request)
  if (fault === null) send(o.response, await o.answer(request))
  else if (typeof fault === 'object') send(o.response, fault)
  else fail(o.response, fault)
}

async function readRequest(incoming: IncomingMessage): Promise<LoopbackRequest | null> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of incoming) chunks.push(chunk)
  } catch {
    // The client went away in the middle: there is nobody to answer.
    return null
  }
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : (value ?? ''),
    ]),
  )
  return { method: incoming.method ?? '', path: incoming.url ?? '', headers, body: Buffer.concat(chunks) }
}

function send(response: ServerResponse, { status, headers, body }: LoopbackAnswer): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
  response.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body))
}

function fail(response: ServerResponse, fault: Exclude<LoopbackFault, LoopbackAnswer>): void {
  if (fault === 'hang') return
  if (fault === 'cut') {
    response.destroy()
  } else if (fault === 'half') {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' })
    response.write('{"data":{')
  } else if (fault === 'garbage') {
    send(response, { status: 200, body: '<html>Welcome</html>' })
  } else {
    send(response, { status: 200, body: { data: 'x'.repeat(5_000_000) } })
  }
}
