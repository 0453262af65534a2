import { type Queryable, seedExchanges } from '@opentrade/db'
import { listExchanges, paperExchange } from '@opentrade/exchange'
import { PAPER } from './catalogue.ts'

/** Brings the table of exchanges up to what this version knows. Run at each start; changes nothing when all is there. */
export async function seedCatalogue(q: Queryable): Promise<void> {
  await seedExchanges(q, { exchanges: [paperExchange, ...listExchanges()] })
}

/** Notes where the paper exchange answers; null when none runs, so that its keys are sent nowhere. */
export async function setPaperUrl(q: Queryable, o: { url: string | null }): Promise<void> {
  await q.query('UPDATE exchanges SET api_base_url = $2 WHERE exchange_id = $1', [PAPER, o.url])
}
