import { recordAct } from '../audit/record.ts'
import type { PublicContext } from '../context.ts'
import { sendAccountNoticeJob } from '../notice/account-notice.job.ts'
import { linkRefused } from './link-refused.ts'
import { forgetTokens, readToken, type ShownToken, takeToken } from './one-time-tokens.ts'
import type { ShowToken } from './schemas.ts'
import { isUniqueViolation } from './unique-violation.ts'
import { holdUser } from './users.ts'

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
    await holdUser(client, { userId })
    const email = await takeToken(client, { ...shown, purpose: 'change-email', now: services.now() })
    if (email === null) throw linkRefused()
    const { rows } = await client.query<{ oldEmail: string }>(
      `UPDATE users u SET email = $2, email_verified = true, updated_at = now()
       FROM (SELECT user_id, email FROM users WHERE user_id = $1) before
       WHERE u.user_id = before.user_id AND u.is_active
       RETURNING before.email AS "oldEmail"`,
      [userId, email],
    )
    const [moved] = rows
    if (!moved) throw linkRefused()
    await forgetTokens(client, { userId })
    await recordAct(client, {
      actor: { userId, name: 'link:change-email', ip: request.ip },
      action: 'user.email-changed',
      target: `user:${userId}`,
      detail: { from: moved.oldEmail, to: email },
    })
    return moved.oldEmail
  })
}
