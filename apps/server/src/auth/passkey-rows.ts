import type pg from 'pg'
import type { Passkey } from './second-factor-schemas.ts'

/** A passkey as it is stored. */
export interface PasskeyRow {
  passkeyId: string
  credentialId: Buffer
  publicKey: Buffer
  /** From 0 to 2^32 - 1. */
  counter: number
  transports: string[] | null
  name: string
  createdAt: Date
  lastUsedAt: Date | null
}

const COLUMNS = `passkey_id AS "passkeyId", credential_id AS "credentialId", public_key AS "publicKey",
  counter::float8 AS "counter", transports, name, created_at AS "createdAt", last_used_at AS "lastUsedAt"`

/** A person's passkeys, the oldest first. */
export async function readPasskeys(client: pg.PoolClient, o: { userId: string }): Promise<PasskeyRow[]> {
  const { rows } = await client.query<PasskeyRow>(
    `SELECT ${COLUMNS} FROM passkeys WHERE user_id = $1 ORDER BY passkey_id`,
    [o.userId],
  )
  return rows
}

/** A person's passkey by what its authenticator calls it. */
export async function findPasskey(
  client: pg.PoolClient,
  o: { userId: string; credentialId: Buffer },
): Promise<PasskeyRow | null> {
  const { rows } = await client.query<PasskeyRow>(
    `SELECT ${COLUMNS} FROM passkeys WHERE user_id = $1 AND credential_id = $2`,
    [o.userId, o.credentialId],
  )
  return rows[0] ?? null
}

/**
 * Notes a use of a passkey. False: the counter is not beyond the stored one, so that there may be a copy of the key,
 * or this very answer was used by somebody faster.
 */
export async function countPasskeyUse(
  client: pg.PoolClient,
  o: { userId: string; passkeyId: string; counter: number; now: Date },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE passkeys SET counter = $3, last_used_at = $4
     WHERE user_id = $1 AND passkey_id = $2 AND (counter < $3 OR (counter = 0 AND $3 = 0))`,
    [o.userId, o.passkeyId, o.counter, o.now],
  )
  return rowCount === 1
}

/** What the API shows of a passkey. */
export function toPasskey(row: Pick<PasskeyRow, 'passkeyId' | 'name' | 'createdAt' | 'lastUsedAt'>): Passkey {
  return {
    passkeyId: row.passkeyId,
    name: row.name,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  }
}
