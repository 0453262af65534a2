import { constantTimeEqual, hashToken, randomToken } from '@opentrade/crypto'
import { z } from 'zod'
import type { RequestInfo, Services } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { IDENTITY_FLOW_COOKIE } from './cookie-names.ts'

/** For so long somebody may take to sign in at a provider. */
const FLOW_SECONDS = 600

const Flow = z.strictObject({
  providerId: z.string(),
  purpose: z.enum(['sign-in', 'link', 'step-up']),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  redirectUri: z.string(),
  startedAt: z.number(),
  /** Who asked, when they were signed in for it. */
  userId: z.string().nullable(),
  /** At which version of their credentials: the journey is over when what signs them in changes. */
  version: z.number().optional(),
  next: z.string().optional(),
  keepSignedIn: z.boolean().optional(),
  invitation: z.string().optional(),
})
/** A journey of one browser to a provider and back. */
export type IdentityFlow = z.infer<typeof Flow>

interface Place {
  services: Services
  request: RequestInfo
}

/** Makes up what holds a new journey together. */
export function makeFlow(o: {
  now: Date
  flow: Omit<IdentityFlow, 'state' | 'nonce' | 'verifier' | 'startedAt'>
}): IdentityFlow {
  const secrets = { state: randomToken(), nonce: randomToken(), verifier: randomToken() }
  return { ...o.flow, ...secrets, startedAt: o.now.getTime() }
}

/**
 * Begins a journey: all that belongs to it goes into a cookie, and the cookie's hash into the database. Nobody can
 * make or change such a cookie, since only the hashes of ours are known, and it is used up by deleting its hash.
 * Whoever reads it in their own browser learns what they may know: `state` and `nonce` travel in addresses, and the
 * verifier is of use with their own code only. A dump of the database holds nothing of it.
 */
export async function beginFlow({ services, request, flow }: Place & { flow: IdentityFlow }): Promise<void> {
  const value = Buffer.from(JSON.stringify(flow)).toString('base64url')
  await services.db.pool.query('INSERT INTO identity_flows (flow_hash, expires_at) VALUES ($1, $2)', [
    hashToken(value),
    new Date(services.now().getTime() + FLOW_SECONDS * 1_000),
  ])
  request.setCookie({ name: IDENTITY_FLOW_COOKIE, value, maxAgeSeconds: FLOW_SECONDS })
}

/**
 * The journey that a browser comes back from. A `state` that is not its own leaves it standing: it may come from
 * another tab, or from somebody who wants this browser to sign in as themselves.
 * @throws ServiceError IDENTITY_FLOW_LOST
 */
export function readFlow(o: { request: RequestInfo; providerId: string; state: string }): IdentityFlow {
  const cookie = o.request.cookie(IDENTITY_FLOW_COOKIE)
  const flow = Flow.safeParse(parseJson(Buffer.from(cookie ?? '', 'base64url').toString()))
  if (!flow.success || flow.data.providerId !== o.providerId) throw flowLost()
  if (!constantTimeEqual(hashToken(flow.data.state), hashToken(o.state))) throw flowLost()
  return flow.data
}

/**
 * Uses a journey up: of many that come back at once, one goes on.
 * @throws ServiceError IDENTITY_FLOW_LOST
 */
export async function takeFlow({ services, request }: Place): Promise<void> {
  const cookie = request.cookie(IDENTITY_FLOW_COOKIE) ?? ''
  request.clearCookie(IDENTITY_FLOW_COOKIE)
  const { rowCount } = await services.db.pool.query(
    'DELETE FROM identity_flows WHERE flow_hash = $1 AND expires_at > $2',
    [hashToken(cookie), services.now()],
  )
  if (rowCount !== 1) throw flowLost()
}

export function flowLost(): ServiceError {
  return new ServiceError({
    kind: 'refused',
    reason: 'IDENTITY_FLOW_LOST',
    message:
      'This took longer than ten minutes, was finished already, or was begun in another browser. Start again.',
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
