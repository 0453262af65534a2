import { z } from 'zod'
import { defineJob } from '../jobs.ts'
import { forgetOldMails } from '../mail/outbox.ts'

const HOUR_SECONDS = 3_600
/** Ended sessions are kept for a while, so that a person can see where they were signed in. */
const SESSIONS_KEPT_DAYS = 30
/** Longer than a count of tries holds. */
const ATTEMPTS_KEPT_HOURS = 25

/** Used and old links are kept for a while, too, to tell what happened. */
const LINKS_KEPT_DAYS = 7

/** Removes what is over: sessions, links, challenges, sign-ups that nobody confirmed, counts of tries, mails in the outbox. */
export const forgetExpiredJob = defineJob({
  name: 'auth.forgetExpired',
  schema: z.object({}),
  everySeconds: () => HOUR_SECONDS,
  run: async ({ services }) => {
    const { pool, scheduler } = services.db
    await scheduler.query(
      'DELETE FROM sessions WHERE expires_at < $1::timestamptz - make_interval(days => $2)',
      [services.now(), SESSIONS_KEPT_DAYS],
    )
    for (const table of ['one_time_tokens', 'pending_sign_ups']) {
      await scheduler.query(
        `DELETE FROM ${table} WHERE expires_at < $1::timestamptz - make_interval(days => $2)`,
        [services.now(), LINKS_KEPT_DAYS],
      )
    }
    for (const table of ['passkey_challenges', 'identity_flows']) {
      await pool.query(`DELETE FROM ${table} WHERE expires_at < $1`, [services.now()])
    }
    await forgetOldMails(pool, { now: services.now() })
    await pool.query(
      'DELETE FROM sign_in_attempts WHERE last_at < $1::timestamptz - make_interval(hours => $2)',
      [services.now(), ATTEMPTS_KEPT_HOURS],
    )
  },
})
