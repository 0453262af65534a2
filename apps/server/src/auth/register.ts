import { uuidv7 } from '@opentrade/db'
import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { PublicContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { takeInvitation } from '../installation/invitations.ts'
import { admitSignUp } from '../installation/sign-up-mode.ts'
import { createAccount, hasUsers } from './create-account.ts'
import { finishSignUpJob } from './finish-sign-up.job.ts'
import { holdNewUser } from './held-user.ts'
import { endCurrentSession } from './logout.ts'
import { refuseWeakPassword } from './new-password.ts'
import { TOKEN_MINUTES } from './one-time-tokens.ts'
import { inPasswordQueue } from './passwords.ts'
import type { Register, User } from './schemas.ts'
import { sendVerificationJob } from './send-verification.job.ts'
import { createSession, type SessionTokens, setSessionCookies } from './sessions.ts'
import { findActiveUser, toUser, type UserRow } from './users.ts'

/** Signed up and in; or, where mails go out, told to look for one, whether or not the address has an account. */
export type Registered = { user: User; next: null } | { user: null; next: 'check-mail' }

interface SignUp {
  ctx: PublicContext
  input: Register
  passwordHash: string
  /** Null: none is needed. */
  invitationHash: Uint8Array | null
}

/**
 * Signs a new person up. Without a mail server, and for the first of an installation, who is its administrator, they
 * are signed in at once. Else the account is made by the link of a mail.
 * @throws ServiceError WEAK_PASSWORD with the reason beside the field; SIGN_UP_CLOSED; INVITATION_REFUSED;
 *   REGISTRATION_REFUSED for a taken address, without a mail server; TOO_MANY_ATTEMPTS; BUSY
 */
export async function registerUser(o: { ctx: PublicContext; input: Register }): Promise<Registered> {
  const { ctx, input } = o
  const { services, request } = ctx
  refuseWeakPassword({ ...input, hasSecondFactor: false, field: 'password' })
  await services.attempts.begin({ scope: 'ip', subject: request.ip })
  const isFirst = !(await hasUsers(services.db.pool))
  const invitationHash = isFirst ? null : await admitSignUp({ services, ...input })
  const byMail = services.mailer.viaSmtp && !isFirst
  if (byMail) await countSignUpMail(o)
  // Before the address is looked up: a taken one is answered no sooner.
  const passwordHash = await inPasswordQueue(services.passwords.hash(input.password))
  const signUp = { ctx, input, passwordHash, invitationHash }
  return byMail ? askToConfirm(signUp) : signUpAtOnce(signUp)
}

/** The IP address was counted as one that signs up. */
async function countSignUpMail({ ctx, input }: { ctx: PublicContext; input: Register }): Promise<void> {
  const { attempts } = ctx.services
  await attempts.begin({ scope: 'mail-account', subject: input.email })
  await attempts.begin({ scope: 'mail-installation', subject: '' })
}

/** Does the same, and takes as long, whoever has the address: a job looks that up. */
async function askToConfirm(o: SignUp): Promise<Registered> {
  const { services, request } = o.ctx
  const userId = uuidv7()
  const now = services.now()
  await services.db.withUserSql(userId, (client) =>
    client.query(
      `INSERT INTO pending_sign_ups
         (user_id, email, password_hash, display_name, invitation_hash, ip, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $7::timestamptz + make_interval(mins => $8))`,
      [
        userId,
        o.input.email,
        o.passwordHash,
        o.input.displayName || null,
        o.invitationHash,
        request.ip,
        now,
        TOKEN_MINUTES['verify-email'],
      ],
    ),
  )
  await services.jobs.add(finishSignUpJob, { pendingId: userId })
  return { user: null, next: 'check-mail' }
}

async function signUpAtOnce(o: SignUp): Promise<Registered> {
  const { ctx } = o
  const { services, request } = ctx
  const userId = uuidv7()
  const created = await services.db.withUserSql(userId, (client) => createSignedIn(client, { ...o, userId }))
  if (!created) throw takenAddress()
  await endCurrentSession({ ctx, reason: 'replaced' })
  await setSessionCookies({ services, request, session: created.session })
  await services.jobs.add(sendVerificationJob, { userId })
  return { user: toUser(created.user), next: null }
}

/** Null: the address is taken; nothing is kept then. */
async function createSignedIn(
  client: pg.PoolClient,
  o: SignUp & { userId: string },
): Promise<{ user: UserRow; session: SessionTokens } | null> {
  const { userId, passwordHash, ctx, input } = o
  const { services, request } = ctx
  const { email, displayName = null } = input
  if (!(await createAccount(client, { userId, email, passwordHash, displayName, emailVerified: false })))
    return null
  if (o.invitationHash) await takeInvitation(client, { hash: o.invitationHash, userId, now: services.now() })
  const user = await findActiveUser(client, { userId })
  if (!user) return null
  const session = await createSession(holdNewUser(client, { userId }), {
    ...{ services, request, keepSignedIn: false },
    proofs: ['password'],
  })
  await recordAct(client, {
    actor: { userId, name: `session:${session.sessionId}`, ip: request.ip },
    action: 'auth.signed-up',
    target: `user:${userId}`,
    detail: { role: user.role, userAgent: request.userAgent },
  })
  return { user, session }
}

function takenAddress(): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'REGISTRATION_REFUSED',
    message: 'No account could be made for this address. If it is yours already, sign in instead.',
  })
}
