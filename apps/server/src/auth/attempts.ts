import { createHash } from 'node:crypto'
import type { Database } from '@opentrade/db'
import { ServiceError } from '../errors.ts'
import { networkOf } from '../ip-network.ts'

/**
 * What is counted. Signing in: by address, by IP address and over the whole installation. Asking for mails: the same,
 * apart from it, so that a lock on signing in blocks no reset. `confirm`: tries of a signed-in person to give their
 * password, by user id, so that a stranger's tries to sign in block none of them; `confirm-code`: the same with a code.
 * `second-factor`: codes at a sign-in, by user id. Codes are counted apart from the password, which whoever guesses
 * them has: giving it again must not start the count anew.
 */
export type AttemptScope =
  | 'account'
  | 'ip'
  | 'installation'
  | 'mail-account'
  | 'mail-ip'
  | 'mail-installation'
  | 'confirm'
  | 'confirm-code'
  | 'second-factor'

export interface AttemptSubject {
  scope: AttemptScope
  /**
   * The e-mail address, whether or not it has an account; the IP address, of which the network counts; the user's id;
   * '' for the installation.
   */
  subject: string
}

/** Counts tries in PostgreSQL, so that all processes share one count. */
export interface Attempts {
  /**
   * Counts a try before it is made, so that tries at the same time cannot slip past the count.
   * @throws ServiceError TOO_MANY_ATTEMPTS with the time from which the next may be made
   */
  begin: (o: AttemptSubject) => Promise<void>
  /** The try was good: a count that makes wait longer and longer ends, but an IP address's loses this one alone. */
  succeed: (o: AttemptSubject) => Promise<void>
}

/** Tries that cost no wait; each one after doubles it. An IP address may be that of a whole office. */
const FREE_TRIES = {
  account: 5,
  confirm: 5,
  'confirm-code': 5,
  'second-factor': 5,
  ip: 100,
  'mail-account': 5,
  'mail-ip': 50,
} as const
/** Whoever made a good try here is the one whose account it is; an IP address may be that of many. */
const ENDED_BY_SUCCESS = new Set<AttemptScope>(['account', 'confirm', 'confirm-code', 'second-factor'])
/**
 * Tries in a minute over the installation: a wait that grows would let a stranger lock everybody out, so that this
 * one ends with its minute. A good try takes its count back.
 */
const TRIES_A_MINUTE = { installation: 600, 'mail-installation': 300 } as const
const MINUTE_SECONDS = 60
const LONGEST_WAIT_SECONDS = 900
const FORGOTTEN_AFTER_HOURS = 24

type GrowingScope = keyof typeof FREE_TRIES

interface Count {
  db: Database
  key: Buffer
  now: Date
}

/**
 * A wait blocks tries alone: it ends no session and no refresh. One that lasts longer than any can was written by a
 * clock that was ahead, and blocks nothing.
 */
export function createAttempts({ db, now }: { db: Database; now: () => Date }): Attempts {
  return {
    async begin({ scope, subject }) {
      const count = { db, key: keyOf({ scope, subject }), now: now() }
      const counted =
        scope === 'installation' || scope === 'mail-installation'
          ? await countInMinute({ ...count, scope })
          : await countGrowing({ ...count, scope })
      if (!counted) throw tooMany(await readWait({ ...count, scope }))
    },
    async succeed({ scope, subject }) {
      const sql = ENDED_BY_SUCCESS.has(scope)
        ? 'DELETE FROM sign_in_attempts WHERE scope = $1 AND subject = $2'
        : 'UPDATE sign_in_attempts SET tries = greatest(tries - 1, 0) WHERE scope = $1 AND subject = $2'
      await db.pool.query(sql, [scope, keyOf({ scope, subject })])
    },
  }
}

async function countGrowing(o: Count & { scope: GrowingScope }): Promise<boolean> {
  const { rowCount } = await o.db.pool.query(
    `INSERT INTO sign_in_attempts AS a (scope, subject, tries, blocked_until, last_at)
     VALUES ($1, $2, 1, $3, $3)
     ON CONFLICT (scope, subject) DO UPDATE SET
       (tries, blocked_until, last_at) = (
         SELECT n.tries,
           CASE WHEN n.tries < $4 THEN $3::timestamptz
             ELSE $3::timestamptz + make_interval(secs => least($5, power(2, least(n.tries - $4, 30)))) END,
           $3
         FROM (SELECT CASE WHEN a.last_at < $3 - make_interval(hours => $6) THEN 1 ELSE a.tries + 1 END AS tries) n)
     WHERE a.tries < $4 OR a.blocked_until <= $3
       OR a.blocked_until > $3::timestamptz + make_interval(secs => $5)`,
    [o.scope, o.key, o.now, FREE_TRIES[o.scope], LONGEST_WAIT_SECONDS, FORGOTTEN_AFTER_HOURS],
  )
  return rowCount === 1
}

/** `blocked_until` is the end of the minute that is being counted. */
async function countInMinute(o: Count & { scope: keyof typeof TRIES_A_MINUTE }): Promise<boolean> {
  const { rowCount } = await o.db.pool.query(
    `INSERT INTO sign_in_attempts AS a (scope, subject, tries, blocked_until, last_at)
     VALUES ($1, $2, 1, $3::timestamptz + make_interval(secs => $5), $3)
     ON CONFLICT (scope, subject) DO UPDATE SET
       tries = CASE WHEN a.blocked_until > $3 AND a.blocked_until <= excluded.blocked_until
         THEN a.tries + 1 ELSE 1 END,
       blocked_until = CASE WHEN a.blocked_until > $3 AND a.blocked_until <= excluded.blocked_until
         THEN a.blocked_until ELSE excluded.blocked_until END,
       last_at = $3
     WHERE a.blocked_until <= $3 OR a.blocked_until > excluded.blocked_until OR a.tries < $4`,
    [o.scope, o.key, o.now, TRIES_A_MINUTE[o.scope], MINUTE_SECONDS],
  )
  return rowCount === 1
}

/** An address that was tried need not be kept in clear. */
function keyOf({ scope, subject }: AttemptSubject): Buffer {
  const counted = scope === 'ip' || scope === 'mail-ip' ? networkOf(subject) : subject
  return createHash('sha256').update(counted).digest()
}

async function readWait(o: Count & { scope: string }): Promise<Date> {
  const { rows } = await o.db.pool.query<{ blockedUntil: Date }>(
    'SELECT blocked_until AS "blockedUntil" FROM sign_in_attempts WHERE scope = $1 AND subject = $2',
    [o.scope, o.key],
  )
  return rows[0]?.blockedUntil ?? o.now
}

function tooMany(retryAt: Date): ServiceError {
  return new ServiceError({
    kind: 'too-many',
    reason: 'TOO_MANY_ATTEMPTS',
    message: 'There were too many tries. Wait a little, then try again.',
    retryAt,
  })
}
