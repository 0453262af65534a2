import type { UserContext } from '../context.ts'
import { ServiceError } from '../errors.ts'

/** For so long a proof of who somebody is lets them do what matters most. */
const STEP_UP_MS = 5 * 60_000

/** Until when a proof of that moment counts. */
export function stepUpEnds(verifiedAt: Date): Date {
  return new Date(verifiedAt.getTime() + STEP_UP_MS)
}

/**
 * Whether a proof of that moment counts now; null: there is none. One from the future, which a clock that was ahead has
 * noted, counts no longer than any other.
 */
export function isRecent(verifiedAt: Date | null, now: Date): boolean {
  return verifiedAt !== null && stepUpEnds(verifiedAt) > now && verifiedAt <= stepUpEnds(now)
}

/**
 * Lets those go on who have signed in, or shown again who they are, within five minutes. A token of a program was made
 * by such a person for this; its scopes were looked at before.
 * @throws ServiceError `STEP_UP_REQUIRED`
 */
export async function requireStepUp({ services, actor }: UserContext): Promise<void> {
  if (actor.token) return
  const { rows } = await services.db.asUser(actor.userId).query<{ verifiedAt: Date | null }>({
    name: 'session_verified_at',
    text: `SELECT verified_at AS "verifiedAt" FROM sessions
           WHERE user_id = $1::uuid AND session_id = $2::uuid AND revoked_at IS NULL`,
    values: [actor.userId, actor.sessionId],
  })
  if (!isRecent(rows[0]?.verifiedAt ?? null, services.now())) throw stepUpRequired()
}

/** What somebody gets whose last proof of who they are is too old for what they ask. */
export function stepUpRequired(): ServiceError {
  return new ServiceError({
    kind: 'forbidden',
    reason: 'STEP_UP_REQUIRED',
    message: 'Confirm that it is you: with your password, a code or a passkey.',
  })
}
