import { hashToken } from '@opentrade/crypto'
import { type Database, findApiToken } from '@opentrade/db'
import type { Logger } from 'pino'
import type { ApiScope } from '../context.ts'
import type { Events } from '../events.ts'
import { isApiTokenText } from './api-token-text.ts'
import { createIdentityCache } from './identity-cache.ts'

/** Whom an API token stands for, as the database said when it was last asked. */
export interface ApiTokenIdentity {
  userId: string
  tokenId: string
  role: 'user' | 'admin'
  scopes: readonly ApiScope[]
}

/** Checks the tokens that programs sign in with. */
export interface ApiTokens {
  /** The identity when this process has checked the token already: costs a Map lookup. */
  peek: (token: string) => ApiTokenIdentity | null
  /** Null: made up, expired, deleted, or of a deactivated user. A wrong checksum costs no query. */
  verify: (token: string) => Promise<ApiTokenIdentity | null>
  /** Waits for the notes of last use that are being written. */
  close: () => Promise<void>
}

/** A check is made anew after this even if nothing was heard, as it is for access tokens. */
const REMEMBERED_MS = 600_000
const NOTED_EVERY_MS = 60_000

interface Options {
  db: Database
  events: Events
  log: Logger
  now: () => Date
}

interface Noted extends ApiTokenIdentity {
  /** When its use was last written down, in milliseconds. */
  notedAt: number
}

export function openApiTokens(o: Options): ApiTokens {
  const writing = new Set<Promise<void>>()
  const cache = createIdentityCache<Noted>({
    ...o,
    revokes(event, { userId, tokenId }) {
      if (event.type === 'token-revoked') return event.tokenId === tokenId
      return event.type === 'session-revoked' && event.sessionId === null && event.userId === userId
    },
  })

  /** Nobody waits for it, and at most one process writes it in a minute. */
  function noteUse(identity: Noted): void {
    const now = o.now().getTime()
    if (now - identity.notedAt < NOTED_EVERY_MS) return
    identity.notedAt = now
    const written = writeUse({ ...o, identity, at: new Date(now) })
      .catch((error: unknown) => o.log.warn({ err: error }, 'The use of an API token could not be noted'))
      .finally(() => writing.delete(written))
    writing.add(written)
  }

  return {
    peek(token) {
      const identity = cache.peek(token)
      if (identity) noteUse(identity)
      return identity
    },
    async verify(token) {
      if (!isApiTokenText(token)) return null
      const identity = await cache.check(token, () => readToken({ ...o, token }))
      if (identity) noteUse(identity)
      return identity
    },
    async close() {
      cache.close()
      await Promise.all(writing)
    },
  }
}

async function readToken(
  o: Options & { token: string },
): Promise<{ identity: Noted; expiresAt: number } | null> {
  const found = await findApiToken(o.db.pool, { tokenHash: hashToken(o.token) })
  const now = o.now().getTime()
  const { expiresAt = null } = found ?? {}
  if (!found || (expiresAt && expiresAt.getTime() <= now)) return null
  const { userId, tokenId, role, scopes, lastUsedAt } = found
  return {
    identity: { userId, tokenId, role, scopes, notedAt: lastUsedAt?.getTime() ?? Number.NEGATIVE_INFINITY },
    expiresAt: Math.min(expiresAt?.getTime() ?? Number.POSITIVE_INFINITY, now + REMEMBERED_MS),
  }
}

async function writeUse(o: { db: Database; identity: Noted; at: Date }): Promise<void> {
  const { userId, tokenId } = o.identity
  await o.db.withUserSql(userId, (client) =>
    client.query(
      `UPDATE api_tokens SET last_used_at = $3
       WHERE user_id = $1 AND token_id = $2 AND (last_used_at IS NULL OR last_used_at < $4)`,
      [userId, tokenId, o.at, new Date(o.at.getTime() - NOTED_EVERY_MS + 1)],
    ),
  )
}
