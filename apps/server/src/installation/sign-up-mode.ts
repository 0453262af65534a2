import type { Queryable } from '@opentrade/db'
import { z } from 'zod'
import { readToken } from '../auth/one-time-tokens.ts'
import type { Services } from '../context.ts'
import { ServiceError } from '../errors.ts'
import { invitationRefused, isInvited } from './invitations.ts'

/** Who may sign up: everybody, whoever has an invitation, nobody. */
export const SignUpMode = z.enum(['open', 'invitation', 'closed'], {
  error: 'Choose open, invitation or closed.',
})
export type SignUpMode = z.infer<typeof SignUpMode>

const KEY = 'sign-up-mode'

/** Open until an administrator decides otherwise. */
export async function readSignUpMode(q: Queryable): Promise<SignUpMode> {
  const { rows } = await q.query<{ value: unknown }>(
    'SELECT setting_value AS value FROM installation_settings WHERE setting_key = $1',
    [KEY],
  )
  // A value that nobody knows must not open what somebody has closed.
  return rows[0] ? SignUpMode.catch('closed').parse(rows[0].value) : 'open'
}

export async function writeSignUpMode(q: Queryable, { mode }: { mode: SignUpMode }): Promise<void> {
  await q.query(
    `INSERT INTO installation_settings (setting_key, setting_value) VALUES ($1, $2)
     ON CONFLICT (setting_key) DO UPDATE SET setting_value = excluded.setting_value, updated_at = now()`,
    [KEY, JSON.stringify(mode)],
  )
}

/**
 * Whether somebody may sign up now.
 * @returns the hash of the invitation to use up, or null when none is needed
 * @throws ServiceError SIGN_UP_CLOSED; INVITATION_REFUSED, whether or not the address has an account
 */
export async function admitSignUp(o: {
  services: Services
  email: string
  invitation?: string | undefined
}): Promise<Uint8Array | null> {
  const { services, email, invitation } = o
  const mode = await readSignUpMode(services.db.pool)
  if (mode === 'open') return null
  if (mode === 'closed') {
    throw new ServiceError({
      kind: 'forbidden',
      reason: 'SIGN_UP_CLOSED',
      message: 'Nobody can sign up here. Ask an administrator of this installation for an account.',
    })
  }
  const shown = invitation === undefined ? null : readToken(invitation)
  if (!shown) throw invitationRefused()
  if (!(await isInvited(services.db.pool, { hash: shown.hash, email, now: services.now() }))) {
    throw invitationRefused()
  }
  return shown.hash
}
