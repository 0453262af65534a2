import { createClient, type Database } from '@opentrade/db'
import type pg from 'pg'
import type { Logger } from 'pino'
import { AppEvent, EVENTS_CHANNEL, type Events, publishEvent } from './events.ts'

const PING_EVERY_MS = 300
/** What was heard is trusted for so long after the sending of the last ping that was answered. */
const TRUSTED_MS = 900
const ANSWER_WITHIN_MS = 5_000
const RETRY_FIRST_MS = 50
const RETRY_AT_MOST_MS = 2_000

interface Subscriber {
  handler: (event: AppEvent) => void
  onGap: (() => void) | undefined
}

/**
 * Listens on a connection of its own and keeps it alive: a lost one is noticed by its error, or by a ping
 * without an answer, and is made anew until `close`.
 * @throws when the first connection cannot be made
 */
export async function openPostgresEvents(o: { db: Database; log: Logger }): Promise<Events> {
  const subscribers = new Set<Subscriber>()
  let client: pg.Client | null = null
  let closed = false
  let timer: NodeJS.Timeout | null = null
  // By a clock that nobody sets.
  let confirmedAt = Number.NEGATIVE_INFINITY

  async function connect(): Promise<void> {
    const next = createClient({
      connectionString: o.db.url,
      application_name: 'opentrade events',
      query_timeout: ANSWER_WITHIN_MS,
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
    })
    next.on('notification', (message) => hear(message.payload ?? ''))
    next.on('error', (error) => lose({ lost: next, error }))
    next.on('end', () => lose({ lost: next, error: new Error('The connection ended.') }))
    try {
      await next.connect()
      const sentAt = performance.now()
      await next.query(`LISTEN ${EVENTS_CHANNEL}`)
      confirmedAt = sentAt
    } catch (error) {
      await next.end().catch(() => undefined)
      throw error
    }
    if (closed) return next.end()
    client = next
    schedule(PING_EVERY_MS, ping)
  }

  function hear(payload: string): void {
    const event = parse(payload)
    if (!event) {
      o.log.warn('An event of another version was ignored')
      return
    }
    for (const subscriber of subscribers) subscriber.handler(event)
  }

  function lose({ lost, error }: { lost: pg.Client; error: unknown }): void {
    if (client !== lost) return
    client = null
    void lost.end().catch(() => undefined)
    if (closed) return
    o.log.warn({ err: error }, 'The connection for events was lost')
    tellGap()
    schedule(0, () => reconnect(RETRY_FIRST_MS))
  }

  async function reconnect(waitMs: number): Promise<void> {
    try {
      await connect()
      tellGap()
    } catch (error) {
      o.log.warn({ err: error }, 'The connection for events could not be made; it is tried again')
      schedule(waitMs, () => reconnect(Math.min(waitMs * 2, RETRY_AT_MOST_MS)))
    }
  }

  async function ping(): Promise<void> {
    const current = client
    if (!current) return
    try {
      const sentAt = performance.now()
      await current.query('SELECT 1')
      // Lost in the same moment as it answered: the timer is that of the new connection by now.
      if (client !== current) return
      // What was published before came over the same connection before this answer.
      confirmedAt = sentAt
      schedule(PING_EVERY_MS, ping)
    } catch (error) {
      lose({ lost: current, error })
    }
  }

  function schedule(waitMs: number, run: () => Promise<void>): void {
    if (closed) return
    if (timer) clearTimeout(timer)
    timer = setTimeout(() => void run(), waitMs)
    timer.unref()
  }

  function tellGap(): void {
    for (const subscriber of subscribers) subscriber.onGap?.()
  }

  await connect()
  return {
    publish: (event) => publishEvent(o.db.pool, event),
    subscribe(handler, onGap) {
      const subscriber = { handler, onGap }
      subscribers.add(subscriber)
      return () => subscribers.delete(subscriber)
    },
    listening: () => client !== null,
    current: () => client !== null && performance.now() - confirmedAt < TRUSTED_MS,
    async close() {
      closed = true
      if (timer) clearTimeout(timer)
      const last = client
      client = null
      await last?.end().catch(() => undefined)
    },
  }
}

function parse(payload: string): AppEvent | null {
  try {
    return AppEvent.parse(JSON.parse(payload))
  } catch {
    return null
  }
}
