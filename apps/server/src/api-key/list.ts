import type { UserContext } from '../context.ts'
import { readApiKeys } from './queries.ts'
import type { ApiKey } from './schemas.ts'

/** The person's keys, the oldest first. */
export function listApiKeys(o: { ctx: UserContext }): Promise<ApiKey[]> {
  const { services, actor } = o.ctx
  return services.db.withUserSql(actor.userId, (client) => readApiKeys(client, { userId: actor.userId }))
}
