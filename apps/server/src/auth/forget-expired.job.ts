import { z } from 'zod'
import { defineJob } from '../jobs.ts'

const HOUR_SECONDS = 3_600
/** Ended sessions are kept for a while, so that a person can see where they were signed in. */
const SESSIONS_KEPT_DAYS = 30
/** Longer than a count of tries holds. */
const ATTEMPTS_KEPT_HOURS = 25

/** Removes sessions that ended long ago and counts of tries that hold no more. */
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
    await pool.query(
      'DELETE FROM sign_in_attempts WHERE last_at < $1::timestamptz - make_interval(hours => $2)',
      [services.now(), ATTEMPTS_KEPT_HOURS],
    )
  },
})
