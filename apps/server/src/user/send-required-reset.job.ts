import { z } from 'zod'
import { lockUser } from '../auth/held-user.ts'
import { issueToken } from '../auth/one-time-tokens.ts'
import { findActiveUser } from '../auth/users.ts'
import { defineJob } from '../jobs.ts'
import { linkTo } from '../mail/addresses.ts'
import { resetRequiredMail } from '../mail/messages.ts'
import { sendComposed } from '../mail/send-composed.ts'

/** Tells a person that an administrator asks for a new password, with the link to choose it. */
export const sendRequiredResetJob = defineJob({
  name: 'user.send-required-reset',
  schema: z.object({ userId: z.uuid() }),
  run: async ({ services, payload }) => {
    const { userId } = payload
    const made = await services.db.withUserSql(userId, async (client) => {
      const locked = await lockUser(client, { userId })
      const user = await findActiveUser(client, { userId })
      // They have chosen one meanwhile.
      if (!locked || !user || user.hasPassword) return null
      const { email } = user
      return {
        email,
        token: await issueToken(locked, { purpose: 'reset-password', email, now: services.now() }),
      }
    })
    if (!made) return
    const url = await linkTo({ services, page: 'reset-password', token: made.token })
    await sendComposed({ services, to: made.email, recipientId: userId, content: resetRequiredMail({ url }) })
  },
})
