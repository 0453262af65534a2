import { createHash } from 'node:crypto'
import type { Database } from '@opentrade/db'
import { ServiceError } from '../errors.ts'

/** What is counted: tries for one address, and tries from one IP address. */
export type AttemptScope = 'account' | 'ip'

export interface AttemptSubject {
  scope: AttemptScope
  /** The e-mail address, whether or not it has an account, or the IP address. */
  subject: string
}

/** Counts tries in PostgreSQL, so that all processes share one count. */
export interface Attempts {
  /**
   * Counts a try before it is made, so that tries at the same time cannot slip past the count.
   * @throws ServiceError TOO_MANY_ATTEMPTS with the time from which the next may be made
   */
  begin: (o: AttemptSubject) => Promise<void>
  /** The try was good: an account's count ends, an IP address's loses this one. */
  succeed: (o: AttemptSubject) => Promise<void>
}

/** Tries that cost no wait; each one after doubles it. An IP address may be that of a whole office. */
const FREE_TRIES = { account: 5, ip: 100 } as const
const LONGEST_WAIT_SECONDS = 900
const FORGOTTEN_AFTER_HOURS = 24

/** A wait blocks tries to sign in alone: it ends no session and no refresh. */
export function createAttempts({ db, now }: { db: Database; now: () => Date }): Attempts {
  return {
    async begin({ scope, subject }) {
      const key = keyOf(subject)
      const { rowCount } = await db.pool.query(
        `INSERT INTO sign_in_attempts AS a (scope, subject, tries, blocked_until, last_at)
         VALUES ($1, $2, 1, $3, $3)
         ON CONFLICT (scope, subject) DO UPDATE SET
           (tries, blocked_until, last_at) = (
             SELECT n.tries,
               CASE WHEN n.tries < $4 THEN $3::timestamptz
                 ELSE $3::timestamptz + make_interval(secs => least($5, power(2, least(n.tries - $4, 30)))) END,
               $3
             FROM (SELECT CASE WHEN a.last_at < $3 - make_interval(hours => $6) THEN 1 ELSE a.tries + 1 END AS tries) n)
         WHERE a.tries < $4 OR a.blocked_until <= $3`,
        [scope, key, now(), FREE_TRIES[scope], LONGEST_WAIT_SECONDS, FORGOTTEN_AFTER_HOURS],
      )
      if (rowCount === 0) throw tooMany(await readWait({ db, scope, key, now }))
    },
    async succeed({ scope, subject }) {
      const sql =
        scope === 'account'
          ? 'DELETE FROM sign_in_attempts WHERE scope = $1 AND subject = $2'
          : 'UPDATE sign_in_attempts SET tries = greatest(tries - 1, 0) WHERE scope = $1 AND subject = $2'
      await db.pool.query(sql, [scope, keyOf(subject)])
    },
  }
}

/** An address that was tried need not be kept in clear. */
function keyOf(subject: string): Buffer {
  return createHash('sha256').update(subject).digest()
}

async function readWait(o: { db: Database; scope: string; key: Buffer; now: () => Date }): Promise<Date> {
  const { rows } = await o.db.pool.query<{ blockedUntil: Date }>(
    'SELECT blocked_until AS "blockedUntil" FROM sign_in_attempts WHERE scope = $1 AND subject = $2',
    [o.scope, o.key],
  )
  return rows[0]?.blockedUntil ?? o.now()
}

function tooMany(retryAt: Date): ServiceError {
  return new ServiceError({
    kind: 'too-many',
    reason: 'TOO_MANY_ATTEMPTS',
    message: 'There were too many tries. Wait a little, then try again.',
    retryAt,
  })
}
