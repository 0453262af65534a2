import { connect, createServer } from 'node:net'
import { uuidv7 } from '@opentrade/db'
import { createTestDatabase, type TestDatabase } from '@opentrade/db/testing'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AppEvent, EVENTS_CHANNEL, type Events, publishEvent } from './events.ts'
import { openPostgresEvents } from './postgres-events.ts'

let db: TestDatabase
let events: Events
let other: Events
const log = pino({ level: 'silent' })

beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())
beforeEach(async () => {
  events = await openPostgresEvents({ db, log })
  other = await openPostgresEvents({ db, log })
})
afterEach(async () => {
  await events.close()
  await other.close()
})

function walletEvent(): AppEvent {
  return { type: 'wallet', userId: uuidv7(), walletId: uuidv7() }
}

describe('events', () => {
  it('are heard in every process, until unsubscribed', async () => {
    const heard: AppEvent[] = []
    const unsubscribe = other.subscribe((event) => heard.push(event))
    const [first, second, third] = [walletEvent(), walletEvent(), walletEvent()]
    await events.publish(first)
    await events.publish(second)
    await expect.poll(() => heard).toEqual([first, second])
    unsubscribe()
    const later: AppEvent[] = []
    other.subscribe((event) => later.push(event))
    await events.publish(third)
    await expect.poll(() => later).toEqual([third])
    expect(heard).toEqual([first, second])
  })

  it('of a transaction are heard if and only if it commits', async () => {
    const heard: AppEvent[] = []
    other.subscribe((event) => heard.push(event))
    const [lost, kept] = [walletEvent(), walletEvent()]
    const client = await db.superuser.pool.connect()
    await client.query('BEGIN')
    await publishEvent(client, lost)
    await client.query('ROLLBACK')
    await client.query('BEGIN')
    await publishEvent(client, kept)
    await client.query('COMMIT')
    client.release()
    await expect.poll(() => heard).toEqual([kept])
  })

  it('that another version sends are ignored', async () => {
    const heard: AppEvent[] = []
    other.subscribe((event) => heard.push(event))
    for (const payload of ['', 'nonsense', '{"type":"later"}', '{"type":"wallet","userId":"1"}']) {
      await db.superuser.pool.query('SELECT pg_notify($1, $2)', [EVENTS_CHANNEL, payload])
    }
    const event = walletEvent()
    await events.publish(event)
    await expect.poll(() => heard).toEqual([event])
  })

  it('tell of a gap when the connection is lost and when it is back, and are heard again', async () => {
    let gaps = 0
    const heard: AppEvent[] = []
    other.subscribe(
      (event) => heard.push(event),
      () => {
        gaps += 1
      },
    )
    await db.superuser.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'opentrade events' AND datname = current_database()`,
    )
    await expect.poll(() => gaps).toBe(2)
    expect(other.listening()).toBe(true)
    const event = walletEvent()
    await events.publish(event)
    await expect.poll(() => heard).toEqual([event])
  })

  it('are heard again after the connection was lost in the same moment as it answered a ping', async () => {
    const line = await openCuttingLine(db.url)
    const cut = await openPostgresEvents({ db: { ...db, url: line.url }, log })
    try {
      const heard: AppEvent[] = []
      cut.subscribe((event) => heard.push(event))
      await line.cutAtNextAnswer()
      await expect.poll(() => line.connections()).toBe(2)
      await expect.poll(() => cut.listening()).toBe(true)
      const event = walletEvent()
      await events.publish(event)
      await expect.poll(() => heard).toEqual([event])
    } finally {
      await cut.close()
      await line.close()
    }
  })
})

/** What PostgreSQL says when an administrator ends a connection. */
function shutdownMessage(): Buffer {
  const fields = 'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'
  const message = Buffer.concat([Buffer.from('E'), Buffer.alloc(4), Buffer.from(fields)])
  message.writeInt32BE(message.length - 1, 1)
  return message
}

/** A line to PostgreSQL that can end a connection together with an answer, in one piece. */
async function openCuttingLine(databaseUrl: string) {
  const target = new URL(databaseUrl)
  let connections = 0
  let cut: (() => void) | null = null
  const server = createServer((near) => {
    connections += 1
    const far = connect({ host: target.hostname, port: Number(target.port) })
    near.pipe(far)
    far.on('data', (data) => {
      const isAnswer = data.includes('SELECT 1\0') && data.at(-6) === 'Z'.charCodeAt(0)
      if (!cut || !isAnswer) return void near.write(data)
      near.end(Buffer.concat([data, shutdownMessage()]))
      far.destroy()
      cut()
      cut = null
    })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => undefined)
      one.on('close', () => other.end())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  return {
    url: url.href,
    connections: () => connections,
    cutAtNextAnswer: () =>
      new Promise<void>((resolve) => {
        cut = resolve
      }),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
