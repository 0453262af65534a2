import { recordAct } from '../audit/record.ts'
import type { PublicContext } from '../context.ts'
import { sendAccountNoticeJob } from '../notice/account-notice.job.ts'
import { endWhatRestsOn } from './end-what-rests-on.ts'
import { lockUser } from './held-user.ts'
import { linkRefused } from './link-refused.ts'
import { forgetTokens, readToken, type ShownToken, takeToken } from './one-time-tokens.ts'
import type { ShowToken } from './schemas.ts'
import { isUniqueViolation } from './unique-violation.ts'

/**
 * Moves an account to the address that the link was sent to. The old address is told; other links end.
 * @throws ServiceError LINK_REFUSED, also when the address belongs to another account by now
 */
export async function confirmEmailChange(o: { ctx: PublicContext; input: ShowToken }): Promise<{ ok: true }> {
  const { ctx, input } = o
  const shown = readToken(input.token)
  if (!shown) throw linkRefused()
  const oldEmail = await moveAccount({ ctx, shown }).catch((error: unknown) => {
    throw isUniqueViolation(error) ? linkRefused() : error
  })
  await ctx.services.jobs.add(sendAccountNoticeJob, {
    kind: 'email-changed',
    userId: shown.userId,
    oldEmail,
  })
  return { ok: true }
}

async function moveAccount({ ctx, shown }: { ctx: PublicContext; shown: ShownToken }): Promise<string> {
  const { services, request } = ctx
  const { userId } = shown
  return services.db.withUserSql(userId, async (client) => {
    const user = await lockUser(client, { userId })
    const email = user && (await takeToken(user, { ...shown, purpose: 'change-email', now: services.now() }))
    if (!user || email === null) throw linkRefused()
    const { rows } = await client.query<{ oldEmail: string }>(
      `UPDATE users u SET email = $2, email_verified = true, updated_at = now()
       FROM (SELECT user_id, email FROM users WHERE user_id = $1) before
       WHERE u.user_id = before.user_id AND u.is_active
       RETURNING before.email AS "oldEmail"`,
      [userId, email],
    )
    const [moved] = rows
    if (!moved) throw linkRefused()
    // Links to the old address end. Nobody is signed in by a link, so that no session rests on the address.
    await forgetTokens(client, { userId })
    await endWhatRestsOn(user, { services, proofs: [], except: null, reason: 'sign-in-method-removed' })
    await recordAct(client, {
      actor: { userId, name: 'link:change-email', ip: request.ip },
      action: 'user.email-changed',
      target: `user:${userId}`,
      detail: { from: moved.oldEmail, to: email },
    })
    return moved.oldEmail
  })
}
