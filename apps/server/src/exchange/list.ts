import type { ExchangeInfo } from '@opentrade/exchange'
import type { UserContext } from '../context.ts'
import { catalogueEntry } from './catalogue.ts'
import { type ExchangeRow, readExchanges } from './queries.ts'
import type { ExchangeListing } from './schemas.ts'

/** Every exchange that can be connected with this version: the paper exchange first, then by name. */
export async function listExchanges(o: { ctx: UserContext }): Promise<ExchangeListing[]> {
  const rows = await readExchanges(o.ctx.services.db.pool)
  return rows.flatMap((row) => {
    const info = catalogueEntry(row.exchangeId)
    return info ? [toListing(row, info)] : []
  })
}

/** Joins what the database has of an exchange with what the catalogue says of it. */
export function toListing(row: ExchangeRow, info: ExchangeInfo): ExchangeListing {
  return {
    exchangeId: row.exchangeId,
    exchangeName: row.exchangeName,
    requiredCredentials: info.requiredCredentials,
    website: info.website,
    docs: info.docs,
    keysUrl: info.keysUrl,
    isActive: row.isActive,
  }
}
