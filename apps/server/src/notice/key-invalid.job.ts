import { z } from 'zod'
import type { Services } from '../context.ts'
import { defineJob } from '../jobs.ts'
import { publicAddress } from '../mail/addresses.ts'
import { keyInvalidMail } from '../mail/messages.ts'
import { sendComposed } from '../mail/send-composed.ts'
import { findKey, type NoticedKey } from './find-key.ts'
import { findRecipient, type Recipient } from './recipient.ts'

const KIND = 'key-invalid'

/** Tells a person that an exchange refuses a key, once for as long as it does; not if it has recovered meanwhile. */
export const noticeInvalidKeyJob = defineJob({
  name: 'notice.key-invalid',
  schema: z.object({ userId: z.uuid(), apiKeyId: z.uuid() }),
  run: async ({ services, payload }) => {
    const { userId } = payload
    const due = await takeNotice({ services, ...payload })
    if (!due) return
    const content = keyInvalidMail({
      key: due.key.name,
      reason: due.key.refusal ?? 'The exchange refuses this key.',
      url: `${await publicAddress(services)}/keys`,
    })
    await sendComposed({ services, to: due.recipient.email, recipientId: userId, content })
    await noteSent({ services, userId, subject: due.subject })
  },
})

/** Null: nothing is to be told, or it has been. */
async function takeNotice(o: {
  services: Services
  userId: string
  apiKeyId: string
}): Promise<{ recipient: Recipient; key: NoticedKey; subject: string } | null> {
  const { userId, apiKeyId } = o
  return o.services.db.withUserSql(userId, async (client) => {
    const recipient = await findRecipient(client, { userId })
    if (!recipient?.settings.notifications.keyInvalid) return null
    const key = await findKey(client, o)
    if (key?.isValid !== false) return null
    // The migration that adds the column writes the same text for keys that were invalid before it.
    const subject = `${apiKeyId} ${key.refusedSince?.toISOString() ?? ''}`
    const { rowCount } = await client.query(
      'SELECT FROM sent_notices WHERE user_id = $1 AND kind = $2 AND subject = $3',
      [userId, KIND, subject],
    )
    return rowCount ? null : { recipient, key, subject }
  })
}

/** After it went out: a mail that comes twice is better than none. */
async function noteSent(o: { services: Services; userId: string; subject: string }): Promise<void> {
  await o.services.db.withUserSql(o.userId, (client) =>
    client.query(
      'INSERT INTO sent_notices (user_id, kind, subject) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [o.userId, KIND, o.subject],
    ),
  )
}
