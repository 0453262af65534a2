import type pg from 'pg'
import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { adminOnly, signInRequired } from './sign-in-required.ts'
import { isRecent, stepUpRequired } from './step-up-check.ts'

/**
 * What a person showed to sign in, or to confirm who they are: `password`, `recovery`, `totp:<factor id>`,
 * `passkey:<passkey id>` or `identity:["issuer","subject"]`. Sessions keep it, so that they end with it.
 */
export type Proof = 'password' | 'recovery' | `totp:${string}` | `passkey:${string}` | `identity:${string}`

/** The proof that an account elsewhere is. */
export function identityProof({ issuer, subject }: { issuer: string; subject: string }): Proof {
  return `identity:${JSON.stringify([issuer, subject])}`
}

// Not exported, so that only the functions below can make what carries them.
const LOCKED = Symbol('locked')
const PROVEN = Symbol('proven')

/**
 * A transaction that has locked the person's row: whatever else changes how they sign in, or grants something, waits
 * until it ends. What changes a proof, and what sends a link, needs one.
 */
export interface LockedUser {
  readonly [LOCKED]: true
  readonly client: pg.PoolClient
  readonly userId: string
  /** Grows with every change of what the person signs in with. */
  readonly version: number
}

/**
 * A locked row of an active person of whom it is certain, in this transaction, that what they have shown still counts.
 * Sessions, challenges, step-ups, passkeys and API tokens are only given to one.
 */
export interface ProvenUser extends LockedUser {
  readonly [PROVEN]: true
}

interface State {
  isActive: boolean
  role: 'user' | 'admin'
}

/**
 * Locks the person's row, as the first statement of a transaction, so that no two ever wait for each other. Not
 * `FOR UPDATE`: every entry in their log refers to the row while it holds the log.
 * @returns null when there is no such person
 */
export async function lockUser(
  client: pg.PoolClient,
  { userId }: { userId: string },
): Promise<(LockedUser & State) | null> {
  const { rows } = await client.query<State & { version: number }>(
    `SELECT credentials_version AS version, is_active AS "isActive", role
     FROM users WHERE user_id = $1 FOR NO KEY UPDATE`,
    [userId],
  )
  const [row] = rows
  return row ? { [LOCKED]: true, client, userId, ...row } : null
}

/**
 * Locks the row of somebody who has just shown who they are.
 * @param o.version that was read together with what the proof was compared with: before a password was hashed, or a
 *   signature checked
 * @returns null when anything that signs the person in has changed since, or they were deactivated or deleted
 */
export async function holdProven(
  client: pg.PoolClient,
  o: { userId: string; version: number },
): Promise<ProvenUser | null> {
  const locked = await lockUser(client, o)
  if (!locked?.isActive || locked.version !== o.version) return null
  return { ...locked, [PROVEN]: true }
}

/**
 * Locks the row of somebody who was signed in when the request came: their session must still be alive now.
 * @param o.stepUp whether it must have confirmed who they are within five minutes
 * @param o.admin whether they must be an administrator
 * @param o.version as of `holdProven`, where something was proven beside the session
 * @throws ServiceError SIGN_IN_REQUIRED, STEP_UP_REQUIRED, ADMIN_ONLY; CHANGED_MEANWHILE for another version
 */
export async function holdSession(
  client: pg.PoolClient,
  o: { ctx: UserContext; stepUp: boolean; admin?: true; version?: number },
): Promise<ProvenUser> {
  const { services, actor } = o.ctx
  const now = services.now()
  const locked = await lockUser(client, actor)
  if (!locked?.isActive) throw signInRequired()
  const { rows } = await client.query<{ verifiedAt: Date | null }>(
    `SELECT verified_at AS "verifiedAt" FROM sessions
     WHERE user_id = $1 AND session_id = $2 AND revoked_at IS NULL AND expires_at > $3`,
    [actor.userId, actor.sessionId, now],
  )
  const [session] = rows
  if (!session) throw signInRequired()
  if (o.admin && locked.role !== 'admin') throw adminOnly()
  if (o.version !== undefined && locked.version !== o.version) throw changedMeanwhile()
  if (o.stepUp && !isRecent(session.verifiedAt, now)) throw stepUpRequired()
  return { ...locked, [PROVEN]: true }
}

/** The person whose account this transaction has made: nobody else knows of it yet. */
export function holdNewUser(client: pg.PoolClient, { userId }: { userId: string }): ProvenUser {
  return { [LOCKED]: true, [PROVEN]: true, client, userId, version: 0 }
}

/** The version to compare later, for a proof that begins now. */
export async function readCredentialsVersion(
  client: pg.PoolClient,
  { userId }: { userId: string },
): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    'SELECT credentials_version AS version FROM users WHERE user_id = $1',
    [userId],
  )
  return rows[0]?.version ?? -1
}

function changedMeanwhile(): ServiceError {
  return new ServiceError({
    kind: 'conflict',
    reason: 'CHANGED_MEANWHILE',
    message: 'How you sign in was changed a moment ago. Try again.',
  })
}
