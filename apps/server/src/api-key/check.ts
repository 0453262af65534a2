import { ExchangeError } from '@opentrade/exchange'
import type { UserContext } from '../context.ts'
import { getExchange } from '../exchange/get.ts'
import { markAccepted, markRefused } from './mark.ts'
import { withAccount } from './open-account.ts'
import { proveKey } from './prove.ts'
import { requireApiKey, requireSealedApiKey } from './queries.ts'
import { asServiceError } from './refusal.ts'
import type { ApiKey, OneApiKey } from './schemas.ts'

/**
 * Asks the exchange about a key now, and notes what it says. A refused key is an answer and not an error: it comes
 * back with `isValid` false and why. A fault that may pass changes nothing.
 * @throws ServiceError `NOT_FOUND`, `RATE_LIMITED`, `EXCHANGE_UNAVAILABLE`, `VAULT_UNAVAILABLE`
 */
export async function checkApiKey(o: { ctx: UserContext; input: OneApiKey }): Promise<ApiKey> {
  const { ctx, input } = o
  const { services, actor } = ctx
  const reference = { userId: actor.userId, apiKeyId: input.apiKeyId }
  const key = await services.db.withUserSql(actor.userId, (client) => requireSealedApiKey(client, reference))
  const exchange = await getExchange({ services, exchangeId: key.exchangeId })
  try {
    const rights = await withAccount({
      ctx,
      key,
      exchange,
      reason: 'check of the key',
      run: (account) => proveKey({ account, exchange, purpose: key.purpose }),
    })
    await markAccepted({ ctx, key, rights })
  } catch (error) {
    if (!(error instanceof ExchangeError) || !error.keyFault) throw asServiceError(error)
    await markRefused({ ctx, key, error })
  }
  return services.db.withUserSql(actor.userId, (client) => requireApiKey(client, reference))
}
