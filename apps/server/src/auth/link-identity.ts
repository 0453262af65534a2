import { findIdentity } from '@opentrade/db'
import { recordAct } from '../audit/record.ts'
import type { UserContext } from '../context.ts'
import { notFound, ServiceError } from '../errors.ts'
import type { LinkIdentity, UnlinkIdentity } from './access-schemas.ts'
import { endWhatRestsOn } from './end-what-rests-on.ts'
import { holdSession, identityProof } from './held-user.ts'
import type { VerifiedIdentity } from './identity-providers.ts'
import { type IdentityInfo, insertIdentity, readIdentities } from './identity-rows.ts'
import { refuseLastSignIn } from './last-sign-in.ts'
import { isUniqueViolation } from './unique-violation.ts'

/** The accounts elsewhere that sign in as the person. */
export async function listIdentities({ ctx }: { ctx: UserContext }): Promise<IdentityInfo[]> {
  const { services, actor } = ctx
  return services.db.withUserSql(actor.userId, (client) => readIdentities(client, actor))
}

/**
 * Lets an account elsewhere sign in as the person, too, by a token of it that they bring.
 * @throws ServiceError IDENTITY_REFUSED, IDENTITY_PROVIDER_DOWN, IDENTITY_TAKEN
 */
export async function linkIdentity(o: { ctx: UserContext; input: LinkIdentity }): Promise<IdentityInfo[]> {
  return addIdentity({ ctx: o.ctx, identity: await o.ctx.services.identityProviders.verify(o.input.token) })
}

/**
 * Links an identity with the person's account. Linked already, it stays.
 * @param o.version at which a journey began, for which they had confirmed who they are; without one, that must be recent
 * @throws ServiceError IDENTITY_TAKEN; as `holdSession`
 */
export async function addIdentity(o: {
  ctx: UserContext
  identity: VerifiedIdentity
  version?: number | undefined
}): Promise<IdentityInfo[]> {
  const { identity, version } = o
  const { services, actor } = o.ctx
  const { userId } = actor
  const found = await findIdentity(services.db.pool, identity)
  if (found && found.userId !== userId) throw takenIdentity()
  if (found) return listIdentities(o)
  try {
    return await services.db.withUserSql(userId, async (client) => {
      await holdSession(
        client,
        version === undefined ? { ctx: o.ctx, stepUp: true } : { ctx: o.ctx, stepUp: false, version },
      )
      await insertIdentity(client, { userId, identity, now: services.now() })
      const { issuer, subject } = identity
      await recordAct(client, {
        actor,
        action: 'auth.identity-linked',
        target: `user:${userId}`,
        detail: { issuer, subject },
      })
      return readIdentities(client, { userId })
    })
  } catch (error) {
    throw isUniqueViolation(error) ? takenIdentity() : error
  }
}

/**
 * Lets an account elsewhere sign in as the person no more.
 * @throws ServiceError NOT_FOUND; LAST_SIGN_IN when nothing else would let them in
 */
export async function unlinkIdentity(o: {
  ctx: UserContext
  input: UnlinkIdentity
}): Promise<IdentityInfo[]> {
  const { services, actor } = o.ctx
  const { issuer, subject } = o.input
  const { userId } = actor
  return services.db.withUserSql(userId, async (client) => {
    // Two at once must not both be the one before the last.
    const user = await holdSession(client, { ctx: o.ctx, stepUp: true })
    const { rowCount } = await client.query(
      'DELETE FROM user_identities WHERE user_id = $1 AND issuer = $2 AND subject = $3',
      [userId, issuer, subject],
    )
    if (rowCount === 0) throw notFound('linked account')
    await refuseLastSignIn(client, { userId })
    await endWhatRestsOn(user, {
      services,
      proofs: [identityProof({ issuer, subject })],
      except: actor.sessionId,
      reason: 'sign-in-method-removed',
    })
    await recordAct(client, {
      actor,
      action: 'auth.identity-unlinked',
      target: `user:${userId}`,
      detail: { issuer, subject },
    })
    return readIdentities(client, { userId })
  })
}

function takenIdentity(): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'IDENTITY_TAKEN',
    message: 'That account signs in as somebody else here. It has to be unlinked there first.',
  })
}
