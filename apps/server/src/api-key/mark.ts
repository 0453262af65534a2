import type { ExchangeError, KeyCheck, Rights } from '@opentrade/exchange'
import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { publishEvent } from '../events.ts'
import { noticeInvalidKeyJob } from '../notice/key-invalid.job.ts'
import { accountIndexOf, noteAccount } from './account-index.ts'
import type { SealedApiKey } from './queries.ts'
import { type CheckOutcome, nextCheckAt } from './schedule.ts'

interface Marking {
  ctx: UserContext
  /** As it was when it was opened: credentials that were replaced since are left alone. */
  key: SealedApiKey
}

/**
 * Notes that the exchange refused a key.
 * @param o.error one with `keyFault`: an error that may pass says nothing about the key
 */
export async function markRefused(o: Marking & { error: ExchangeError }): Promise<void> {
  const { ctx, key, error } = o
  const { userId } = ctx.actor
  const now = ctx.services.now()
  const isNews = await ctx.services.db.withUserSql(userId, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE user_api_keys SET is_valid = false, check_error = $4, checked_at = $5, next_check_at = $6,
         updated_at = now()
       WHERE user_id = $1 AND api_key_id = $2 AND secret_version = $3`,
      [
        userId,
        key.apiKeyId,
        key.secretVersion,
        { code: error.code, message: error.message },
        now,
        nextCheckAt({ now, outcome: 'refused' }),
      ],
    )
    if (!rowCount || key.isValid === false) return false
    await record(client, o, { action: 'api-key.found-invalid', detail: { exchangeCode: error.code } })
    await publishEvent(client, { type: 'wallet', userId, walletId: key.walletId })
    return true
  })
  if (isNews) await ctx.services.jobs.add(noticeInvalidKeyJob, { userId, apiKeyId: key.apiKeyId })
}

/** Notes that the exchange accepted a key, and what it may do. What is news goes to the audit log. */
export async function markAccepted(o: Marking & { check: KeyCheck }): Promise<void> {
  const { ctx, key, check } = o
  const { userId } = ctx.actor
  const rights = currentRights(key, check)
  const account = await accountIndexOf({ ctx, exchangeId: key.exchangeId, accountId: check.accountId })
  await ctx.services.db.withUserSql(userId, async (client) => {
    if (!(await writeAccepted(client, { ...o, rights }))) return
    if (account) await noteAccount(client, { userId, key, account })
    const isMended = key.isValid === false
    const before = key.permissions?.withdraw ?? null
    const isChanged = before !== rights.withdraw
    if (isMended) await record(client, o, { action: 'api-key.found-valid', detail: {} })
    if (isChanged) {
      const detail = { withdraw: { before, now: rights.withdraw } }
      await record(client, o, { action: 'api-key.rights-changed', detail })
    }
    if (isMended || isChanged) await publishEvent(client, { type: 'wallet', userId, walletId: key.walletId })
  })
}

interface Postponing {
  ctx: UserContext
  key: { apiKeyId: string }
}

/** Notes that a key could not be asked about; nothing of what is known of it changes. */
export async function markUnanswered(o: Postponing & { retryAt?: Date | undefined }): Promise<void> {
  const { ctx, key, retryAt } = o
  const now = ctx.services.now()
  const next = nextCheckAt({ now, outcome: 'unanswered', notBefore: retryAt })
  await setNextCheck({ ctx, key, next })
}

/** Has a key checked as soon as a worker is free. */
export function markDoubted(o: Postponing): Promise<void> {
  return setNextCheck({ ...o, next: o.ctx.services.now() })
}

async function setNextCheck({ ctx, key, next }: Postponing & { next: Date }): Promise<void> {
  const { userId } = ctx.actor
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

/** @returns false when its credentials were replaced, or it was deleted, since it was opened */
async function writeAccepted(
  client: pg.PoolClient,
  o: Marking & { check: KeyCheck; rights: Rights },
): Promise<boolean> {
  const { ctx, key, check, rights } = o
  const now = ctx.services.now()
  const { rowCount } = await client.query(
    `UPDATE user_api_keys SET is_valid = true, check_error = NULL, checked_at = $4, updated_at = now(),
       permissions = $5, expires_at = $6, next_check_at = $7
     WHERE user_id = $1 AND api_key_id = $2 AND secret_version = $3`,
    [
      ctx.actor.userId,
      key.apiKeyId,
      key.secretVersion,
      now,
      rights,
      rights.expiresAt,
      afterAcceptance(now, check),
    ],
  )
  return rowCount === 1
}

function record(
  client: pg.PoolClient,
  { ctx, key }: Marking,
  act: { action: string; detail: Record<string, unknown> },
): Promise<void> {
  return recordAct(client, { ...act, actor: ctx.actor, target: `api-key:${key.apiKeyId}` })
}
