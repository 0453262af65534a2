import { z } from 'zod'
import { defineJob } from '../jobs.ts'
import { emailChangedMail, passwordChangedMail, secondFactorChangedMail } from '../mail/messages.ts'
import { sendComposed } from '../mail/send-composed.ts'
import { findRecipient, formatMoment } from './recipient.ts'

const CHANGES = {
  'totp-enabled': 'An authenticator app was set up for your account, and ten new recovery codes were made.',
  'totp-disabled': 'The authenticator app was taken off your account.',
  'recovery-codes-made': 'New recovery codes were made for your account; the old ones work no more.',
  'passkey-added': 'A passkey was added to your account. It signs in without your password.',
  'passkey-deleted': 'A passkey was deleted from your account.',
}
export type NoticedChange = keyof typeof CHANGES

/** Tells a person of a change to what signs them in. These mails cannot be switched off. */
export const sendAccountNoticeJob = defineJob({
  name: 'notice.account',
  schema: z.discriminatedUnion('kind', [
    z.object({
      kind: z.enum(['password-changed', 'password-reset']),
      userId: z.uuid(),
      /** Names. */
      endedApiTokens: z.array(z.string()).default([]),
    }),
    z.object({
      kind: z.literal('second-factor-changed'),
      userId: z.uuid(),
      change: z.enum([
        'totp-enabled',
        'totp-disabled',
        'recovery-codes-made',
        'passkey-added',
        'passkey-deleted',
      ]),
    }),
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
    if (payload.kind === 'second-factor-changed') {
      const content = secondFactorChangedMail({ at, what: CHANGES[payload.change] })
      return sendComposed({ services, to: recipient.email, recipientId: userId, content })
    }
    const content = passwordChangedMail({ at, isReset: payload.kind === 'password-reset' })
    await sendComposed({ services, to: recipient.email, recipientId: userId, content })
  },
})
