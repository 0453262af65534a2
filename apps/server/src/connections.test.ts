import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestServer, type TestServer } from './testing/start-test-server.ts'

/** More than the buffers of a connection hold. */
const LARGE_BYTES = 30_000_000
const POLL = { interval: 20, timeout: 20_000 }

let server: TestServer
/** One with the usual limits. */
let patient: TestServer
let webApp: string

beforeAll(async () => {
  webApp = mkdtempSync(join(tmpdir(), 'opentrade-web-'))
  writeFileSync(join(webApp, 'index.html'), '<!doctype html><title>OpenTrade</title>')
  writeFileSync(join(webApp, 'large.bin'), Buffer.alloc(LARGE_BYTES))
  const timeouts = { receiveWithinMs: 900, silentAtMostMs: 1_500, keepAliveMs: 1_200 }
  server = await startTestServer({ webApp, timeouts })
  patient = await startTestServer({ webApp })
})
afterAll(async () => {
  await patient.close()
  await server.close()
  rmSync(webApp, { recursive: true })
})

const HOST = 'Host: localhost\r\n'
const POST = `POST /trpc/auth.login HTTP/1.1\r\n${HOST}Sec-Fetch-Site: same-origin\r\n`
const JSON_TYPE = 'Content-Type: application/json\r\n'

interface Opened {
  socket: Socket
  /** All that was read so far. */
  text: () => string
  /** The server has closed its side. */
  ended: Promise<unknown>
}

/** A client that keeps its side open whatever the server does. */
async function open(text: string, { url } = server): Promise<Opened> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  let read = ''
  socket.on('data', (part) => {
    read += part
  })
  // Writing on after the server has closed is what some of these clients do.
  socket.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => {
    for (const event of ['end', 'close']) socket.once(event, () => resolve())
  })
  await once(socket, 'connect')
  socket.write(text)
  return { socket, text: () => read, ended }
}

/** What each sends, and what it then sends again and again. */
const UNFINISHED: Record<string, [start: string, trickle?: string]> = {
  nothing: [''],
  'half a request line': ['GET /heal'],
  'half its headers': [`GET /healthz HTTP/1.1\r\n${HOST}Accept: te`],
  'headers without end': [`GET /healthz HTTP/1.1\r\n${HOST}Accept: `, 'a'],
  'a byte of its body': [`${POST}${JSON_TYPE}Content-Length: 1000\r\n\r\n{`],
  'its body in trickles': [`${POST}${JSON_TYPE}Content-Length: 100000\r\n\r\n{`, ' '],
  'a chunk of its body': [`${POST}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`],
  'its body in small chunks': [`${POST}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
  'no body, refused before': [`${POST}Content-Type: text/plain\r\nContent-Length: 1000\r\n\r\n`],
  'half of a second request': [`GET /healthz HTTP/1.1\r\n${HOST}\r\nGET /hea`],
  'no second request': [`GET /healthz HTTP/1.1\r\n${HOST}\r\n`],
  'an upgrade': [`GET / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`],
  'a tunnel': [`CONNECT localhost:1 HTTP/1.1\r\n${HOST}\r\n`],
  'no HTTP': ['HELLO\r\n\r\n', 'x'],
}

it('a connection whose request never arrives in full is closed, also when its client leaves its side open', async () => {
  const all = await Promise.all(
    Object.entries(UNFINISHED).map(async ([what, [start, trickle]]) => ({
      ...{ what, trickle, ...(await open(start)) },
    })),
  )
  const trickling = setInterval(() => {
    for (const { socket, trickle } of all) if (trickle && socket.writable) socket.write(trickle)
  }, 10)
  const still = new Set(all.map(({ what }) => what))
  for (const { what, ended } of all) void ended.then(() => still.delete(what))
  await expect.poll(() => [...still], POLL).toEqual([])
  await expect.poll(server.connections, POLL).toBe(0)
  clearInterval(trickling)
  for (const { socket } of all) socket.destroy()
})

it('a late request is told so, fifty at a time', async () => {
  const text = `${POST}${JSON_TYPE}Content-Length: 1000\r\n\r\n{`
  const all = await Promise.all(Array.from({ length: 50 }, () => open(text)))
  for (const { socket, text: read, ended } of all) {
    await ended
    expect(read()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
    expect(read()).toContain('did not arrive in time')
    socket.destroy()
  }
  await expect.poll(server.connections, POLL).toBe(0)
})

it('a connection whose client reads no answer is closed', async () => {
  const { socket } = await open('')
  socket.pause()
  socket.write(`GET /large.bin HTTP/1.1\r\n${HOST}\r\n`)
  await expect.poll(server.connections, POLL).toBe(1)
  await expect.poll(server.connections, POLL).toBe(0)
  socket.destroy()
})

it('an event stream outlasts the limits of a request', async () => {
  const client = server.client()
  const user = await client.signUp()
  const stop = new AbortController()
  const stream = await client.fetch('/trpc/wallets.onSync', {
    headers: { accept: 'text/event-stream' },
    signal: stop.signal,
  })
  expect(stream.status).toBe(200)
  // Two that come one after the other have each been waited for as long as a request may take.
  for (let count = 0; count < 2; count += 1) {
    const { socket, ended } = await open('GET /heal')
    await ended
    socket.destroy()
  }
  const walletId = '0192d3e4-0000-7000-8000-000000000001'
  await server.services.events.publish({ type: 'wallet', userId: user.userId, walletId })
  let read = ''
  const decoder = new TextDecoder()
  for await (const part of stream.body ?? []) {
    read += decoder.decode(part, { stream: true })
    if (read.includes(walletId)) break
  }
  expect(read).toContain(walletId)
  stop.abort()
  await expect.poll(server.connections, POLL).toBe(0)
})

it.each([
  ['too large', `${POST}${JSON_TYPE}`, 413],
  ['too large, in chunks', `${POST}${JSON_TYPE}Transfer-Encoding: chunked\r\n`, 413],
  ['of another type', `${POST}Content-Type: text/plain\r\n`, 415],
  ['for another host', POST.replace('localhost', 'example.org') + JSON_TYPE, 421],
])('a client that sends a body %s to its end gets the answer', async (_what, head, status) => {
  const isChunked = head.includes('chunked')
  const piece = 'x'.repeat(100_000)
  const framing = isChunked ? '' : 'Content-Length: 2000000\r\n'
  const { socket, text } = await open(`${head}${framing}\r\n`, patient)
  const failed = once(socket, 'error').then(([error]) => error)
  for (let sent = 0; sent < 20; sent += 1) {
    await new Promise((resolve) => {
      socket.write(isChunked ? `${piece.length.toString(16)}\r\n${piece}\r\n` : piece, resolve)
    })
  }
  if (isChunked) socket.write('0\r\n\r\n')
  await expect.poll(text, POLL).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  socket.write(`GET /healthz HTTP/1.1\r\n${HOST}\r\n`)
  await expect.poll(text, POLL).toContain('HTTP/1.1 200 OK')
  socket.destroy()
  expect(await Promise.race([failed, Promise.resolve(null)])).toBeNull()
})
