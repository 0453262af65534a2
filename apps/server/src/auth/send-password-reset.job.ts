import { findSignIn } from '@opentrade/db'
import { z } from 'zod'
import { recordAct } from '../audit/record.ts'
import { defineJob } from '../jobs.ts'
import { linkTo } from '../mail/addresses.ts'
import { passwordResetMail } from '../mail/messages.ts'
import { sendComposed } from '../mail/send-composed.ts'
import { lockUser } from './held-user.ts'
import { issueToken } from './one-time-tokens.ts'

/**
 * Makes the token here and not where it was asked for: the queue holds none, and an address without an account costs
 * whoever asks as much as one with.
 */
export const sendPasswordResetJob = defineJob({
  name: 'auth.send-password-reset',
  schema: z.object({ email: z.string(), ip: z.string().nullable() }),
  run: async ({ services, payload }) => {
    const { email, ip } = payload
    const found = await findSignIn(services.db.pool, { email })
    if (!found) return
    const { userId } = found
    const token = await services.db.withUserSql(userId, async (client) => {
      const locked = await lockUser(client, { userId })
      // The address may have become another's since it was looked up.
      const { rowCount } = await client.query(
        `SELECT FROM users WHERE user_id = $1 AND email = $2 AND deactivated_by IS DISTINCT FROM 'admin'`,
        [userId, email],
      )
      if (!locked || !rowCount) return null
      await recordAct(client, {
        actor: { userId, name: 'nobody', ip },
        action: 'auth.reset-asked-for',
        target: `user:${userId}`,
        detail: {},
      })
      return issueToken(locked, { purpose: 'reset-password', email, now: services.now() })
    })
    if (token === null) return
    const url = await linkTo({ services, page: 'reset-password', token })
    await sendComposed({ services, to: email, recipientId: userId, content: passwordResetMail({ url, ip }) })
  },
})
