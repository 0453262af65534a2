import { uuidv7 } from '@opentrade/db'
import { recordAct } from '../audit/record.ts'
import { holdSession } from '../auth/held-user.ts'
import { makeToken } from '../auth/one-time-tokens.ts'
import type { UserContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { sendInvitationJob } from '../installation/send-invitation.job.ts'
import { linkTo } from '../mail/addresses.ts'
import type { CreateInvitation, OneInvitation } from './account-schemas.ts'

const DAY_MS = 24 * 3_600_000

export interface CreatedInvitation {
  invitationId: string
  /** Shown once. Null: it went out by mail, which has a link of its own. */
  link: string | null
  expiresAt: string
}

/** Makes a link with which one person may sign up. One for an address goes there, where a mail server is configured. */
export async function createInvitation(o: {
  ctx: UserContext
  input: CreateInvitation
}): Promise<CreatedInvitation> {
  const { ctx, input } = o
  const { services, actor } = ctx
  const { email = null } = input
  const invitationId = uuidv7()
  const { token, hash } = makeToken({ userId: invitationId })
  const expiresAt = new Date(services.now().getTime() + input.expiresInDays * DAY_MS)
  await services.db.withUserSql(actor.userId, async (client) => {
    await holdSession(client, { ctx, stepUp: false, admin: true })
    await recordAct(client, {
      actor,
      action: 'admin.invitation-created',
      target: `invitation:${invitationId}`,
      detail: { email, expiresAt: expiresAt.toISOString() },
    })
    await client.query(
      `INSERT INTO invitations (invitation_id, token_hash, email, created_by, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [invitationId, hash, email, actor.userId, services.now(), expiresAt],
    )
  })
  const isMailed = email !== null && services.mailer.viaSmtp
  if (isMailed) await services.jobs.add(sendInvitationJob, { invitationId })
  const link = isMailed ? null : await linkTo({ services, page: 'sign-up', name: 'invitation', token })
  return { invitationId, link, expiresAt: expiresAt.toISOString() }
}

/**
 * Takes an invitation back. Who has signed up by it stays.
 * @throws ServiceError NOT_FOUND
 */
export async function deleteInvitation(o: { ctx: UserContext; input: OneInvitation }): Promise<{ ok: true }> {
  const { ctx, input } = o
  const { services, actor } = ctx
  await services.db.withUserSql(actor.userId, async (client) => {
    const { rowCount } = await client.query('DELETE FROM invitations WHERE invitation_id = $1', [
      input.invitationId,
    ])
    if (!rowCount) throw notFound('invitation')
    await recordAct(client, {
      actor,
      action: 'admin.invitation-deleted',
      target: `invitation:${input.invitationId}`,
      detail: {},
    })
  })
  return { ok: true }
}
