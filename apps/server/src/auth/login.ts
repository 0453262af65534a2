import { findSignIn, type SignIn } from '@opentrade/db'
import type { PublicContext, Services } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { openSession } from './open-session.ts'
import { inPasswordQueue } from './passwords.ts'
import { recordFailedSignInJob } from './record-failed-sign-in.job.ts'
import type { Login, User } from './schemas.ts'
import { askSecondFactor, type SecondFactorAsked } from './second-factor-ask.ts'

/**
 * Checks address and password, and signs the person in: sets the cookies of a new session, or asks for their second
 * factor first.
 * @throws ServiceError WRONG_CREDENTIALS, the same for an unknown address; TOO_MANY_ATTEMPTS; BUSY
 */
export async function logIn(o: {
  ctx: PublicContext
  input: Login
}): Promise<{ user: User } | SecondFactorAsked> {
  const { ctx, input } = o
  const { services, request } = ctx
  const subjects = [
    { scope: 'ip', subject: request.ip },
    { scope: 'account', subject: input.email },
    { scope: 'installation', subject: '' },
  ] as const
  for (const subject of subjects) await services.attempts.begin(subject)
  // Once more from the beginning when how they sign in was changed while the password was checked: it need not have
  // been the password.
  const entered = (await enter(o)) ?? (await enter(o))
  if (!entered) throw wrongCredentials()
  for (const subject of subjects) await services.attempts.succeed(subject)
  return entered
}

/** Null: what signs the person in has changed meanwhile, or they were deactivated. */
async function enter(o: {
  ctx: PublicContext
  input: Login
}): Promise<{ user: User } | SecondFactorAsked | null> {
  const { ctx, input } = o
  const signIn = await checkPassword(o)
  const { userId, credentialsVersion: version } = signIn
  await renewHash({ services: ctx.services, signIn, password: input.password })
  const proven = {
    ctx,
    userId,
    version,
    keepSignedIn: input.keepSignedIn ?? false,
    proofs: ['password'] as const,
  }
  const asked = await askSecondFactor(proven)
  if (asked) return asked
  const user = await openSession({ ...proven, methods: ['password'] })
  return user && { user }
}

/** An address that nobody has costs a hash, too, such as accounts have: the time of the answer tells nothing. */
async function checkPassword({ ctx, input }: { ctx: PublicContext; input: Login }): Promise<SignIn> {
  const { services, request } = ctx
  // For every address, before it is looked up: what this takes must not tell one from another.
  const dummyCost = await services.dummyCosts.costFor(input.email)
  const signIn = await findSignIn(services.db.pool, input)
  const { passwords } = services
  const matches = await inPasswordQueue(
    signIn?.passwordHash
      ? passwords.verify(signIn.passwordHash, input.password)
      : passwords.dummyVerify(input.password, dummyCost),
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

/** Stores a new hash when the parameters have changed since the old one was made. */
async function renewHash(o: { services: Services; signIn: SignIn; password: string }): Promise<void> {
  const { passwords, db, dummyCosts } = o.services
  const { userId, passwordHash } = o.signIn
  if (!passwordHash || !passwords.needsRehash(passwordHash)) return
  const newHash = await inPasswordQueue(passwords.hash(o.password))
  // Only in the place of the one that was checked: the password may have been changed meanwhile.
  await db.withUserSql(userId, (client) =>
    client.query('UPDATE users SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2', [
      ...[userId, passwordHash, newHash],
    ]),
  )
  await dummyCosts.refresh()
}
