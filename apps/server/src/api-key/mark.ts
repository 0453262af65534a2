import type { ExchangeError, KeyCheck, Rights } from '@opentrade/exchange'
import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import type { ServiceError } from '../errors.ts'
import { publishEvent } from '../events.ts'
import { noticeInvalidKeyJob } from '../notice/key-invalid.job.ts'
import { accountIndexOf, noteAccount } from './account-index.ts'
import type { SealedApiKey } from './queries.ts'
import { isRefusalConfirmed, nextAskAt } from './refusal-rule.ts'
import { type CheckOutcome, nextCheckAt } from './schedule.ts'

interface Marking {
  ctx: UserContext
  /** As it was when it was opened: credentials that were replaced since are left alone. */
  key: SealedApiKey
}

/** What is known of a key, read under a lock until the transaction ends. */
interface KeyState {
  isValid: boolean | null
  refusedSince: Date | null
  checkedAt: Date | null
}

/** How soon after one answer another one is of the same moment. */
const SAME_MOMENT_MS = 600_000

/**
 * Notes that the exchange refused a key. Whether that makes it invalid is for refusal-rule.ts to say.
 * @param o.error one with `refusesKey`: nothing else says anything about a stored key
 * @returns when the key is asked about again; null if its credentials were replaced, or it was deleted, meanwhile
 */
export async function markRefused(o: Marking & { error: ExchangeError }): Promise<Date | null> {
  const { ctx, key, error } = o
  const { userId } = ctx.actor
  const now = ctx.services.now()
  const noted = await ctx.services.db.withUserSql(userId, async (client) => {
    const before = await lockKey(client, o)
    if (!before) return null
    // A clock that was set back must not put the start of the refusals into the future.
    const refusedSince = before.refusedSince && before.refusedSince < now ? before.refusedSince : now
    const isInvalid = before.isValid === false || isRefusalConfirmed({ refusedSince, now })
    const next = nextAskAt({ refusedSince, now })
    await client.query(
      `UPDATE user_api_keys SET is_valid = $4, check_error = $5, refused_since = $6, checked_at = $7,
         next_check_at = $8, updated_at = now()
       WHERE user_id = $1 AND api_key_id = $2 AND secret_version = $3`,
      [
        userId,
        key.apiKeyId,
        key.secretVersion,
        isInvalid ? false : before.isValid,
        { code: error.code, message: error.message },
        refusedSince,
        now,
        next,
      ],
    )
    const isNews = isInvalid && before.isValid !== false
    if (isNews)
      await record(client, o, { action: 'api-key.found-invalid', detail: { exchangeCode: error.code } })
    await publishEvent(client, { type: 'wallet', userId, walletId: key.walletId })
    // Again later on, should the process have died before the job was asked for. The job tells a person once.
    const isLater = now.getTime() - (before.checkedAt?.getTime() ?? 0) > SAME_MOMENT_MS
    return { next, isToBeTold: isNews || (isInvalid && isLater) }
  })
  if (noted?.isToBeTold) {
    const { apiKeyId } = key
    await ctx.services.jobs.add(noticeInvalidKeyJob, { userId, apiKeyId }, { key: `key-invalid:${apiKeyId}` })
  }
  return noted?.next ?? null
}

/** Notes that the exchange accepted a key, and what it may do. What is news goes to the audit log. */
export async function markAccepted(o: Marking & { check: KeyCheck }): Promise<void> {
  const { ctx, key, check } = o
  const { userId } = ctx.actor
  const rights = currentRights(key, check)
  const account = await accountIndexOf({ ctx, exchangeId: key.exchangeId, accountId: check.accountId })
  await ctx.services.db.withUserSql(userId, async (client) => {
    const state = await lockKey(client, o)
    if (!state) return
    await writeAccepted(client, { ...o, rights })
    if (account) await noteAccount(client, { userId, key, account })
    const before = key.permissions?.withdraw ?? null
    const isChanged = before !== rights.withdraw
    await recordMended(client, o, state)
    if (isChanged) {
      const detail = { withdraw: { before, now: rights.withdraw } }
      await record(client, o, { action: 'api-key.rights-changed', detail })
    }
    if (state.refusedSince || isChanged)
      await publishEvent(client, { type: 'wallet', userId, walletId: key.walletId })
  })
}

