import type { PublicContext, UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import type { StartIdentity, StartIdentityAgain } from './access-schemas.ts'
import { holdSession } from './held-user.ts'
import { beginFlow, type IdentityFlow, makeFlow } from './identity-flow.ts'
import { requireOwnOrigin } from './own-origin.ts'

type SignedIn = UserContext & Pick<PublicContext, 'request'>

/**
 * Begins a sign-in at a provider of accounts elsewhere.
 * @returns where the browser is to go
 * @throws ServiceError NOT_FOUND, IDENTITY_UNAVAILABLE, IDENTITY_PROVIDER_DOWN
 */
export function startIdentity(o: { ctx: PublicContext; input: StartIdentity }): Promise<{ url: string }> {
  return start({ ...o, purpose: 'sign-in', userId: null })
}

/**
 * The same to link an account there with the person's own. The provider is to ask who they are: whoever happens to be
 * signed in there in this browser need not be whom they mean.
 * @throws as `startIdentity`
 */
export async function startIdentityLink(o: {
  ctx: SignedIn
  input: StartIdentityAgain
}): Promise<{ url: string }> {
  return startOwn({ ...o, purpose: 'link' })
}

/**
 * The same for a person without a password to show once more who they are.
 * @throws as `startIdentity`; PASSWORD_EXISTS, since somebody who found a session open may find one there, too
 */
export async function startIdentityStepUp(o: {
  ctx: SignedIn
  input: StartIdentityAgain
}): Promise<{ url: string }> {
  await requireNoPassword(o.ctx)
  return startOwn({ ...o, purpose: 'step-up' })
}

async function startOwn(o: {
  ctx: SignedIn
  input: StartIdentity
  purpose: 'link' | 'step-up'
}): Promise<{ url: string }> {
  const { services, actor } = o.ctx
  const { userId } = actor
  const stepUp = o.purpose === 'link'
  const { version } = await services.db.withUserSql(userId, (client) =>
    holdSession(client, { ctx: o.ctx, stepUp }),
  )
  return start({ ...o, userId, version })
}

async function start(o: {
  ctx: Pick<PublicContext, 'services' | 'request'>
  input: StartIdentity
  purpose: IdentityFlow['purpose']
  userId: string | null
  version?: number
}): Promise<{ url: string }> {
  const { services, request } = o.ctx
  const { purpose, userId, version, input } = o
  const { providerId } = input
  const redirectUri = `${requireOwnOrigin({ services, request })}/sign-in-with/${providerId}/callback`
  const flow = makeFlow({
    now: services.now(),
    flow: { ...input, purpose, userId, redirectUri, ...(version !== undefined && { version }) },
  })
  const askAgain = purpose !== 'sign-in'
  const url = await services.identityProviders.open({ providerId, flow, askAgain })
  await beginFlow({ services, request, flow })
  return { url }
}

/** @throws ServiceError PASSWORD_EXISTS */
export async function requireNoPassword({ services, actor }: UserContext): Promise<void> {
  const { rows } = await services.db.asUser(actor.userId).query<{ hasPassword: boolean }>({
    name: 'user_has_password',
    text: 'SELECT password_hash IS NOT NULL AS "hasPassword" FROM users WHERE user_id = $1::uuid',
    values: [actor.userId],
  })
  if (!rows[0]?.hasPassword) return
  throw new ServiceError({
    kind: 'refused',
    reason: 'PASSWORD_EXISTS',
    message: 'Your account has a password: confirm with it.',
  })
}
