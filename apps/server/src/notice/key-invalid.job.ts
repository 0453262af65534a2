import { z } from 'zod'
import { defineJob } from '../jobs.ts'
import { publicAddress } from '../mail/addresses.ts'
import { keyInvalidMail } from '../mail/messages.ts'
import { sendComposed } from '../mail/send-composed.ts'
import { findKey } from './find-key.ts'
import { findRecipient } from './recipient.ts'

/** Tells a person that an exchange refuses a key, unless it was mended meanwhile. */
export const noticeInvalidKeyJob = defineJob({
  name: 'notice.key-invalid',
  schema: z.object({ userId: z.uuid(), apiKeyId: z.uuid() }),
  run: async ({ services, payload }) => {
    const { userId } = payload
    const found = await services.db.withUserSql(userId, async (client) => {
      const recipient = await findRecipient(client, { userId })
      if (!recipient?.settings.notifications.keyInvalid) return null
      const key = await findKey(client, payload)
      return key?.isValid === false ? { recipient, key } : null
    })
    if (!found) return
    const content = keyInvalidMail({
      key: found.key.name,
      reason: found.key.refusal ?? 'The exchange refuses this key.',
      url: `${await publicAddress(services)}/keys`,
    })
    await sendComposed({ services, to: found.recipient.email, recipientId: userId, content })
  },
})
