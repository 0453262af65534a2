import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type pg from 'pg'
import { createClient } from '../connections.ts'

/** A pooler in front of one database, as far as a start of ours can tell it from pgbouncer. */
export interface TestPooler {
  url: string
  close(): Promise<void>
}

export interface TestPoolerOptions {
  /** The database, with the role and the password that every client gets. */
  url: string
  mode: 'transaction' | 'session'
  /** Connections to the database at most; a client that finds none waits. */
  size: number
  /** Which of the free connections is lent next: pgbouncer takes the one used last, or goes round. */
  order: 'last-used' | 'round-robin'
}

const SSL_REQUEST = 80_877_103
const STARTUP = 196_608

/**
 * Speaks as much of PostgreSQL's protocol as a pooler must (PostgreSQL documentation, "Message Formats"): it answers
 * the startup itself, lends a client a connection when it sends something, and takes it back when the database is
 * ready for a query outside of a transaction, or in session mode when the client has gone. Clients need no password.
 */
export async function startTestPooler(o: TestPoolerOptions): Promise<TestPooler> {
  const free: Socket[] = []
  const waiting: ((connection: Socket) => void)[] = []
  const opened = new Set<pg.Client>()
  const sockets = new Set<Socket>()

  async function lend(): Promise<Socket> {
    const next = o.order === 'last-used' ? free.pop() : free.shift()
    if (next) return next
    if (opened.size < o.size) return connect()
    return new Promise((resolve) => waiting.push(resolve))
  }

  /** Signs in by the usual client, and then takes its line over. */
  async function connect(): Promise<Socket> {
    const client = createClient({ connectionString: o.url })
    opened.add(client)
    await client.connect()
    // The border to an inside of pg that its types leave out.
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
    stream.removeAllListeners('data')
    return stream
  }

  function giveBack(connection: Socket): void {
    connection.removeAllListeners('data')
    const next = waiting.shift()
    if (next) next(connection)
    else free.push(connection)
  }

  async function serve(client: Socket): Promise<void> {
    let lent: Socket | null = null
    /** Queries sent that the database has not said to be ready after. */
    let unanswered = 0
    client.on('error', () => undefined)
    client.on('close', () => lent && giveBack(lent))
    for await (const { type, bytes } of messages(client, { startup: true })) {
      if (type === SSL_REQUEST) client.write('N')
      else if (type === STARTUP) client.write(GREETING)
      else if (type === TERMINATE) break
      else {
        lent ??= await borrow()
        if (type === QUERY || type === SYNC) unanswered += 1
        lent.write(bytes)
      }
    }
    client.end()

    async function borrow(): Promise<Socket> {
      const connection = await lend()
      const read = messageReader()
      connection.on('data', (part) => {
        for (const { type, bytes } of read(part)) {
          if (!client.destroyed) client.write(bytes)
          if (type !== READY) continue
          unanswered -= 1
          const isIdle = bytes[5] === IDLE && unanswered === 0
          if (o.mode === 'session' || !isIdle) continue
          lent = null
          giveBack(connection)
        }
      })
      return connection
    }
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    void serve(socket).catch(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The pooler has no port.')
  const url = new URL(o.url)
  url.hostname = '127.0.0.1'
  url.port = String(address.port)
  return {
    url: url.href,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await Promise.all([...opened].map(disconnect))
    },
  }
}

/** The line is not the client's any more: it would wait for an answer to its farewell. */
async function disconnect(client: pg.Client): Promise<void> {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  client.on('error', () => undefined)
  stream.destroy()
}

const code = (letter: string) => letter.charCodeAt(0)
const [QUERY, SYNC, TERMINATE, READY, IDLE] = [code('Q'), code('S'), code('X'), code('Z'), code('I')]

/** AuthenticationOk and ReadyForQuery. */
const GREETING = Buffer.from([code('R'), 0, 0, 0, 8, 0, 0, 0, 0, READY, 0, 0, 0, 5, IDLE])

interface Message {
  /** The letter that it begins with; for those of a startup the number inside. */
  type: number
  bytes: Buffer
}

/** Cuts what arrives into messages: each says its length, and all but those of a startup what it is before that. */
function messageReader({ startup = false } = {}): (part: Buffer) => Message[] {
  let rest = Buffer.alloc(0)
  let isStarting = startup
  return (part) => {
    rest = Buffer.concat([rest, part])
    const found: Message[] = []
    for (;;) {
      const head = isStarting ? 0 : 1
      if (rest.length < head + 4) return found
      const length = head + rest.readInt32BE(head)
      if (rest.length < length) return found
      const type = isStarting ? rest.readInt32BE(4) : rest.readUInt8(0)
      found.push({ type, bytes: rest.subarray(0, length) })
      rest = rest.subarray(length)
      if (type === STARTUP) isStarting = false
    }
  }
}

async function* messages(socket: Socket, o: { startup: boolean }): AsyncGenerator<Message> {
  const read = messageReader(o)
  for await (const part of socket) yield* read(part)
}
