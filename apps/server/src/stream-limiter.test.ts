import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestServer, type TestServer } from './testing/start-test-server.ts'
import type { TestClient, WireError } from './testing/test-client.ts'

const LIMITS = { perCaller: 3, perPerson: 5, inAll: 9 }
const PATH = '/trpc/wallets.onSync'
const ACCEPT = { accept: 'text/event-stream' }

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ streamLimits: LIMITS })
})
afterAll(() => server.close())

interface Stream {
  status: number
  reason: string | undefined
  message: string | undefined
  close: () => void
}

async function open(fetched: (signal: AbortSignal) => Promise<Response>): Promise<Stream> {
  const stop = new AbortController()
  const response = await fetched(stop.signal)
  // The border of the test: a refusal is asserted by whoever opened the stream.
  const body = response.ok ? undefined : ((await response.json()) as { error: WireError })
  return {
    status: response.status,
    reason: body?.error.data.reason,
    message: body?.error.message,
    close: () => stop.abort(),
  }
}

const openAs = (client: TestClient) => open((signal) => client.fetch(PATH, { headers: ACCEPT, signal }))

const openWith = (token: string) =>
  open((signal) =>
    fetch(`${server.url}${PATH}`, { headers: { ...ACCEPT, authorization: `Bearer ${token}` }, signal }),
  )

async function openMany(count: number, one: () => Promise<Stream>): Promise<Stream[]> {
  const streams: Stream[] = []
  for (let at = 0; at < count; at += 1) streams.push(await one())
  return streams
}

const statuses = (streams: Stream[]) => streams.map(({ status }) => status)
const closeAll = (streams: Stream[]) => {
  for (const stream of streams) stream.close()
}

/** Opens one as soon as there is a place again. */
async function openAgain(one: () => Promise<Stream>): Promise<Stream> {
  let stream: Stream | undefined
  await expect
    .poll(async () => {
      stream = await one()
      return stream.status
    })
    .toBe(200)
  if (!stream) throw new Error('There is no stream.')
  return stream
}

it('a session has so many streams, hears why it has no more, and gets one when one has ended', async () => {
  const client = server.client()
  await client.signUp()
  const streams = await openMany(LIMITS.perCaller, () => openAs(client))
  expect(statuses(streams)).toEqual([200, 200, 200])
  const refused = await openAs(client)
  expect(refused).toMatchObject({ status: 429, reason: 'TOO_MANY_STREAMS' })
  expect(refused.message).toContain('3 event streams')
  // What ends at once and what is no stream costs none.
  expect((await client.query('wallets.list')).status).toBe(200)
  streams[0]?.close()
  streams.push(await openAgain(() => openAs(client)))
  expect((await openAs(client)).status).toBe(429)
  closeAll(streams)
  streams.push(...(await openMany(LIMITS.perCaller, () => openAgain(() => openAs(client)))))
  closeAll(streams)
})

it('a connection that breaks gives its stream back', async () => {
  const client = server.client()
  await client.signUp()
  const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const { hostname, port, host } = new URL(server.url)
  const sockets = await Promise.all(
    Array.from({ length: LIMITS.perCaller }, async () => {
      const socket = connect({ host: hostname, port: Number(port) })
      socket.write(
        `GET ${PATH} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/event-stream\r\nCookie: ${cookie}\r\n\r\n`,
      )
      await new Promise((resolve) => socket.once('data', resolve))
      return socket
    }),
  )
  expect((await openAs(client)).status).toBe(429)
  for (const socket of sockets) socket.resetAndDestroy()
  const again = await openMany(LIMITS.perCaller, () => openAgain(() => openAs(client)))
  closeAll(again)
})

it('tokens have their own, a person has so many by all means together, and the process in all', async () => {
  const [ada, bob] = [server.client(), server.client()]
  await ada.signUp()
  await bob.signUp()
  const createToken = () =>
    ada.mutateData<{ token: string }>('apiTokens.create', {
      ...{ name: 'a program', scopes: ['read'], expiresInDays: 1 },
    })
  const [one, other] = [await createToken(), await createToken()]
  const streams = await openMany(3, () => openWith(one.token))
  expect(statuses(streams)).toEqual([200, 200, 200])
  expect((await openWith(one.token)).reason).toBe('TOO_MANY_STREAMS')
  streams.push(await openWith(other.token), await openAs(ada))
  expect(statuses(streams)).toEqual([200, 200, 200, 200, 200])
  expect((await openAs(ada)).message).toContain('5 event streams')
  expect((await openWith(other.token)).reason).toBe('TOO_MANY_STREAMS')

  streams.push(...(await openMany(3, () => openAs(bob))))
  const cyd = server.client()
  await cyd.signUp()
  streams.push(await openAs(cyd))
  expect(statuses(streams.slice(5))).toEqual([200, 200, 200, 200])
  const refused = await openAs(cyd)
  expect(refused).toMatchObject({ status: 503, reason: 'BUSY' })
  closeAll(streams)
  closeAll([await openAgain(() => openAs(cyd))])
})

it('streams that are refused as they begin take no place', async () => {
  const client = server.client()
  const user = await client.signUp()
  const nobody = server.client()
  await openMany(LIMITS.inAll + 1, () => openAs(nobody))
  const wrongInput = () => open((signal) => client.fetch(`${PATH}?input=7`, { headers: ACCEPT, signal }))
  await openMany(LIMITS.perCaller + 1, wrongInput)
  expect(user.role).toBe('user')
  closeAll(await openMany(LIMITS.perCaller, () => openAgain(() => openAs(client))))
})
