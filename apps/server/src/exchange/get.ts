import type { Database } from '@opentrade/db'
import type { CredentialField } from '@opentrade/exchange'
import type { Services } from '../context.ts'
import { notFound } from '../errors.ts'
import { catalogueEntry } from './catalogue.ts'
import { type ExchangeRow, readExchange } from './queries.ts'

/** How long another process may go on with an exchange as it was before an administrator changed it. */
const CACHE_MS = 3_000

/** An exchange and how to reach it. */
export interface KnownExchange extends ExchangeRow {
  requiredCredentials: CredentialField[]
}

interface CacheEntry {
  row: Promise<ExchangeRow | undefined>
  readAt: number
}

/** One cache per database. Bounded by the catalogue: other ids are refused before they are looked up. */
const caches = new WeakMap<Database, Map<string, CacheEntry>>()

/**
 * An exchange by its id, remembered for three seconds.
 * @throws ServiceError `NOT_FOUND`
 */
export async function getExchange(o: { services: Services; exchangeId: string }): Promise<KnownExchange> {
  const info = catalogueEntry(o.exchangeId)
  const row = info && (await cachedRow(o))
  if (!info || !row) throw notFound('exchange')
  return { ...row, requiredCredentials: info.requiredCredentials }
}

/** Forgets what this process remembers of an exchange, because it was just changed. */
export function forgetExchange(o: { services: Services; exchangeId: string }): void {
  caches.get(o.services.db)?.delete(o.exchangeId)
}

function cachedRow(o: { services: Services; exchangeId: string }): Promise<ExchangeRow | undefined> {
  const cache = cacheOf(o.services.db)
  const known = cache.get(o.exchangeId)
  // The monotonic clock: a wall clock that is set back would keep an entry for longer.
  const now = performance.now()
  if (known && now - known.readAt < CACHE_MS) return known.row

  const row = readExchange(o.services.db.pool, o)
  cache.set(o.exchangeId, { row, readAt: now })
  row.catch(() => forgetExchange(o))
  return row
}

function cacheOf(database: Database): Map<string, CacheEntry> {
  const known = caches.get(database)
  if (known) return known
  const fresh = new Map<string, CacheEntry>()
  caches.set(database, fresh)
  return fresh
}
