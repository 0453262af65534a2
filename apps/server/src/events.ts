import type { Queryable } from '@opentrade/db'
import { z } from 'zod'

/** What processes tell each other through LISTEN/NOTIFY: ids only, never data. */
export const AppEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('wallet'), userId: z.uuid(), walletId: z.uuid() }),
  /** A rotation of keys moved on. */
  z.object({ type: z.literal('rotation'), rotationId: z.uuid() }),
  /** Somebody needs to know which root key each process wraps with now. */
  z.object({ type: z.literal('root-keys') }),
  /** Without a session id: all sessions of the user. */
  z.object({ type: z.literal('session-revoked'), userId: z.uuid(), sessionId: z.uuid().nullable() }),
  z.object({ type: z.literal('token-revoked'), userId: z.uuid(), tokenId: z.uuid() }),
  z.object({ type: z.literal('signing-keys-changed') }),
])
export type AppEvent = z.infer<typeof AppEvent>

/** Publishes to, and hears from, every process on the same database. */
export interface Events {
  publish: (event: AppEvent) => Promise<void>
  /**
   * Hears events until the returned function is called.
   * `onGap` is called when the connection was lost, and again when it is back: events may have been missed.
   */
  subscribe: (handler: (event: AppEvent) => void, onGap?: () => void) => () => void
  /** False while the connection is lost: nothing is heard. */
  listening: () => boolean
  /**
   * True when what was published up to a second ago has been heard for certain: the connection has answered since.
   * A connection that is half open, or a database that stalls, makes it false before anybody notices the loss.
   */
  current: () => boolean
  close: () => Promise<void>
}

export const EVENTS_CHANNEL = 'opentrade_events'

/** Publishes within the caller's transaction: it is heard when, and only when, that commits. */
export async function publishEvent(q: Queryable, event: AppEvent): Promise<void> {
  await q.query('SELECT pg_notify($1, $2)', [EVENTS_CHANNEL, JSON.stringify(event)])
}
