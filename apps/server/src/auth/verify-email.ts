import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { PublicContext } from '../context.ts'
import { takeInvitation } from '../installation/invitations.ts'
import { createAccount } from './create-account.ts'
import { lockUser } from './held-user.ts'
import { linkRefused } from './link-refused.ts'
import { readToken, type ShownToken, takeToken } from './one-time-tokens.ts'
import type { ShowToken } from './schemas.ts'

interface Verification {
  ctx: PublicContext
  shown: ShownToken
}

/**
 * Uses the link of a mail: confirms the address of an account, or makes the account that was signed up for. Nobody is
 * signed in by it.
 * @throws ServiceError LINK_REFUSED; INVITATION_REFUSED when the invitation was used up meanwhile
 */
export async function verifyEmail(o: { ctx: PublicContext; input: ShowToken }): Promise<{ ok: true }> {
  const { ctx, input } = o
  const shown = readToken(input.token)
  if (!shown) throw linkRefused()
  const done = await ctx.services.db.withUserSql(
    shown.userId,
    async (client) =>
      (await confirmAddress(client, { ctx, shown })) || (await finishSignUp(client, { ctx, shown })),
  )
  if (!done) throw linkRefused()
  return { ok: true }
}

async function confirmAddress(client: pg.PoolClient, { ctx, shown }: Verification): Promise<boolean> {
  const { services, request } = ctx
  const { userId } = shown
  const user = await lockUser(client, { userId })
  const email = user && (await takeToken(user, { ...shown, purpose: 'verify-email', now: services.now() }))
  if (email === null) return false
  const { rowCount } = await client.query(
    'UPDATE users SET email_verified = true, updated_at = now() WHERE user_id = $1 AND email = $2',
    [userId, email],
  )
  if (!rowCount) return false
  await recordAct(client, {
    actor: { userId, name: 'link:verify-email', ip: request.ip },
    action: 'user.email-verified',
    target: `user:${userId}`,
    detail: {},
  })
  return true
}

interface Pending {
  email: string
  passwordHash: string
  displayName: string | null
  invitationHash: Buffer | null
}

/** Of many at once, one finds the sign-up still there. */
async function finishSignUp(client: pg.PoolClient, { ctx, shown }: Verification): Promise<boolean> {
  const { services, request } = ctx
  const { userId } = shown
  const now = services.now()
  const { rows } = await client.query<Pending>(
    `DELETE FROM pending_sign_ups WHERE user_id = $1 AND token_hash = $2 AND expires_at > $3
     RETURNING email, password_hash AS "passwordHash", display_name AS "displayName",
       invitation_hash AS "invitationHash"`,
    [userId, shown.hash, now],
  )
  const [pending] = rows
  if (!pending) return false
  // The address was confirmed by another sign-up meanwhile.
  if (!(await createAccount(client, { ...pending, userId, emailVerified: true }))) return false
  if (pending.invitationHash) await takeInvitation(client, { hash: pending.invitationHash, userId, now })
  await recordAct(client, {
    actor: { userId, name: 'link:verify-email', ip: request.ip },
    action: 'auth.signed-up',
    target: `user:${userId}`,
    detail: { userAgent: request.userAgent },
  })
  return true
}
