import type { Services } from '../context.ts'
import type { LockedUser, Proof } from './held-user.ts'
import { forgetTokens } from './one-time-tokens.ts'
import { revokeSessions } from './revoke-sessions.ts'
import type { RevokeReason } from './sessions.ts'
import { deleteTotp } from './totp-rows.ts'

interface Change {
  services: Services
  /**
   * What counts no more. `all`: the password, or who the person may be here, has changed. An empty list: something was
   * added, beside which a password alone is worth less.
   */
  proofs: 'all' | readonly Proof[]
  /** The session in which the person makes the change, which stays: they have just shown in it who they are. */
  except: string | null
  reason: RevokeReason
}

/**
 * Ends everything that rests on a proof, in the transaction that changes it: every change of what signs a person in
 * calls this. Sessions that were opened by it end, and step-ups that were made with it, in the session that stays, too.
 * Challenges and what is set up but not confirmed go, and links that a session has asked for. Proofs that are being
 * checked at this moment come too late: the version that they were begun at is over.
 *
 * API tokens stay, since programs run on them: the person is told of them, and may end them with the change.
 */
export async function endWhatRestsOn(locked: LockedUser, o: Change): Promise<void> {
  const { client, userId } = locked
  const { services, proofs, except, reason } = o
  const now = services.now()
  await client.query(
    'UPDATE users SET credentials_version = credentials_version + 1, updated_at = now() WHERE user_id = $1',
    [userId],
  )
  const isRemoval = proofs === 'all' || proofs.length > 0
  await client.query(
    `DELETE FROM second_factor_challenges WHERE user_id = $1 AND (purpose = 'sign-in' OR $2)`,
    [userId, isRemoval],
  )
  if (!isRemoval) return
  await forgetTokens(client, { userId, ...(proofs !== 'all' && { purpose: 'change-email' }) })
  await deleteTotp(client, { services, userId, isConfirmed: false })
  const removed = proofs === 'all' ? {} : { openedBy: proofs }
  await revokeSessions(client, { userId, except, reason, now, ...removed })
  await client.query(
    `UPDATE sessions SET verified_at = NULL, verified_by = NULL
     WHERE user_id = $1 AND revoked_at IS NULL
       AND ($2::text[] IS NULL OR verified_by IS NULL OR verified_by && $2)`,
    [userId, proofs === 'all' ? null : proofs],
  )
}
