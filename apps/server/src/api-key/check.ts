import type { UserContext } from '../context.ts'
import { judgeKey, type Verdict } from './judge.ts'
import { markAccepted, markRefused } from './mark.ts'
import { requireApiKey, requireSealedApiKey, type SealedApiKey } from './queries.ts'
import { asServiceError } from './refusal.ts'
import type { ApiKey, OneApiKey } from './schemas.ts'
import { startSync } from './start-sync.ts'

/**
 * Asks the exchange about a key now, and notes what it says. A refusal is an answer and not an error: the key comes
 * back with `refusedSince` and why, and with `isValid` false once the refusals have gone on for ten minutes. Any other
 * fault changes nothing. A wallet whose key was refused before is synced again when it is accepted.
 * @throws ServiceError `NOT_FOUND`, `RATE_LIMITED`, `EXCHANGE_UNAVAILABLE`, `VAULT_UNAVAILABLE`
 */
export async function checkApiKey(o: { ctx: UserContext; input: OneApiKey }): Promise<ApiKey> {
  const { ctx, input } = o
  const { services, actor } = ctx
  const reference = { userId: actor.userId, apiKeyId: input.apiKeyId }
  const key = await services.db.withUserSql(actor.userId, (client) => requireSealedApiKey(client, reference))
  const verdict = await judge({ ctx, key })
  if ('refusal' in verdict) await markRefused({ ctx, key, error: verdict.refusal })
  else await markAccepted({ ctx, key, check: verdict.check })
  if ('check' in verdict && key.refusedSince) await startSync({ ctx, walletId: key.walletId })
  return services.db.withUserSql(actor.userId, (client) => requireApiKey(client, reference))
}

async function judge(o: { ctx: UserContext; key: SealedApiKey }): Promise<Verdict> {
  try {
    return await judgeKey({ ...o, reason: 'check of the key' })
  } catch (error) {
    throw asServiceError(error)
  }
}
