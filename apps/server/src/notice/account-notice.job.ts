import { z } from 'zod'
import { defineJob } from '../jobs.ts'
import { emailChangedMail, passwordChangedMail } from '../mail/messages.ts'
import { sendComposed } from '../mail/send-composed.ts'
import { findRecipient, formatMoment } from './recipient.ts'

/** Tells a person of a change to what signs them in. These mails cannot be switched off. */
export const sendAccountNoticeJob = defineJob({
  name: 'notice.account',
  schema: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('password-changed'), userId: z.uuid() }),
    z.object({ kind: z.literal('password-reset'), userId: z.uuid() }),
    z.object({ kind: z.literal('email-changed'), userId: z.uuid(), oldEmail: z.string() }),
  ]),
  run: async ({ services, payload }) => {
    const { userId } = payload
    const recipient = await services.db.withUserSql(userId, (client) => findRecipient(client, { userId }))
    if (!recipient) return
    if (payload.kind === 'email-changed') {
      const content = emailChangedMail({ to: recipient.email })
      return sendComposed({ services, to: payload.oldEmail, recipientId: userId, content })
    }
    const at = formatMoment(services.now(), recipient.settings)
    const content = passwordChangedMail({ at, isReset: payload.kind === 'password-reset' })
    await sendComposed({ services, to: recipient.email, recipientId: userId, content })
  },
})
