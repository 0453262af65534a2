import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import { holdSession } from '../auth/held-user.ts'
import { farewellOf, isNoAddress } from '../auth/no-address.ts'
import { inPasswordQueue } from '../auth/passwords.ts'
import { clearSessionCookies } from '../auth/sessions.ts'
import type { PublicContext, UserContext } from '../context.ts'
import { notFound, ServiceError } from '../errors.ts'
import { publishEvent } from '../events.ts'
import { refuseLastAdmin } from './last-admin.ts'
import type { DeleteMe } from './schemas.ts'

/**
 * Deletes the person who asks, in one transaction: their data keys and what those sealed first, then everything else
 * of theirs, and every session in every process. The log of the server keeps that it happened; their own log goes
 * with them.
 *
 * @throws ServiceError `CONFIRMATION_WRONG`, `WRONG_PASSWORD`, `PASSWORD_NEEDED`, `LAST_ADMIN` while others would be left
 *   without an administrator, `TOO_MANY_ATTEMPTS`, `BUSY`
 */
export async function deleteUser(o: {
  ctx: UserContext & Pick<PublicContext, 'request'>
  input: DeleteMe
}): Promise<{ ok: true }> {
  const { ctx } = o
  const { services, actor } = ctx
  const { userId } = actor
  const version = await requireConfirmation(o)
  await services.db.withUserSql(userId, async (client) => {
    await holdSession(client, { ctx, stepUp: true, version })
    await refuseLastAdmin(client, {
      userId,
      alone: 'may-go',
      message:
        'You are the only administrator, and others use this installation. Make one of them an administrator first.',
    })
    await deleteEverything(client, { userId })
    await publishEvent(client, { type: 'session-revoked', userId, sessionId: null })
  })
  services.log.info({ userId, actor: actor.name, ip: actor.ip }, 'A person deleted their account')
  clearSessionCookies(ctx.request)
  return { ok: true }
}

interface Secret {
  email: string
  passwordHash: string | null
  version: number
}

/**
 * An account without a password has nothing more to give than the step-up, which the procedure has asked for.
 * @returns as of `holdSession`
 */
async function requireConfirmation(o: { ctx: UserContext; input: DeleteMe }): Promise<number> {
  const { ctx, input } = o
  const { email, passwordHash, version } = await readSecret(ctx)
  if (input.confirmation !== farewellOf(email)) {
    throw confirmationWrong(
      isNoAddress(email)
        ? `Type “${farewellOf(email)}” to confirm.`
        : 'This is not the e-mail address of your account.',
    )
  }
  if (passwordHash !== null) await requirePassword({ ...o, passwordHash })
  return version
}

async function requirePassword(o: {
  ctx: UserContext
  input: DeleteMe
  passwordHash: string
}): Promise<void> {
  const { services, actor } = o.ctx
  const { password } = o.input
  if (password === undefined) throw passwordFault('PASSWORD_NEEDED', 'Enter your password.')
  // Counted: a stolen session is no way to guess the password.
  const subject = { scope: 'confirm', subject: actor.userId } as const
  await services.attempts.begin(subject)
  if (!(await inPasswordQueue(services.passwords.verify(o.passwordHash, password)))) {
    await recordRefusal(o.ctx)
    throw passwordFault('WRONG_PASSWORD', 'The password is wrong.')
  }
  await services.attempts.succeed(subject)
}

function confirmationWrong(message: string): ServiceError {
  return new ServiceError({
    kind: 'invalid',
    reason: 'CONFIRMATION_WRONG',
    message,
    fields: { confirmation: message },
  })
}

function passwordFault(reason: string, message: string): ServiceError {
  return new ServiceError({ kind: 'refused', reason, message, fields: { password: message } })
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

async function recordRefusal({ services, actor }: UserContext): Promise<void> {
  await services.db.withUserSql(actor.userId, (client) =>
    recordAct(client, {
      actor,
      action: 'user.deletion-refused',
      target: `user:${actor.userId}`,
      detail: { reason: 'WRONG_PASSWORD' },
    }),
  )
}

/** Both halves of each secret go in the first statement; the rest hangs on the user and goes with them. */
async function deleteEverything(client: pg.PoolClient, { userId }: { userId: string }): Promise<void> {
  await client.query(
    `WITH keys AS (DELETE FROM user_api_keys WHERE user_id = $1),
       factors AS (DELETE FROM second_factors WHERE user_id = $1)
     DELETE FROM data_keys WHERE user_id = $1`,
    [userId],
  )
  await client.query('DELETE FROM users WHERE user_id = $1', [userId])
}
