import { createHash, randomBytes } from 'node:crypto'
import type pg from 'pg'
import { toBase32 } from './totp.ts'

const CODES = 10
/** 80 bits: sixteen characters of base32, in groups of four. */
const CODE_BYTES = 10
const CODE = /^[A-Z2-7]{16}$/

/**
 * Replaces a person's recovery codes, within the caller's transaction.
 * @returns ten codes such as `ABCD-EFGH-IJKL-MNOP`, to be shown once: only their hashes are kept
 */
export async function replaceRecoveryCodes(
  client: pg.PoolClient,
  o: { userId: string; now: Date },
): Promise<string[]> {
  const codes = Array.from({ length: CODES }, () => toBase32(randomBytes(CODE_BYTES)))
  await deleteRecoveryCodes(client, o)
  await client.query(
    'INSERT INTO recovery_codes (user_id, code_hash, created_at) SELECT $1, unnest($2::bytea[]), $3',
    [o.userId, codes.map((code) => hashOf({ userId: o.userId, code })), o.now],
  )
  return codes.map((code) => code.replace(/(.{4})(?=.)/g, '$1-'))
}

export async function deleteRecoveryCodes(client: pg.PoolClient, o: { userId: string }): Promise<void> {
  await client.query('DELETE FROM recovery_codes WHERE user_id = $1', [o.userId])
}

/** How many are left to be used. */
export async function countRecoveryCodes(client: pg.PoolClient, o: { userId: string }): Promise<number> {
  const { rows } = await client.query<{ left: number }>(
    'SELECT count(*)::int AS "left" FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL',
    [o.userId],
  )
  return rows[0]?.left ?? 0
}

/** What a person typed, as it was made: without blanks, hyphens and small letters. Null: no recovery code. */
export function readRecoveryCode(text: string): string | null {
  const code = text.replaceAll(/[\s-]/g, '').toUpperCase()
  return CODE.test(code) ? code : null
}

/** Uses a code up. True for one caller alone, however many try it at once. */
export async function useRecoveryCode(
  client: pg.PoolClient,
  o: { userId: string; code: string; now: Date },
): Promise<boolean> {
  const { rowCount } = await client.query(
    'UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL',
    [o.userId, hashOf(o), o.now],
  )
  return rowCount === 1
}

/** No slow hash: 80 random bits are not guessed. With the person's id, one table of hashes serves for nobody else. */
function hashOf(o: { userId: string; code: string }): Buffer {
  return createHash('sha256').update(`opentrade/recovery-code\0${o.userId}\0${o.code}`).digest()
}