/**
 * Notes that the exchange answered well to a key that it had refused, and has it checked soon: what it may do was not
 * asked.
 */
export async function markAnswered(o: Marking): Promise<void> {
  const { ctx, key } = o
  const { userId } = ctx.actor
  const now = ctx.services.now()
  await ctx.services.db.withUserSql(userId, async (client) => {
    const state = await lockKey(client, o)
    if (!state?.refusedSince) return
    await client.query(
      `UPDATE user_api_keys SET is_valid = true, check_error = NULL, refused_since = NULL, checked_at = $3,
         next_check_at = $3, updated_at = now()
       WHERE user_id = $1 AND api_key_id = $2`,
      [userId, key.apiKeyId, now],
    )
    await recordMended(client, o, state)
    await publishEvent(client, { type: 'wallet', userId, walletId: key.walletId })
  })
}

/** @returns undefined when its credentials were replaced, or it was deleted, since it was opened */
async function lockKey(client: pg.PoolClient, { ctx, key }: Marking): Promise<KeyState | undefined> {
  const { rows } = await client.query<KeyState>(
    `SELECT is_valid AS "isValid", refused_since AS "refusedSince", checked_at AS "checkedAt" FROM user_api_keys
     WHERE user_id = $1 AND api_key_id = $2 AND secret_version = $3 FOR UPDATE`,
    [ctx.actor.userId, key.apiKeyId, key.secretVersion],
  )
  return rows[0]
}

async function recordMended(client: pg.PoolClient, o: Marking, before: KeyState): Promise<void> {
  if (before.isValid === false) await record(client, o, { action: 'api-key.found-valid', detail: {} })
}

/** Notes that a key could not be asked about; nothing of what is known of it changes. */
export async function markUnanswered(o: {
  ctx: UserContext
  key: { apiKeyId: string }
  error: ServiceError
}): Promise<void> {
  const { ctx, key, error } = o
  const { userId } = ctx.actor
  const outcome = error.exchangeCode === 'RESTRICTED_LOCATION' ? 'not-served' : 'unanswered'
  const next = nextCheckAt({ now: ctx.services.now(), outcome, notBefore: error.retryAt })
  await ctx.services.db.withUserSql(userId, (client) =>
    client.query('UPDATE user_api_keys SET next_check_at = $3 WHERE user_id = $1 AND api_key_id = $2', [
      userId,
      key.apiKeyId,
      next,
    ]),
  )
}

/** A call for rights that failed for the moment makes nothing less true of what it said the last time. */
function currentRights(key: SealedApiKey, { rights, rightsError }: KeyCheck): Rights {
  return rightsError?.retryable && key.permissions ? key.permissions : rights
}

/** When the next check of an accepted key is due. */
export function afterAcceptance(now: Date, { rightsError }: KeyCheck): Date {
  const outcome: CheckOutcome = rightsError?.retryable ? 'rights-unread' : 'accepted'
  return nextCheckAt({ now, outcome })
}

async function writeAccepted(
  client: pg.PoolClient,
  o: Marking & { check: KeyCheck; rights: Rights },
): Promise<void> {
  const { ctx, key, check, rights } = o
  const now = ctx.services.now()
  await client.query(
    `UPDATE user_api_keys SET is_valid = true, check_error = NULL, refused_since = NULL, checked_at = $3,
       updated_at = now(), permissions = $4, expires_at = $5, next_check_at = $6
     WHERE user_id = $1 AND api_key_id = $2`,
    [ctx.actor.userId, key.apiKeyId, now, rights, rights.expiresAt, afterAcceptance(now, check)],
  )
}

function record(
  client: pg.PoolClient,
  { ctx, key }: Marking,
  act: { action: string; detail: Record<string, unknown> },
): Promise<void> {
  return recordAct(client, { ...act, actor: ctx.actor, target: `api-key:${key.apiKeyId}` })
}
