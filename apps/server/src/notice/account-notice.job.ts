import type { Queryable } from '@opentrade/db'
import { z } from 'zod'
import { API_TOKEN_COLUMNS, type ApiTokenRow } from '../auth/api-token-rows.ts'
import { defineJob } from '../jobs.ts'
import { publicAddress } from '../mail/addresses.ts'
import {
  emailChangedMail,
  type MailedApiToken,
  passwordChangedMail,
  secondFactorChangedMail,
} from '../mail/messages.ts'
import { sendComposed } from '../mail/send-composed.ts'
import { findRecipient, formatDay, formatMoment, type Recipient } from './recipient.ts'

const CHANGES = {
  'totp-enabled': 'An authenticator app was set up for your account, and ten new recovery codes were made.',
  'totp-disabled': 'The authenticator app was taken off your account.',
  'recovery-codes-made': 'New recovery codes were made for your account; the old ones work no more.',
  'passkey-added': 'A passkey was added to your account. It signs in without your password.',
  'passkey-deleted': 'A passkey was deleted from your account.',
}
export type NoticedChange = keyof typeof CHANGES

/** Tells a person of a change to what signs them in. These mails cannot be switched off. */
export const sendAccountNoticeJob = defineJob({
  name: 'notice.account',
  schema: z.discriminatedUnion('kind', [
    z.object({
      kind: z.enum(['password-changed', 'password-reset']),
      userId: z.uuid(),
      /** Names. */
      endedApiTokens: z.array(z.string()).default([]),
    }),
    z.object({
      kind: z.literal('second-factor-changed'),
      userId: z.uuid(),
      change: z.enum([
        'totp-enabled',
        'totp-disabled',
        'recovery-codes-made',
        'passkey-added',
        'passkey-deleted',
      ]),
    }),
    z.object({ kind: z.literal('email-changed'), userId: z.uuid(), oldEmail: z.string() }),
  ]),
  run: async ({ services, payload }) => {
    const { userId } = payload
    const recipient = await services.db.withUserSql(userId, (client) => findRecipient(client, { userId }))
    if (!recipient) return
    if (payload.kind === 'email-changed') {
      const content = emailChangedMail({ to: recipient.email })
      return sendComposed({ services, to: payload.oldEmail, recipientId: userId, content })
    }
    const at = formatMoment(services.now(), recipient.settings)
    if (payload.kind === 'second-factor-changed') {
      const content = secondFactorChangedMail({ at, what: CHANGES[payload.change] })
      return sendComposed({ services, to: recipient.email, recipientId: userId, content })
    }
    const content = passwordChangedMail({
      at,
      isReset: payload.kind === 'password-reset',
      apiTokens: await services.db.withUserSql(userId, (client) =>
        readMailedTokens(client, { userId, now: services.now(), settings: recipient.settings }),
      ),
      endedApiTokens: payload.endedApiTokens,
      tokensUrl: `${await publicAddress(services)}/settings/tokens`,
    })
    await sendComposed({ services, to: recipient.email, recipientId: userId, content })
  },
})

/** The API tokens that work now, the newest first. */
async function readMailedTokens(
  q: Queryable,
  o: { userId: string; now: Date; settings: Recipient['settings'] },
): Promise<MailedApiToken[]> {
  const { rows } = await q.query<ApiTokenRow>(
    `SELECT ${API_TOKEN_COLUMNS} FROM api_tokens
     WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > $2)
     ORDER BY created_at DESC, token_id DESC`,
    [o.userId, o.now],
  )
  return rows.map(({ name, scopes, createdAt, lastUsedAt }) => ({
    name,
    scopes,
    createdAt: formatDay(createdAt, o.settings),
    lastUsedAt: lastUsedAt && formatDay(lastUsedAt, o.settings),
  }))
}
