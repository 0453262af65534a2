import { findSignIn } from '@opentrade/db'
import { z } from 'zod'
import { lockUser } from '../auth/held-user.ts'
import { issueToken } from '../auth/one-time-tokens.ts'
import { findActiveUser } from '../auth/users.ts'
import type { Services } from '../context.ts'
import { defineJob } from '../jobs.ts'
import { linkTo, publicAddress } from '../mail/addresses.ts'
import type { MailContent } from '../mail/compose.ts'
import { confirmEmailChangeMail, emailChangeAskedMail, emailChangeTakenMail } from '../mail/messages.ts'
import { sendComposed } from '../mail/send-composed.ts'

interface Change {
  services: Services
  userId: string
  email: string
  oldEmail: string
  version: number | undefined
}

/** Writes to both addresses: the new one has the link, the old one hears of it and can end it. */
export const sendEmailChangeJob = defineJob({
  name: 'user.send-email-change',
  schema: z.object({
    userId: z.uuid(),
    email: z.string(),
    /**
     * Of the credentials when it was asked for: a change since then has ended it. Missing in jobs that an older version
     * of the server has queued.
     */
    version: z.number().optional(),
  }),
  run: async ({ services, payload }) => {
    const { userId, email, version } = payload
    const user = await services.db.withUserSql(userId, (client) => findActiveUser(client, { userId }))
    if (!user || user.email === email) return
    const change = { services, userId, email, oldEmail: user.email, version }
    const content = emailChangeAskedMail({
      to: email,
      resetUrl: `${await publicAddress(services)}/forgot-password`,
    })
    // First, so that nobody confirms what the owner has not been told of.
    await sendComposed({ services, to: user.email, recipientId: userId, content })
    const letter = await letterTo(change)
    if (letter) await sendComposed({ services, to: email, recipientId: userId, content: letter })
  },
})

/** Null: how they sign in was changed since it was asked for. */
async function letterTo(o: Change): Promise<MailContent | null> {
  const { services, userId, email, oldEmail: from, version } = o
  if (await findSignIn(services.db.pool, { email })) return emailChangeTakenMail({ from })
  const token = await services.db.withUserSql(userId, async (client) => {
    const locked = await lockUser(client, { userId })
    if (!locked?.isActive || (version !== undefined && locked.version !== version)) return null
    return issueToken(locked, { purpose: 'change-email', email, now: services.now() })
  })
  if (token === null) return null
  const url = await linkTo({ services, page: 'confirm-email-change', token })
  return confirmEmailChangeMail({ url, from })
}
