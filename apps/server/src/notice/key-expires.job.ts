import { z } from 'zod'
import type { Services } from '../context.ts'
import { defineJob } from '../jobs.ts'
import { publicAddress } from '../mail/addresses.ts'
import { keyExpiresMail } from '../mail/messages.ts'
import { sendComposed } from '../mail/send-composed.ts'
import { findKey } from './find-key.ts'
import { findRecipient, formatDay, type Recipient } from './recipient.ts'

const HOUR_SECONDS = 3_600
/** As on the dashboard: time enough to make a new one. */
const EXPIRES_WITHIN_DAYS = 14
/** In one go; the next hour takes the rest. */
const MOST_AT_ONCE = 1_000
const KIND = 'key-expires'

/** Finds the keys that expire soon, over all people, and asks for a mail about each. */
export const noticeExpiringKeysJob = defineJob({
  name: 'notice.keys-expire',
  schema: z.object({}),
  everySeconds: () => HOUR_SECONDS,
  run: async ({ services }) => {
    const { rows } = await services.db.scheduler.query<{ userId: string; apiKeyId: string }>(
      `SELECT user_id AS "userId", api_key_id AS "apiKeyId" FROM user_api_keys
       WHERE expires_at > $1 AND expires_at < $1::timestamptz + make_interval(days => $2)
       ORDER BY expires_at LIMIT $3`,
      [services.now(), EXPIRES_WITHIN_DAYS, MOST_AT_ONCE],
    )
    for (const key of rows) {
      await services.jobs.add(noticeExpiringKeyJob, key, { key: `${KIND}:${key.apiKeyId}` })
    }
  },
})

/** Tells a person once of each day on which a key of theirs expires. */
export const noticeExpiringKeyJob = defineJob({
  name: 'notice.key-expires',
  schema: z.object({ userId: z.uuid(), apiKeyId: z.uuid() }),
  run: async ({ services, payload }) => {
    const due = await takeNotice({ services, ...payload })
    if (!due) return
    const { recipient, name, expiresAt } = due
    const content = keyExpiresMail({
      key: name,
      on: formatDay(expiresAt, recipient.settings),
      url: `${await publicAddress(services)}/keys`,
    })
    await sendComposed({ services, to: recipient.email, recipientId: payload.userId, content })
    await noteSent({ services, ...payload, expiresAt })
  },
})

interface OneKey {
  services: Services
  userId: string
  apiKeyId: string
}

/** Null: nothing is to be told, or it has been. */
async function takeNotice(
  o: OneKey,
): Promise<{ recipient: Recipient; name: string; expiresAt: Date } | null> {
  const { userId } = o
  return o.services.db.withUserSql(userId, async (client) => {
    const recipient = await findRecipient(client, { userId })
    if (!recipient?.settings.notifications.keyExpires) return null
    const key = await findKey(client, o)
    if (!key?.expiresAt) return null
    const { rowCount } = await client.query(
      'SELECT FROM sent_notices WHERE user_id = $1 AND kind = $2 AND subject = $3',
      [userId, KIND, subjectOf({ ...o, expiresAt: key.expiresAt })],
    )
    return rowCount ? null : { recipient, name: key.name, expiresAt: key.expiresAt }
  })
}

/** After it went out: a mail that comes twice is better than none. */
async function noteSent(o: OneKey & { expiresAt: Date }): Promise<void> {
  await o.services.db.withUserSql(o.userId, (client) =>
    client.query(
      'INSERT INTO sent_notices (user_id, kind, subject) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [o.userId, KIND, subjectOf(o)],
    ),
  )
}

function subjectOf(o: { apiKeyId: string; expiresAt: Date }): string {
  return `${o.apiKeyId} ${o.expiresAt.toISOString()}`
}
