import { passwordProblem } from '@opentrade/crypto'
import { uuidv7 } from '@opentrade/db'
import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { PublicContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { endCurrentSession } from './logout.ts'
import { inPasswordQueue } from './passwords.ts'
import type { Register, User } from './schemas.ts'
import { createSession, setSessionCookies } from './sessions.ts'
import { findActiveUser, toUser, type UserRow } from './users.ts'

const FIRST_USER_LOCK = 'opentrade first user'

/**
 * Signs a new person up and in. The first of an installation is its administrator.
 * @throws ServiceError WEAK_PASSWORD with the reason beside the field; REGISTRATION_REFUSED for a taken address;
 *   TOO_MANY_ATTEMPTS; BUSY
 */
export async function registerUser(o: { ctx: PublicContext; input: Register }): Promise<{ user: User }> {
  const { ctx, input } = o
  const { services, request } = ctx
  refuseWeakPassword(input)
  await services.attempts.begin({ scope: 'ip', subject: request.ip })
  // Before the address is looked up: a taken one is answered no sooner.
  const passwordHash = await inPasswordQueue(services.passwords.hash(input.password))
  const userId = uuidv7()
  const created = await services.db.withUserSql(userId, async (client) => {
    const user = await insertUser(client, { userId, passwordHash, input })
    if (!user) return null
    const session = await createSession(client, { services, request, userId, keepSignedIn: false })
    await recordAct(client, {
      actor: { userId, name: `session:${session.sessionId}`, ip: request.ip },
      action: 'auth.signed-up',
      target: `user:${userId}`,
      detail: { role: user.role, userAgent: request.userAgent },
    })
    return { user, session }
  })
  if (!created) throw takenAddress()
  await endCurrentSession({ ctx, reason: 'replaced' })
  await setSessionCookies({ services, request, session: created.session })
  return { user: toUser(created.user) }
}

function refuseWeakPassword({ email, password }: Register): void {
  const problem = passwordProblem({ email, password, hasSecondFactor: false })
  if (!problem) return
  throw new ServiceError({
    kind: 'invalid',
    reason: 'WEAK_PASSWORD',
    message: problem.message,
    fields: { password: problem.message },
  })
}

function takenAddress(): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'REGISTRATION_REFUSED',
    message: 'No account could be made for this address. If it is yours already, sign in instead.',
  })
}

/** @returns null when the address is taken */
async function insertUser(
  client: pg.PoolClient,
  o: { userId: string; passwordHash: string; input: Register },
): Promise<UserRow | null> {
  // Sign-ups wait for each other here, so that two at once cannot both be the first.
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [FIRST_USER_LOCK])
  const { rowCount } = await client.query(
    `INSERT INTO users (user_id, email, password_hash, display_name, role, last_login_at)
     SELECT $1, $2, $3, $4, CASE WHEN has_users() THEN 'user' ELSE 'admin' END, now()
     ON CONFLICT (email) DO NOTHING`,
    [o.userId, o.input.email, o.passwordHash, o.input.displayName || null],
  )
  return rowCount === 0 ? null : findActiveUser(client, o)
}
