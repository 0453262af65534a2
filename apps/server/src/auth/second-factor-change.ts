import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { type NoticedChange, sendAccountNoticeJob } from '../notice/account-notice.job.ts'
import type { Proof } from './held-user.ts'
import { deleteRecoveryCodes } from './recovery-codes.ts'
import { hasSecondFactor } from './second-factor-state.ts'

/** What happened to the ways in which a person signs in. */
export type SecondFactorAction =
  | 'second-factor.totp-enabled'
  | 'second-factor.totp-disabled'
  | 'second-factor.recovery-codes-made'
  | 'second-factor.passkey-added'
  | 'second-factor.passkey-renamed'
  | 'second-factor.passkey-deleted'

/** Puts a change of second factors into the person's log, in the transaction that makes it. */
export function recordSecondFactorChange(
  client: pg.PoolClient,
  o: {
    ctx: UserContext
    action: SecondFactorAction
    target: string
    detail?: Record<string, unknown>
  },
): Promise<void> {
  const { ctx, action, target, detail = {} } = o
  return recordAct(client, { actor: ctx.actor, action, target, detail })
}

/** Tells the person by mail, once the change is made: if it was somebody else, they should know. */
export function noticeSecondFactorChange(
  { services, actor }: UserContext,
  change: NoticedChange,
): Promise<void> {
  return services.jobs.add(sendAccountNoticeJob, {
    kind: 'second-factor-changed',
    userId: actor.userId,
    change,
  })
}

/**
 * Recovery codes stand in for a factor: with the last one they go, too.
 * @returns the proofs that are gone by it
 */
export async function forgetNeedlessRecoveryCodes(
  client: pg.PoolClient,
  { userId }: { userId: string },
): Promise<Proof[]> {
  if (await hasSecondFactor(client, { userId })) return []
  await deleteRecoveryCodes(client, { userId })
  return ['recovery']
}
