import { z } from 'zod'
import { defineJob } from '../jobs.ts'
import { linkTo } from '../mail/addresses.ts'
import { verifyEmailMail } from '../mail/messages.ts'
import { sendComposed } from '../mail/send-composed.ts'
import { lockUser } from './held-user.ts'
import { issueToken } from './one-time-tokens.ts'

/** Sends the link that confirms a person's address, unless it is confirmed. */
export const sendVerificationJob = defineJob({
  name: 'auth.send-verification',
  schema: z.object({ userId: z.uuid() }),
  run: async ({ services, payload }) => {
    const { userId } = payload
    const made = await services.db.withUserSql(userId, async (client) => {
      const locked = await lockUser(client, { userId })
      const { rows } = await client.query<{ email: string }>(
        'SELECT email FROM users WHERE user_id = $1 AND is_active AND NOT email_verified',
        [userId],
      )
      const [user] = rows
      if (!locked || !user) return null
      const { email } = user
      return {
        email,
        token: await issueToken(locked, { purpose: 'verify-email', email, now: services.now() }),
      }
    })
    if (!made) return
    const url = await linkTo({ services, page: 'verify-email', token: made.token })
    await sendComposed({ services, to: made.email, recipientId: userId, content: verifyEmailMail({ url }) })
  },
})
