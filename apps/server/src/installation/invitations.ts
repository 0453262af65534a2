import type { Queryable } from '@opentrade/db'
import { ServiceError } from '../errors.ts'

/** An invitation as an administrator sees it. Its link was shown when it was made. */
export interface Invitation {
  invitationId: string
  /** Null: for whoever has the link. */
  email: string | null
  createdAt: string
  expiresAt: string
  /** Null: nobody has signed up with it. */
  usedAt: string | null
}

/** Whether this invitation lets this address sign up now. */
export async function isInvited(
  q: Queryable,
  o: { hash: Uint8Array; email: string; now: Date },
): Promise<boolean> {
  const { rowCount } = await q.query(
    `SELECT FROM invitations
     WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $3 AND coalesce(email, $2) = $2`,
    [o.hash, o.email, o.now],
  )
  return rowCount === 1
}

/**
 * Uses an invitation up for a new person, within the transaction that makes their account: of many at once, one does.
 * It need not be good for longer than until the sign-up was asked for.
 * @throws ServiceError INVITATION_REFUSED when somebody else has used it, or it was taken back
 */
export async function takeInvitation(
  q: Queryable,
  o: { hash: Uint8Array; userId: string; now: Date },
): Promise<void> {
  const { rowCount } = await q.query(
    'UPDATE invitations SET used_at = $3, used_by = $2 WHERE token_hash = $1 AND used_at IS NULL',
    [o.hash, o.userId, o.now],
  )
  if (rowCount !== 1) throw invitationRefused()
}

export function invitationRefused(): ServiceError {
  const message =
    'Signing up here needs an invitation that is good for this address. Ask an administrator of this installation for one.'
  return new ServiceError({
    kind: 'forbidden',
    reason: 'INVITATION_REFUSED',
    message,
    fields: { invitation: message },
  })
}

interface Row {
  invitationId: string
  email: string | null
  createdAt: Date
  expiresAt: Date
  usedAt: Date | null
}

const MOST_LISTED = 500

/** The newest first. */
export async function readInvitations(q: Queryable): Promise<Invitation[]> {
  const { rows } = await q.query<Row>(
    `SELECT invitation_id AS "invitationId", email, created_at AS "createdAt", expires_at AS "expiresAt",
       used_at AS "usedAt"
     FROM invitations ORDER BY invitation_id DESC LIMIT $1`,
    [MOST_LISTED],
  )
  return rows.map(({ createdAt, expiresAt, usedAt, ...row }) => ({
    ...row,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    usedAt: usedAt?.toISOString() ?? null,
  }))
}
