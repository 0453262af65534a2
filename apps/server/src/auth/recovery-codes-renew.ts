import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { endWhatRestsOn } from './end-what-rests-on.ts'
import { holdSession } from './held-user.ts'
import { replaceRecoveryCodes } from './recovery-codes.ts'
import { noticeSecondFactorChange, recordSecondFactorChange } from './second-factor-change.ts'
import { hasSecondFactor } from './second-factor-state.ts'

/**
 * Makes ten new recovery codes, shown this once; those from before are worth nothing any more.
 * @throws ServiceError `NO_SECOND_FACTOR`: there is nothing that they could stand in for
 */
export async function renewRecoveryCodes({
  ctx,
}: {
  ctx: UserContext
}): Promise<{ recoveryCodes: string[] }> {
  const { services, actor } = ctx
  const { userId } = actor
  const recoveryCodes = await services.db.withUserSql(userId, async (client) => {
    // Of two at once, the second replaces what the first has made.
    const user = await holdSession(client, { ctx, stepUp: true })
    if (!(await hasSecondFactor(client, { userId }))) throw noSecondFactor()
    await endWhatRestsOn(user, {
      services,
      proofs: ['recovery'],
      except: actor.sessionId,
      reason: 'sign-in-method-removed',
    })
    await recordSecondFactorChange(client, {
      ctx,
      action: 'second-factor.recovery-codes-made',
      target: `user:${userId}`,
    })
    return replaceRecoveryCodes(client, { userId, now: services.now() })
  })
  await noticeSecondFactorChange(ctx, 'recovery-codes-made')
  return { recoveryCodes }
}

function noSecondFactor(): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'NO_SECOND_FACTOR',
    message: 'Set up an authenticator app or a passkey first: recovery codes stand in for them.',
  })
}
