import { z } from 'zod'
import { recordAct } from '../audit/record.ts'
import { defineJob } from '../jobs.ts'

const ACTION = 'auth.sign-in-failed'

/**
 * Notes a failed sign-in in the log of the account. A job, so that the answer takes as long whether or not the
 * address has an account: one is queued for every failure, and those without an account end here.
 */
export const recordFailedSignInJob = defineJob({
  name: 'auth.record-failed-sign-in',
  schema: z.object({
    userId: z.uuid().nullable(),
    triedAt: z.iso.datetime(),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
  }),
  run: async ({ services, payload }) => {
    const { userId, triedAt, ip, userAgent } = payload
    if (userId === null) return
    await services.db.withUserSql(userId, async (client) => {
      // The account may have been deleted meanwhile, and its log with it; and a job may run twice.
      const { rowCount } = await client.query(
        `SELECT FROM users WHERE user_id = $1 AND NOT EXISTS (
           SELECT FROM audit_log WHERE user_id = $1 AND action = $2 AND detail ->> 'triedAt' = $3)`,
        [userId, ACTION, triedAt],
      )
      if (!rowCount) return
      await recordAct(client, {
        actor: { userId, name: 'nobody', ip },
        action: ACTION,
        target: `user:${userId}`,
        detail: { triedAt, userAgent },
      })
    })
  },
})
