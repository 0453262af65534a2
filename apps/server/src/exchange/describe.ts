import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { catalogueEntry } from './catalogue.ts'
import { toListing } from './list.ts'
import { readExchange } from './queries.ts'
import type { ExchangeDetails, GetExchange } from './schemas.ts'

/**
 * One exchange; an administrator also gets its hosts.
 * @throws ServiceError `NOT_FOUND`
 */
export async function describeExchange(o: {
  ctx: UserContext
  input: GetExchange
}): Promise<ExchangeDetails> {
  const { services, actor } = o.ctx
  const row = await readExchange(services.db.pool, o.input)
  const info = catalogueEntry(o.input.exchangeId)
  if (!row || !info) throw notFound('exchange')

  const listing = toListing(row, info)
  if (actor.role !== 'admin') return listing
  return { ...listing, apiBaseUrl: row.apiBaseUrl, wsBaseUrl: row.wsBaseUrl }
}
