import { randomBytes } from 'node:crypto'
import { hashToken } from '@opentrade/crypto'
import type { Queryable } from '@opentrade/db'
import type { LockedUser } from './held-user.ts'

/** What a token is good for, and for how long. */
export const TOKEN_MINUTES = {
  'verify-email': 24 * 60,
  'reset-password': 30,
  'change-email': 24 * 60,
} as const
export type TokenPurpose = keyof typeof TOKEN_MINUTES

const ID_BYTES = 16
const SECRET_BYTES = 32
const TEXT = /^[A-Za-z0-9_-]{64}$/

/** A token as a person shows it: whose it says it is, and what is stored of it. */
export interface ShownToken {
  userId: string
  hash: Uint8Array
}

/** `user id (16) | 256 random bits` in base64url: 64 characters, and the row to look for. */
export function makeToken({ userId }: { userId: string }): { token: string; hash: Uint8Array } {
  const id = Buffer.from(userId.replaceAll('-', ''), 'hex')
  const token = Buffer.concat([id, randomBytes(SECRET_BYTES)]).toString('base64url')
  return { token, hash: hashToken(token) }
}

/** Null: this is no token of ours, whatever the database holds. */
export function readToken(token: string): ShownToken | null {
  if (!TEXT.test(token)) return null
  const hex = Buffer.from(token, 'base64url').subarray(0, ID_BYTES).toString('hex')
  const userId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return { userId, hash: hashToken(token) }
}

/**
 * Makes a token within the caller's transaction, which has looked, with the row locked, whether the person still has
 * the address and still wants the mail: jobs run late. It takes the place of the unused ones for the same purpose.
 */
export async function issueToken(
  user: LockedUser,
  o: { purpose: TokenPurpose; email: string; now: Date },
): Promise<string> {
  const { client, userId } = user
  const { token, hash } = makeToken(user)
  await client.query('DELETE FROM one_time_tokens WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL', [
    userId,
    o.purpose,
  ])
  await client.query(
    `INSERT INTO one_time_tokens (user_id, token_hash, purpose, email, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $5::timestamptz + make_interval(mins => $6))`,
    [userId, hash, o.purpose, o.email, o.now, TOKEN_MINUTES[o.purpose]],
  )
  return token
}

interface Use extends ShownToken {
  purpose: TokenPurpose
  now: Date
}

/** The address that a token is for, if it is good now: for a look before it is used. */
export async function peekToken(q: Queryable, o: Use): Promise<string | null> {
  const { rows } = await q.query<{ email: string }>(
    `SELECT email FROM one_time_tokens
     WHERE user_id = $1 AND token_hash = $2 AND purpose = $3 AND used_at IS NULL AND expires_at > $4`,
    [o.userId, o.hash, o.purpose, o.now],
  )
  return rows[0]?.email ?? null
}

/** Uses a token up, within the caller's transaction. Of many at once, one gets the address; the others null. */
export async function takeToken(user: LockedUser, o: Omit<Use, 'userId'>): Promise<string | null> {
  const { rows } = await user.client.query<{ email: string }>(
    `UPDATE one_time_tokens SET used_at = $4
     WHERE user_id = $1 AND token_hash = $2 AND purpose = $3 AND used_at IS NULL AND expires_at > $4
     RETURNING email`,
    [user.userId, o.hash, o.purpose, o.now],
  )
  return rows[0]?.email ?? null
}

/** Ends the links that are under way for a person, or those of one purpose: what they rest on has changed. */
export async function forgetTokens(
  q: Queryable,
  o: { userId: string; purpose?: TokenPurpose },
): Promise<void> {
  await q.query(
    'DELETE FROM one_time_tokens WHERE user_id = $1 AND used_at IS NULL AND ($2::text IS NULL OR purpose = $2)',
    [o.userId, o.purpose ?? null],
  )
}
