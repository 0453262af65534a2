import type pg from 'pg'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { endWhatRestsOn } from './end-what-rests-on.ts'
import { holdSession } from './held-user.ts'
import { replaceRecoveryCodes } from './recovery-codes.ts'
import { noticeSecondFactorChange, recordSecondFactorChange } from './second-factor-change.ts'
import { wrongCode } from './second-factor-proof.ts'
import type { ConfirmTotp } from './second-factor-schemas.ts'
import { deleteTotp, findTotp, matchTotp, type TotpRow } from './totp-rows.ts'

/** A secret that nobody confirmed for so long may have been seen on an open screen. */
const PENDING_MS = 15 * 60_000

/**
 * Makes the started secret count, once its first code is right: in the place of an older one, if there was one. That
 * code is used up by it.
 * @returns ten new recovery codes, shown this once; those from before are worth nothing any more
 * @throws ServiceError `TOTP_NOT_STARTED`, `WRONG_CODE`, `TOO_MANY_ATTEMPTS`
 */
export async function confirmTotp(o: {
  ctx: UserContext
  input: ConfirmTotp
}): Promise<{ recoveryCodes: string[] }> {
  const { services, actor } = o.ctx
  const { userId } = actor
  const totp = await findPending(o.ctx)
  const subject = { scope: 'confirm-code', subject: userId } as const
  await services.attempts.begin(subject)
  const code = o.input.code.replaceAll(/\s/g, '')
  const step = await matchTotp({ services, actor, totp, code, reason: 'first code of an authenticator app' })
  if (step === null) throw wrongCode()
  const recoveryCodes = await services.db.withUserSql(userId, (client) =>
    enable(client, { ctx: o.ctx, totp, step }),
  )
  await services.attempts.succeed(subject)
  await noticeSecondFactorChange(o.ctx, 'totp-enabled')
  return { recoveryCodes }
}

async function findPending({ services, actor }: UserContext): Promise<TotpRow> {
  const { userId } = actor
  const totp = await services.db.withUserSql(userId, (client) =>
    findTotp(client, { userId, isConfirmed: false }),
  )
  const since = services.now().getTime() - PENDING_MS
  if (totp && totp.createdAt.getTime() > since) return totp
  throw notStarted()
}

async function enable(
  client: pg.PoolClient,
  o: { ctx: UserContext; totp: TotpRow; step: number },
): Promise<string[]> {
  const { ctx, totp, step } = o
  const { services } = ctx
  const { userId } = ctx.actor
  const now = services.now()
  // Several at once wait for each other here: one of them finds the secret unconfirmed.
  const user = await holdSession(client, { ctx, stepUp: false })
  const replaced = await deleteTotp(client, { services, userId, isConfirmed: true, except: totp.factorId })
  const { rowCount } = await client.query(
    `UPDATE second_factors SET is_confirmed = true, last_step = $3, created_at = $4
     WHERE user_id = $1 AND factor_id = $2 AND NOT is_confirmed`,
    [userId, totp.factorId, step, now],
  )
  if (rowCount !== 1) throw notStarted()
  await endWhatRestsOn(user, {
    services,
    proofs: ['recovery', ...replaced.map((factorId) => `totp:${factorId}` as const)],
    except: ctx.actor.sessionId,
    reason: 'sign-in-method-removed',
  })
  await recordSecondFactorChange(client, {
    ctx,
    action: 'second-factor.totp-enabled',
    target: `second-factor:${totp.factorId}`,
    detail: { replaced: replaced.length > 0 },
  })
  return replaceRecoveryCodes(client, { userId, now })
}

function notStarted(): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'TOTP_NOT_STARTED',
    message: 'No authenticator app is being set up, or it took too long. Start again.',
  })
}
