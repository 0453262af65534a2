import { z } from 'zod'
import { makeToken } from '../auth/one-time-tokens.ts'
import { defineJob } from '../jobs.ts'
import { linkTo } from '../mail/addresses.ts'
import { invitationMail } from '../mail/messages.ts'
import { sendComposed } from '../mail/send-composed.ts'

/** Sends an invitation to the address that it is for. The link takes the place of the one that was shown. */
export const sendInvitationJob = defineJob({
  name: 'installation.send-invitation',
  schema: z.object({ invitationId: z.uuid() }),
  run: async ({ services, payload }) => {
    const { invitationId } = payload
    const { token, hash } = makeToken({ userId: invitationId })
    const { rows } = await services.db.pool.query<{ email: string | null; expiresAt: Date }>(
      `UPDATE invitations SET token_hash = $2 WHERE invitation_id = $1 AND used_at IS NULL
       RETURNING email, expires_at AS "expiresAt"`,
      [invitationId, hash],
    )
    const [invitation] = rows
    if (!invitation?.email) return
    const url = await linkTo({ services, page: 'sign-up', name: 'invitation', token })
    const until = `${invitation.expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
    await sendComposed({
      services,
      to: invitation.email,
      recipientId: null,
      content: invitationMail({ url, until }),
    })
  },
})
