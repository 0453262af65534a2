import type pg from 'pg'
import type { VerifiedIdentity } from './identity-providers.ts'

/** An account elsewhere that signs in as the person, as the API shows it. */
export interface IdentityInfo {
  provider: string
  issuer: string
  subject: string
  /** As its issuer said when it was linked. */
  email: string | null
  createdAt: string
}

/** Links an identity to a user, within the caller's transaction; a unique violation when it is linked already. */
export async function insertIdentity(
  client: pg.PoolClient,
  o: { userId: string; identity: VerifiedIdentity; now: Date },
): Promise<void> {
  const { provider, issuer, subject, email } = o.identity
  await client.query(
    `INSERT INTO user_identities (user_id, provider, issuer, subject, email, created_at)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [o.userId, provider.kind, issuer, subject, email, o.now],
  )
}

/** The identities of a user, the oldest first. */
export async function readIdentities(
  client: pg.PoolClient,
  { userId }: { userId: string },
): Promise<IdentityInfo[]> {
  const { rows } = await client.query<Omit<IdentityInfo, 'createdAt'> & { createdAt: Date }>(
    `SELECT provider, issuer, subject, email, created_at AS "createdAt" FROM user_identities
     WHERE user_id = $1 ORDER BY created_at, issuer, subject`,
    [userId],
  )
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }))
}
