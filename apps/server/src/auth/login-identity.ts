import { findIdentity, type IdentityOwner, uuidv7 } from '@opentrade/db'
import type pg from 'pg'
import { recordAct } from '../audit/record.ts'
import type { PublicContext, Services } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { takeInvitation } from '../installation/invitations.ts'
import { admitSignUp } from '../installation/sign-up-mode.ts'
import type { LoginIdentity } from './access-schemas.ts'
import { createAccount, hasUsers } from './create-account.ts'
import { identityProof } from './held-user.ts'
import type { VerifiedIdentity } from './identity-providers.ts'
import { insertIdentity } from './identity-rows.ts'
import { noAddressOf } from './no-address.ts'
import { openSession } from './open-session.ts'
import type { User } from './schemas.ts'
import { askSecondFactor, type SecondFactorAsked } from './second-factor-ask.ts'
import { isUniqueViolation } from './unique-violation.ts'

/**
 * Signs in whoever brings a token of theirs, as `letIn` does.
 * @throws ServiceError IDENTITY_REFUSED, IDENTITY_PROVIDER_DOWN, IDENTITY_EMAIL_TAKEN, SIGN_UP_CLOSED,
 *   INVITATION_REFUSED, TOO_MANY_ATTEMPTS
 */
export async function logInIdentity({
  ctx,
  input,
}: {
  ctx: PublicContext
  input: LoginIdentity
}): Promise<LetIn> {
  const { services } = ctx
  const identity = await countingTry(ctx, () => services.identityProviders.verify(input.token))
  return letIn({ ctx, input, identity })
}

/**
 * Has tries that fail count for the address that they come from. An issuer that is down is nobody's try: while it
 * lasts, an office must not lose its other ways to sign in.
 */
export async function countingTry<Result>(ctx: PublicContext, run: () => Promise<Result>): Promise<Result> {
  const { services, request } = ctx
  const subject = { scope: 'ip', subject: request.ip } as const
  await services.attempts.begin(subject)
  try {
    const result = await run()
    await services.attempts.succeed(subject)
    return result
  } catch (error) {
    if (error instanceof ServiceError && error.kind === 'unavailable')
      await services.attempts.succeed(subject)
    throw error
  }
}

/** Signed in, or asked for a second factor first. */
export type LetIn = { user: User } | SecondFactorAsked

/**
 * Signs in whoever an issuer vouches for, and makes them an account the first time. Who they are is (issuer, subject).
 * An address that the issuer has verified is the new account's; one that it has not counts for nothing, since anybody
 * could name anybody's. When it belongs to an account already, that account's owner has to link the two: a second
 * account would hide the first, and to open the first would make its password worthless.
 * @throws ServiceError IDENTITY_REFUSED, IDENTITY_EMAIL_TAKEN, SIGN_UP_CLOSED, INVITATION_REFUSED
 */
export async function letIn(o: SignUp): Promise<LetIn> {
  const { ctx, identity, input } = o
  const owner = (await findActive({ services: ctx.services, identity })) ?? (await signUpIdentity(o))
  const proven = {
    ...{ ctx, userId: owner.userId, version: owner.credentialsVersion },
    ...{ keepSignedIn: input.keepSignedIn ?? false, proofs: [identityProof(identity)] },
  }
  const asked = await askSecondFactor(proven)
  if (asked) return asked
  const user = await openSession({
    ...proven,
    methods: [identity.provider.kind],
    verifiedAt: identity.shownAt,
  })
  if (!user) throw deactivated()
  return { user }
}

interface SignUp {
  ctx: PublicContext
  input: Pick<LoginIdentity, 'keepSignedIn' | 'invitation'>
  identity: VerifiedIdentity
}

type Owner = Pick<IdentityOwner, 'userId' | 'credentialsVersion'>

/** Null: nobody signs in with it yet. */
async function findActive(o: { services: Services; identity: VerifiedIdentity }): Promise<Owner | null> {
  const found = await findIdentity(o.services.db.pool, o.identity)
  if (found && !found.isActive) throw deactivated()
  return found
}

/** @returns the new account, or the one that the same person made at the same time */
async function signUpIdentity(o: SignUp): Promise<Owner> {
  const { services } = o.ctx
  const userId = uuidv7()
  const email = o.identity.email ?? noAddressOf(userId)
  const isFirst = !(await hasUsers(services.db.pool))
  const invitationHash = isFirst
    ? null
    : await admitSignUp({ services, email, invitation: o.input.invitation })
  const created = await insertAccount({ ...o, userId, email, invitationHash })
  const owner = created ? { userId, credentialsVersion: 0 } : await findActive({ services, ...o })
  if (owner === null) throw taken()
  return owner
}

/** False: somebody has the address, or the identity. Nothing is kept then. */
async function insertAccount(
  o: SignUp & { userId: string; email: string; invitationHash: Uint8Array | null },
): Promise<boolean> {
  const { services } = o.ctx
  try {
    await services.db.withUserSql(o.userId, (client) => insertWithin(client, o))
    return true
  } catch (error) {
    if (error instanceof TakenError || isUniqueViolation(error)) return false
    throw error
  }
}

/** Undoes the transaction. */
class TakenError extends Error {}

async function insertWithin(
  client: pg.PoolClient,
  o: SignUp & { userId: string; email: string; invitationHash: Uint8Array | null },
): Promise<void> {
  const { ctx, identity, userId, email, invitationHash } = o
  const { services, request } = ctx
  const created = await createAccount(client, {
    userId,
    email,
    passwordHash: null,
    displayName: identity.displayName,
    emailVerified: identity.email !== null,
  })
  if (!created) throw new TakenError()
  if (invitationHash) await takeInvitation(client, { hash: invitationHash, userId, now: services.now() })
  await insertIdentity(client, { userId, identity, now: services.now() })
  await recordAct(client, {
    actor: { userId, name: 'sign-in', ip: request.ip },
    action: 'auth.signed-up',
    target: `user:${userId}`,
    detail: { issuer: identity.issuer, subject: identity.subject, userAgent: request.userAgent },
  })
}

function taken(): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'IDENTITY_EMAIL_TAKEN',
    message:
      'There is an account with your e-mail address already. Sign in to it, then link this one in your account settings.',
  })
}

/** Said like any other refusal. */
function deactivated(): ServiceError {
  return new ServiceError({
    kind: 'unauthenticated',
    reason: 'IDENTITY_REFUSED',
    message: 'This sign-in was not accepted. Sign in again where you have that account.',
  })
}
