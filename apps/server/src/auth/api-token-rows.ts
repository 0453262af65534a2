import type { ApiScope } from '../context.ts'

/** An API token as the API shows it: never the token itself. */
export interface ApiTokenInfo {
  tokenId: string
  name: string
  scopes: ApiScope[]
  /** The last four characters of its secret part. */
  hint: string
  createdAt: string
  /** Null: it lasts until it is deleted. */
  expiresAt: string | null
  /** To the minute; null: never. */
  lastUsedAt: string | null
}

/** A row of `api_tokens` without its hash. */
export interface ApiTokenRow {
  tokenId: string
  name: string
  scopes: ApiScope[]
  hint: string
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
}

/** What a query selects to give ApiTokenRow. */
export const API_TOKEN_COLUMNS = `token_id AS "tokenId", name, scopes, hint, created_at AS "createdAt",
  expires_at AS "expiresAt", last_used_at AS "lastUsedAt"`

/** What the API shows of a token. */
export function toApiTokenInfo(row: ApiTokenRow): ApiTokenInfo {
  return {
    ...row,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  }
}
