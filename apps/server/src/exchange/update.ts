import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { notFound, ServiceError } from '../errors.ts'
import { catalogueEntry, PAPER } from './catalogue.ts'
import { describeExchange } from './describe.ts'
import { forgetExchange } from './get.ts'
import type { ExchangeDetails, UpdateExchange } from './schemas.ts'

/**
 * Changes where an exchange is reached and whether keys can be added. What is left out stays; null gives back the
 * exchange's own host. For administrators; the router sees to that. Other processes follow within three seconds.
 * @throws ServiceError `NOT_FOUND`, `URL_IS_MANAGED`
 */
export async function updateExchange(o: {
  ctx: UserContext
  input: UpdateExchange
}): Promise<ExchangeDetails> {
  const { services, actor } = o.ctx
  const { exchangeId, ...changes } = o.input
  if (!catalogueEntry(exchangeId)) throw notFound('exchange')
  if (exchangeId === PAPER) refuseManagedUrls(o.input)

  await services.db.withUserSql(actor.userId, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE exchanges SET
         api_base_url = CASE WHEN $2 THEN $3 ELSE api_base_url END,
         ws_base_url = CASE WHEN $4 THEN $5 ELSE ws_base_url END,
         is_active = COALESCE($6, is_active)
       WHERE exchange_id = $1`,
      [
        exchangeId,
        changes.apiBaseUrl !== undefined,
        changes.apiBaseUrl ?? null,
        changes.wsBaseUrl !== undefined,
        changes.wsBaseUrl ?? null,
        changes.isActive ?? null,
      ],
    )
    if (rowCount === 0) throw notFound('exchange')
    await recordAct(client, {
      actor,
      action: 'exchange.updated',
      target: `exchange:${exchangeId}`,
      detail: changes,
    })
  })
  forgetExchange({ services, exchangeId })
  return describeExchange({ ctx: o.ctx, input: { exchangeId } })
}

/** Each start of the paper exchange writes its address; one given by hand would be lost, or send keys elsewhere. */
function refuseManagedUrls(input: UpdateExchange): void {
  const fields: Record<string, string> = {}
  const sentence = 'The address of the paper exchange is set each time it starts.'
  if (input.apiBaseUrl !== undefined) fields.apiBaseUrl = sentence
  if (input.wsBaseUrl !== undefined) fields.wsBaseUrl = sentence
  if (Object.keys(fields).length === 0) return
  throw new ServiceError({ kind: 'invalid', reason: 'URL_IS_MANAGED', message: sentence, fields })
}
