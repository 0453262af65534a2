import { findIdentity } from '@opentrade/db'
import type { Actor, PublicContext, UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import type { FinishIdentity } from './access-schemas.ts'
import { identityProof } from './held-user.ts'
import { flowLost, type IdentityFlow, readFlow, takeFlow } from './identity-flow.ts'
import type { VerifiedIdentity } from './identity-providers.ts'
import type { IdentityInfo } from './identity-rows.ts'
import { addIdentity } from './link-identity.ts'
import { countingTry, type LetIn, letIn } from './login-identity.ts'
import { signInRequired } from './sign-in-required.ts'
import { requireNoPassword } from './start-identity.ts'
import { noteStepUp, type Shown } from './step-up.ts'

/** What a journey to a provider was for has come to this. */
type Finished = { next: string | null } & (
  | { purpose: 'sign-in'; entered: LetIn }
  | { purpose: 'link'; identities: IdentityInfo[] }
  | { purpose: 'step-up'; until: string }
)

interface Finish {
  ctx: PublicContext
  input: FinishIdentity
  flow: IdentityFlow
}

/** By how much the clock of a provider may differ from ours. */
const SKEW_MS = 5_000

/**
 * Finishes what `startIdentity` and its like began, in the browser that began it. Whatever comes of it, it is over.
 * @throws ServiceError IDENTITY_FLOW_LOST, IDENTITY_DENIED, IDENTITY_REFUSED, IDENTITY_PROVIDER_DOWN; signing in, as
 *   `letIn` and TOO_MANY_ATTEMPTS; linking, IDENTITY_TAKEN; showing who one is, IDENTITY_NOT_YOURS and IDENTITY_STALE;
 *   SIGN_IN_REQUIRED when the session has run out on the way, and then it is not over
 */
export async function finishIdentity(o: { ctx: PublicContext; input: FinishIdentity }): Promise<Finished> {
  const { ctx, input } = o
  const flow = readFlow({ ...ctx, ...input })
  const next = flow.next ?? null
  if (flow.purpose === 'sign-in') {
    const identity = await fetchIdentity({ ...o, flow })
    return { purpose: flow.purpose, next, entered: await letIn({ ctx, input: flow, identity }) }
  }
  const own = { ...ctx, actor: requireActor(ctx) }
  if (own.actor.userId !== flow.userId) throw flowLost()
  const { version } = flow
  if (flow.purpose === 'link') {
    const identity = await fetchIdentity({ ...o, flow })
    return { purpose: flow.purpose, next, identities: await addIdentity({ ctx: own, identity, version }) }
  }
  const { until } = await noteStepUp({ ctx: own, version, show: () => showIdentity({ ...o, flow }, own) })
  return { purpose: flow.purpose, next, until }
}

async function fetchIdentity({ ctx, input, flow }: Finish): Promise<VerifiedIdentity> {
  await takeFlow(ctx)
  const { providerId, ...callback } = input
  return countingTry(ctx, () => ctx.services.identityProviders.redeem({ providerId, flow, callback }))
}

/** An account elsewhere counts for a person as long as they have no password, and when its provider asked just now. */
async function showIdentity(o: Finish, ctx: UserContext): Promise<Shown> {
  const identity = await fetchIdentity(o)
  await requireNoPassword(ctx)
  const { services, actor } = ctx
  const found = await findIdentity(services.db.pool, identity)
  if (found?.userId !== actor.userId) throw notYours()
  if (identity.shownAt && identity.shownAt.getTime() < o.flow.startedAt - SKEW_MS) throw stale()
  return { method: identity.provider.kind, proof: identityProof(identity) }
}

function requireActor({ actor }: PublicContext): Actor {
  if (actor) return actor
  throw signInRequired()
}

function notYours(): ServiceError {
  return new ServiceError({
    kind: 'refused',
    reason: 'IDENTITY_NOT_YOURS',
    message: 'That account does not sign in as you here. Confirm with one that does.',
  })
}

function stale(): ServiceError {
  return new ServiceError({
    kind: 'refused',
    reason: 'IDENTITY_STALE',
    message:
      'You were not asked again who you are where you have that account. Sign out there, then confirm again.',
  })
}
