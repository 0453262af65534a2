import { findSignIn, type SignIn } from '@opentrade/db'
import { recordAct } from '../audit/record.ts'
import type { PublicContext, Services } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { endCurrentSession } from './logout.ts'
import { inPasswordQueue } from './passwords.ts'
import { recordFailedSignInJob } from './record-failed-sign-in.job.ts'
import type { Login, User } from './schemas.ts'
import { createSession, setSessionCookies } from './sessions.ts'
import { findActiveUser, toUser } from './users.ts'

/**
 * Signs a person in by address and password and sets the cookies of a new session.
 * @throws ServiceError WRONG_CREDENTIALS, the same for an unknown address; TOO_MANY_ATTEMPTS; BUSY
 */
export async function logIn({ ctx, input }: { ctx: PublicContext; input: Login }): Promise<{ user: User }> {
  const { services, request } = ctx
  const subjects = [
    { scope: 'ip', subject: request.ip },
    { scope: 'account', subject: input.email },
  ] as const
  for (const subject of subjects) await services.attempts.begin(subject)
  const signIn = await checkPassword({ ctx, input })
  const { userId } = signIn
  for (const subject of subjects) await services.attempts.succeed(subject)
  await endCurrentSession({ ctx, reason: 'replaced' })
  const newHash = await rehash({ services, signIn, password: input.password })
  const { user, session } = await services.db.withUserSql(userId, async (client) => {
    const row = await findActiveUser(client, { userId })
    // Deactivated while the password was checked.
    if (!row) throw wrongCredentials()
    const created = await createSession(client, {
      services,
      request,
      userId,
      keepSignedIn: input.keepSignedIn ?? false,
    })
    await client.query(
      `UPDATE users SET last_login_at = $2, password_hash = coalesce($3, password_hash) WHERE user_id = $1`,
      [userId, services.now(), newHash],
    )
    await recordAct(client, {
      actor: { userId, name: `session:${created.sessionId}`, ip: request.ip },
      action: 'auth.signed-in',
      target: `session:${created.sessionId}`,
      detail: { userAgent: request.userAgent },
    })
    return { user: row, session: created }
  })
  await setSessionCookies({ services, request, session })
  return { user: toUser(user) }
}

/** An address that nobody has costs a hash, too: the time of the answer tells nothing. */
async function checkPassword({ ctx, input }: { ctx: PublicContext; input: Login }): Promise<SignIn> {
  const { services, request } = ctx
  const signIn = await findSignIn(services.db.pool, input)
  const { passwords } = services
  const matches = await inPasswordQueue(
    signIn?.passwordHash
      ? passwords.verify(signIn.passwordHash, input.password)
      : passwords.dummyVerify(input.password),
  )
  if (signIn && matches && signIn.isActive) return signIn
  await services.jobs.add(recordFailedSignInJob, {
    userId: signIn?.userId ?? null,
    triedAt: services.now().toISOString(),
    ip: request.ip,
    userAgent: request.userAgent,
  })
  throw wrongCredentials()
}

function wrongCredentials(): ServiceError {
  return new ServiceError({
    kind: 'unauthenticated',
    reason: 'WRONG_CREDENTIALS',
    message: 'The e-mail address or the password is wrong.',
  })
}

/** A new hash when the parameters have changed since the stored one was made; else null. */
async function rehash(o: { services: Services; signIn: SignIn; password: string }): Promise<string | null> {
  const { passwords } = o.services
  if (!o.signIn.passwordHash || !passwords.needsRehash(o.signIn.passwordHash)) return null
  return inPasswordQueue(passwords.hash(o.password))
}
