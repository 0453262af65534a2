import type pg from 'pg'
import type { Actor, Services } from '../context.ts'
import { ServiceError } from '../errors.ts'
import type { SecretRow } from '../vault/vault.ts'
import { fromBase32, latestTotpStep, matchTotpStep } from './totp.ts'

/** An authenticator app's secret as it is stored. */
export interface TotpRow {
  factorId: string
  secretEncrypted: Uint8Array
  dataKeyId: string
  secretVersion: number
  /** The time step of the last code that was taken. */
  lastStep: number | null
  createdAt: Date
}

const COLUMNS = `factor_id AS "factorId", secret_encrypted AS "secretEncrypted", data_key_id AS "dataKeyId",
  secret_version AS "secretVersion", last_step::float8 AS "lastStep", created_at AS "createdAt"`

/** The first version of a secret: none is ever replaced within its row. */
export const FIRST_VERSION = 1

/** Where a secret is sealed to. */
export function totpPlace(o: { userId: string; factorId: string; secretVersion: number }): SecretRow {
  return {
    table: 'second_factors',
    rowId: o.factorId,
    userId: o.userId,
    exchangeId: '',
    secretVersion: o.secretVersion,
  }
}

/** The person's secret that counts, or the one that waits for its first code. */
export async function findTotp(
  client: pg.PoolClient,
  o: { userId: string; isConfirmed: boolean },
): Promise<TotpRow | null> {
  const { rows } = await client.query<TotpRow>(
    `SELECT ${COLUMNS} FROM second_factors WHERE user_id = $1 AND is_confirmed = $2`,
    [o.userId, o.isConfirmed],
  )
  return rows[0] ?? null
}

/**
 * Forgets a secret and destroys the data key that sealed it.
 * @returns the ids of what was forgotten: one or none
 */
export async function deleteTotp(
  client: pg.PoolClient,
  o: { services: Services; userId: string; isConfirmed: boolean; except?: string },
): Promise<string[]> {
  const { services, userId } = o
  const { rows } = await client.query<{ rowId: string; dataKeyId: string }>(
    `DELETE FROM second_factors
     WHERE user_id = $1 AND is_confirmed = $2 AND factor_id IS DISTINCT FROM $3
     RETURNING factor_id AS "rowId", data_key_id AS "dataKeyId"`,
    [userId, o.isConfirmed, o.except ?? null],
  )
  for (const row of rows) await services.vault.shred(client, { userId, ...row })
  return rows.map(({ rowId }) => rowId)
}

interface TotpMatch {
  services: Services
  actor: Actor
  totp: TotpRow
  code: string
  reason: string
}

/**
 * Opens the secret, which is noted in the person's log first, and looks for the time step that a code is of.
 * @returns null: the code is wrong, its step is over or taken, or the app was replaced meanwhile
 */
export async function matchTotp(o: TotpMatch): Promise<number | null> {
  try {
    return await openAndMatch(o)
  } catch (error) {
    // Whoever replaces an app destroys the data key of the one before, perhaps since the row was read.
    if (error instanceof ServiceError && error.reason === 'VAULT_UNAVAILABLE' && !(await stillStands(o)))
      return null
    throw error
  }
}

function openAndMatch({ services, actor, totp, code, reason }: TotpMatch): Promise<number | null> {
  return services.vault.withPlaintext({
    row: totpPlace({ ...totp, userId: actor.userId }),
    dataKeyId: totp.dataKeyId,
    fields: { secret_encrypted: totp.secretEncrypted },
    actor,
    reason,
    run: ({ secret_encrypted: bytes = new Uint8Array() }) => {
      const secret = fromBase32(Buffer.from(bytes).toString('latin1'))
      try {
        return matchTotpStep({ secret, code, now: services.now(), after: totp.lastStep })
      } finally {
        secret.fill(0)
      }
    },
  })
}

async function stillStands({ services, actor, totp }: TotpMatch): Promise<boolean> {
  const { rowCount } = await services.db.asUser(actor.userId).query({
    name: 'totp_still_stands',
    text: 'SELECT FROM second_factors WHERE user_id = $1 AND factor_id = $2 AND data_key_id = $3',
    values: [actor.userId, totp.factorId, totp.dataKeyId],
  })
  return rowCount === 1
}

/** Takes a step's code. True for one caller alone; from then on this step's and older codes are used up. */
export async function useTotpStep(
  client: pg.PoolClient,
  o: { userId: string; factorId: string; step: number; now: Date },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE second_factors SET last_step = $3
     WHERE user_id = $1 AND factor_id = $2 AND (last_step IS NULL OR last_step < $3 OR last_step > $4)`,
    [o.userId, o.factorId, o.step, latestTotpStep(o.now)],
  )
  return rowCount === 1
}
