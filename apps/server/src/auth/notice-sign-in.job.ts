import type { Queryable } from '@opentrade/db'
import { z } from 'zod'
import { defineJob } from '../jobs.ts'
import { newDeviceMail } from '../mail/messages.ts'
import { sendComposed } from '../mail/send-composed.ts'
import { findRecipient, formatMoment } from '../notice/recipient.ts'

const LONGEST_NAME = 200

interface SignedIn {
  at: Date
  userAgent: string | null
  ip: string | null
}

/**
 * Tells a person of a sign-in by a browser or program that none of their sessions knows: those of the last weeks, as
 * long as sessions are kept.
 */
export const noticeSignInJob = defineJob({
  name: 'auth.notice-sign-in',
  schema: z.object({ userId: z.uuid(), sessionId: z.uuid() }),
  run: async ({ services, payload }) => {
    const { userId } = payload
    const found = await services.db.withUserSql(userId, async (client) => {
      const recipient = await findRecipient(client, { userId })
      if (!recipient?.settings.notifications.newDevice) return null
      const signedIn = await readNewDevice(client, payload)
      return signedIn && { recipient, signedIn }
    })
    if (!found) return
    const { recipient, signedIn } = found
    const content = newDeviceMail({
      at: formatMoment(signedIn.at, recipient.settings),
      device: signedIn.userAgent?.slice(0, LONGEST_NAME) ?? 'nothing',
      ip: signedIn.ip,
    })
    await sendComposed({ services, to: recipient.email, recipientId: userId, content })
  },
})

/** Null: another session came from the same device, or there is no other session at all. */
async function readNewDevice(
  q: Queryable,
  o: { userId: string; sessionId: string },
): Promise<SignedIn | null> {
  const { rows } = await q.query<SignedIn>(
    `SELECT s.created_at AS at, s.user_agent AS "userAgent", s.ip FROM sessions s
     WHERE s.user_id = $1 AND s.session_id = $2
       AND EXISTS (SELECT FROM sessions o WHERE o.user_id = $1 AND o.session_id < $2)
       AND NOT EXISTS (
         SELECT FROM sessions o WHERE o.user_id = $1 AND o.session_id < $2
           AND o.user_agent IS NOT DISTINCT FROM s.user_agent)`,
    [o.userId, o.sessionId],
  )
  return rows[0] ?? null
}
