import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '@opentrade/db'
import { type Logger, pino } from 'pino'
import { createVenueClock } from './clock.ts'
import { createFaultRegistry } from './faults.ts'
import { createHttp } from './http.ts'
import { createWeightLimits } from './limits.ts'
import { openMarketSource } from './market/open-source.ts'
import type { ReplayStart } from './market/replay.ts'
import { createOrderCounts } from './order-counts.ts'
import { readKeySeed } from './store/keys.ts'
import { settleAll } from './trading/settle.ts'
import type { Venue } from './venue.ts'

/** Binance's weight per address and minute under /api, and under /sapi. */
const USUAL_WEIGHT_LIMIT = 6_000
const WALLET_WEIGHT_FACTOR = 2

/** How often open orders are looked at when nobody asks for them. */
const SETTLE_EVERY_MS = 2_000

export interface StartPaperOptions {
  /** Its tables must be there; the caller closes it, after `close`. */
  database: Pick<Database, 'pool'>
  /** 0, the default, takes a free port. */
  port?: number
  host?: string
  adminToken: string
  seed?: string
  /** `seeded` (the default), `replay:<file>` or `live:<base url>`. */
  market?: string
  /** When a replay's first candle opens; now by default. */
  replayStart?: ReplayStart
  /** Unix milliseconds; the machine's clock by default. */
  clock?: () => number
  /** Request weight of an address in a minute under /api; twice as much under /sapi. 6000 by default. */
  weightLimit?: number
  /** Milliseconds for a request to arrive in full; 30 seconds by default. */
  receiveWithinMs?: number
  logger?: Logger
}

/** A paper exchange that answers. */
export interface Paper {
  /** Its base URL, without a slash at the end. */
  url: string
  /** Ends connections and the matching of orders; the database stays open. */
  close(): Promise<void>
}

/** Starts a paper exchange on a loopback address. @throws Error when its market or its port cannot be opened. */
export async function startPaper(options: StartPaperOptions): Promise<Paper> {
  const clock = createVenueClock(options.clock)
  const seed = options.seed ?? 'opentrade'
  const weightLimit = options.weightLimit ?? USUAL_WEIGHT_LIMIT
  const venue: Venue = {
    pool: options.database.pool,
    clock,
    source: await openMarketSource({
      mode: options.market ?? 'seeded',
      seed,
      now: clock.now(),
      ...(options.replayStart === undefined ? {} : { replayStart: options.replayStart }),
    }),
    limits: {
      api: createWeightLimits({ limit: weightLimit }),
      sapi: createWeightLimits({ limit: weightLimit * WALLET_WEIGHT_FACTOR }),
    },
    weightLimit,
    orderCounts: createOrderCounts(),
    faults: createFaultRegistry(),
    keySeed: await readKeySeed(options.database.pool),
    seed,
    logger: options.logger ?? pino({ level: 'silent' }),
  }
  const app = createHttp({
    ...{ venue, adminToken: options.adminToken },
    ...(options.receiveWithinMs !== undefined && { receiveWithinMs: options.receiveWithinMs }),
  })
  const url = await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' })
  const stopped = new AbortController()
  const settling = keepSettling(venue, stopped.signal)

  return {
    url,
    async close() {
      stopped.abort()
      await app.close()
      await settling
      venue.source.close()
    },
  }
}

/** Fills resting orders as the market moves, also while nobody reads them. */
async function keepSettling(venue: Venue, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(SETTLE_EVERY_MS, undefined, { signal, ref: false }).catch(() => {})
    if (signal.aborted) return
    try {
      const now = venue.clock.now()
      await venue.source.refresh(now)
      await settleAll(venue, now)
    } catch (error) {
      const message = error instanceof Error ? error.message : 'not an Error'
      venue.logger.error({ message }, 'open orders could not be settled; trying again')
    }
  }
}
