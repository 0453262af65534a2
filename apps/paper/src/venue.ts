import type pg from 'pg'
import type { Logger } from 'pino'
import type { VenueClock } from './clock.ts'
import type { FaultRegistry } from './faults.ts'
import type { WeightLimits } from './limits.ts'
import type { MarketSource } from './market/source.ts'
import type { OrderCounts } from './order-counts.ts'

/** Everything that an endpoint works with. */
export interface Venue {
  pool: pg.Pool
  clock: VenueClock
  source: MarketSource
  /** Limits of /api and of /sapi: Binance counts them apart. */
  limits: { api: WeightLimits; sapi: WeightLimits }
  /** The weight that an address may use in a minute under /api. */
  weightLimit: number
  orderCounts: OrderCounts
  faults: FaultRegistry
  /** From this follow all API secrets. */
  keySeed: Uint8Array
  /** Chooses prices and starting balances. */
  seed: string
  logger: Logger
}
