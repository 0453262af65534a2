import { recordAct } from '../audit/record.ts'
import { inPasswordQueue } from '../auth/passwords.ts'
import type { UserContext } from '../context.ts'
import { notFound, ServiceError } from '../errors.ts'

interface Secret {
  email: string
  passwordHash: string | null
  version: number
}

/**
 * Has a signed-in person give their password. Tries are counted for the person and apart from those to sign in: a
 * stolen session is no way to guess, and a stranger who tries to sign in blocks nothing here.
 * @returns the version of their credentials that the password is of: as of `holdSession`
 * @throws ServiceError WRONG_PASSWORD beside `field`, NO_PASSWORD, TOO_MANY_ATTEMPTS, BUSY
 */
export async function requireOwnPassword(o: {
  ctx: UserContext
  password: string
  field: 'currentPassword' | 'password'
  /** What the log calls a wrong one. */
  refusedAction: string
}): Promise<{ email: string; version: number }> {
  const { services, actor } = o.ctx
  const { email, passwordHash, version } = await readSecret(o.ctx)
  if (passwordHash === null) {
    throw new ServiceError({
      kind: 'refused',
      reason: 'NO_PASSWORD',
      message: 'Your account has no password. Set one by “Forgot your password?” on the sign-in page.',
    })
  }
  const subject = { scope: 'confirm', subject: actor.userId } as const
  await services.attempts.begin(subject)
  if (!(await inPasswordQueue(services.passwords.verify(passwordHash, o.password)))) {
    await recordRefusal(o)
    const message = 'The password is wrong.'
    throw new ServiceError({
      kind: 'refused',
      reason: 'WRONG_PASSWORD',
      message,
      fields: { [o.field]: message },
    })
  }
  await services.attempts.succeed(subject)
  return { email, version }
}

async function readSecret({ services, actor }: UserContext): Promise<Secret> {
  const { rows } = await services.db.withUserSql(actor.userId, (client) =>
    client.query<Secret>(
      `SELECT email, password_hash AS "passwordHash", credentials_version AS version
       FROM users WHERE user_id = $1`,
      [actor.userId],
    ),
  )
  const [secret] = rows
  if (!secret) throw notFound('account')
  return secret
}

async function recordRefusal(o: { ctx: UserContext; refusedAction: string }): Promise<void> {
  const { services, actor } = o.ctx
  await services.db.withUserSql(actor.userId, (client) =>
    recordAct(client, {
      actor,
      action: o.refusedAction,
      target: `user:${actor.userId}`,
      detail: { reason: 'WRONG_PASSWORD' },
    }),
  )
}
