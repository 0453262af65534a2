import type { UserContext } from '../context.ts'
import { API_TOKEN_COLUMNS, type ApiTokenInfo, type ApiTokenRow, toApiTokenInfo } from './api-token-rows.ts'

/** The person's API tokens, those that ran out too, the newest first. */
export async function listApiTokens({ ctx }: { ctx: UserContext }): Promise<ApiTokenInfo[]> {
  const { services, actor } = ctx
  const { rows } = await services.db.withUserSql(actor.userId, (client) =>
    client.query<ApiTokenRow>(
      `SELECT ${API_TOKEN_COLUMNS} FROM api_tokens WHERE user_id = $1 ORDER BY created_at DESC, token_id DESC`,
      [actor.userId],
    ),
  )
  return rows.map(toApiTokenInfo)
}
