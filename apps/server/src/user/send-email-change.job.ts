import { findSignIn } from '@opentrade/db'
import { z } from 'zod'
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
}

/** Writes to both addresses: the new one has the link, the old one hears of it and can end it. */
export const sendEmailChangeJob = defineJob({
  name: 'user.send-email-change',
  schema: z.object({ userId: z.uuid(), email: z.string() }),
  run: async ({ services, payload }) => {
    const { userId, email } = payload
    const user = await services.db.withUserSql(userId, (client) => findActiveUser(client, { userId }))
    if (!user || user.email === email) return
    const change = { services, userId, email, oldEmail: user.email }
    const content = emailChangeAskedMail({
      to: email,
      resetUrl: `${await publicAddress(services)}/forgot-password`,
    })
    // First, so that nobody confirms what the owner has not been told of.
    await sendComposed({ services, to: user.email, recipientId: userId, content })
    await sendComposed({ services, to: email, recipientId: userId, content: await letterTo(change) })
  },
})

async function letterTo(o: Change): Promise<MailContent> {
  const { services, userId, email, oldEmail: from } = o
  if (await findSignIn(services.db.pool, { email })) return emailChangeTakenMail({ from })
  const token = await services.db.withUserSql(userId, (client) =>
    issueToken(client, { userId, purpose: 'change-email', email, now: services.now() }),
  )
  const url = await linkTo({ services, page: 'confirm-email-change', token })
  return confirmEmailChangeMail({ url, from })
}
