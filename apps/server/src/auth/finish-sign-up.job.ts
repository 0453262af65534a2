import { findSignIn } from '@opentrade/db'
import { z } from 'zod'
import type { Services } from '../context.ts'
import { defineJob } from '../jobs.ts'
import { linkTo, publicAddress } from '../mail/addresses.ts'
import { finishSignUpMail, signUpTakenMail } from '../mail/messages.ts'
import { sendComposed } from '../mail/send-composed.ts'
import { makeToken } from './one-time-tokens.ts'

/** Writes to the address of a sign-up: the link that makes the account, or that there is one already. */
export const finishSignUpJob = defineJob({
  name: 'auth.finish-sign-up',
  schema: z.object({ pendingId: z.uuid() }),
  run: async ({ services, payload }) => {
    const { pendingId } = payload
    const { token, hash } = makeToken({ userId: pendingId })
    const email = await services.db.withUserSql(pendingId, async (client) => {
      const { rows } = await client.query<{ email: string }>(
        'UPDATE pending_sign_ups SET token_hash = $2 WHERE user_id = $1 AND expires_at > $3 RETURNING email',
        [pendingId, hash, services.now()],
      )
      return rows[0]?.email ?? null
    })
    if (email === null) return
    const owner = await findSignIn(services.db.pool, { email })
    if (owner) return answerTaken({ services, pendingId, email, ownerId: owner.userId })
    const url = await linkTo({ services, page: 'verify-email', token })
    await sendComposed({ services, to: email, recipientId: null, content: finishSignUpMail({ url }) })
  },
})

async function answerTaken(o: {
  services: Services
  pendingId: string
  email: string
  ownerId: string
}): Promise<void> {
  const { services, pendingId, email, ownerId } = o
  const url = `${await publicAddress(services)}/sign-in`
  await sendComposed({ services, to: email, recipientId: ownerId, content: signUpTakenMail({ url }) })
  await services.db.withUserSql(pendingId, (client) =>
    client.query('DELETE FROM pending_sign_ups WHERE user_id = $1', [pendingId]),
  )
}
