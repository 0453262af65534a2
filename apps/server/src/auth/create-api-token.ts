import { hashToken } from '@opentrade/crypto'
import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import type { CreateApiToken } from './access-schemas.ts'
import { API_TOKEN_COLUMNS, type ApiTokenInfo, type ApiTokenRow, toApiTokenInfo } from './api-token-rows.ts'
import { apiTokenHint, createApiTokenText } from './api-token-text.ts'
import { holdSession, type ProvenUser } from './held-user.ts'

const DAY_MS = 86_400_000
/** More than anybody has programs; fewer than would make the list useless. */
const MOST_TOKENS = 100

/**
 * Makes a token for a program and gives it out, this once: what is kept is its SHA-256.
 * @throws ServiceError TOO_MANY_TOKENS; as `holdSession`
 */
export async function createApiToken(o: {
  ctx: UserContext
  input: CreateApiToken
}): Promise<{ token: string; apiToken: ApiTokenInfo }> {
  const { services, actor } = o.ctx
  const token = createApiTokenText()
  const row = await services.db.withUserSql(actor.userId, async (client) => {
    const user = await holdSession(client, { ctx: o.ctx, stepUp: true })
    await refuseTooMany(client, actor.userId)
    const created = await insertToken(user, { ...o, token })
    await recordAct(client, {
      actor,
      action: 'api-token.created',
      target: `token:${created.tokenId}`,
      detail: { name: created.name, scopes: created.scopes, expiresAt: created.expiresAt },
    })
    return created
  })
  return { token, apiToken: toApiTokenInfo(row) }
}

async function insertToken(
  { client, userId }: ProvenUser,
  o: { ctx: UserContext; input: CreateApiToken; token: string },
): Promise<ApiTokenRow> {
  const { name, scopes, expiresInDays } = o.input
  const now = o.ctx.services.now()
  const expiresAt = expiresInDays === null ? null : new Date(now.getTime() + expiresInDays * DAY_MS)
  const { rows } = await client.query<ApiTokenRow>(
    `INSERT INTO api_tokens (user_id, name, token_hash, hint, scopes, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${API_TOKEN_COLUMNS}`,
    [userId, name, hashToken(o.token), apiTokenHint(o.token), scopes, now, expiresAt],
  )
  const [row] = rows
  if (!row) throw new Error('PostgreSQL did not give the new token back.')
  return row
}

async function refuseTooMany(client: pg.PoolClient, userId: string): Promise<void> {
  const { rows } = await client.query<{ full: boolean }>(
    'SELECT count(*) >= $2 AS full FROM api_tokens WHERE user_id = $1',
    [userId, MOST_TOKENS],
  )
  if (!rows[0]?.full) return
  throw new ServiceError({
    kind: 'conflict',
    reason: 'TOO_MANY_TOKENS',
    message: `You have ${MOST_TOKENS} API tokens, which is as many as there can be. Delete one that is not needed.`,
  })
}
