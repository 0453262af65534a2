import type pg from 'pg'
import { ServiceError } from '../errors.ts'

/**
 * Refuses, within the caller's transaction, to have taken away what a person signs in with last. The caller holds the
 * row of the user: two at once must not both be the one before the last.
 * @throws ServiceError LAST_SIGN_IN
 */
export async function refuseLastSignIn(client: pg.PoolClient, { userId }: { userId: string }): Promise<void> {
  const { rows } = await client.query<{ canSignIn: boolean }>(
    `SELECT password_hash IS NOT NULL OR EXISTS (SELECT FROM user_identities WHERE user_id = $1)
       OR EXISTS (SELECT FROM passkeys WHERE user_id = $1) AS "canSignIn"
     FROM users WHERE user_id = $1`,
    [userId],
  )
  if (rows[0]?.canSignIn) return
  throw new ServiceError({
    kind: 'refused',
    reason: 'LAST_SIGN_IN',
    message:
      'Nothing else would let you sign in. Set a password, or add a passkey or an account elsewhere, first.',
  })
}
