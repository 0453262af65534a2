import { createHash, randomBytes } from 'node:crypto'
import { createDataKey, openDataKey, type RootKeyProvider } from '@opentrade/crypto'
import { type Database, uuidv7 } from '@opentrade/db'

/** A stored exchange key whose plaintext is known. */
export interface KnownRow {
  userId: string
  apiKeyId: string
}

interface Options {
  /** Of a role that no policy holds. */
  superuser: Database
  rootKeys: RootKeyProvider
  deploymentId: string
  users: number
  rowsEach: number
}

const EXCHANGE = 'paper'
const FIELDS = ['api_key_encrypted', 'api_secret_encrypted'] as const
const INSERT_AT_A_TIME = 1_000

/** What a field of a row says: 64 characters, by which nobody can mistake one for another. */
export function plaintextOf(o: { apiKeyId: string; field: string }): string {
  return createHash('sha256').update(`${o.apiKeyId} ${o.field}`).digest('hex')
}

/** Stores sealed exchange keys, each with a data key of its own as the product makes it. Returns them all. */
export async function insertSealedRows(o: Options): Promise<KnownRow[]> {
  const { pool } = o.superuser
  await pool.query(
    `INSERT INTO exchanges (exchange_id, exchange_name, ccxt_id, required_credentials)
     VALUES ($1, 'Paper exchange', 'binance', '[]') ON CONFLICT DO NOTHING`,
    [EXCHANGE],
  )
  const rows: KnownRow[] = []
  for (let user = 0; user < o.users; user += 1) {
    const { userId, walletId } = await insertUser(pool)
    for (let at = 0; at < o.rowsEach; at += INSERT_AT_A_TIME) {
      const count = Math.min(INSERT_AT_A_TIME, o.rowsEach - at)
      rows.push(...(await insertRows({ ...o, userId, walletId, count })))
    }
  }
  await pool.query('ANALYZE data_keys, user_api_keys')
  return rows
}

async function insertUser(pool: Database['pool']): Promise<{ userId: string; walletId: string }> {
  const [userId, walletId] = [uuidv7(), uuidv7()]
  await pool.query('INSERT INTO users (user_id, email) VALUES ($1, $2)', [userId, `${userId}@example.org`])
  await pool.query('INSERT INTO wallets (user_id, wallet_id, exchange_id) VALUES ($1, $2, $3)', [
    userId,
    walletId,
    EXCHANGE,
  ])
  return { userId, walletId }
}

async function insertRows(
  o: Options & { userId: string; walletId: string; count: number },
): Promise<KnownRow[]> {
  const made = await Promise.all(Array.from({ length: o.count }, () => sealRow(o)))
  const records = made.map(({ record }) => record)
  await o.superuser.pool.query(
    `INSERT INTO data_keys (user_id, row_id, data_key_id, provider, root_key_id, wrapped_key, commitment, encryptions)
     SELECT $1, *, ${FIELDS.length}
     FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::bytea[])`,
    [
      o.userId,
      made.map(({ apiKeyId }) => apiKeyId),
      made.map(({ dataKeyId }) => dataKeyId),
      records.map(({ provider }) => provider),
      records.map(({ rootKeyId }) => rootKeyId),
      records.map(({ wrappedKey }) => Buffer.from(wrappedKey)),
      records.map(({ commitment }) => Buffer.from(commitment)),
    ],
  )
  await o.superuser.pool.query(
    `INSERT INTO user_api_keys (user_id, wallet_id, exchange_id, api_key_id, key_nickname, data_key_id,
       api_key_encrypted, api_secret_encrypted, api_key_hint, fingerprint, is_valid)
     SELECT $1, $2, $3, n.id, n.id::text, n.data_key_id, n.api_key, n.api_secret, '1234', n.fingerprint, true
     FROM unnest($4::uuid[], $5::uuid[], $6::bytea[], $7::bytea[], $8::bytea[])
       AS n (id, data_key_id, api_key, api_secret, fingerprint)`,
    [
      o.userId,
      o.walletId,
      EXCHANGE,
      made.map(({ apiKeyId }) => apiKeyId),
      made.map(({ dataKeyId }) => dataKeyId),
      made.map(({ sealed }) => sealed[0]),
      made.map(({ sealed }) => sealed[1]),
      made.map(() => randomBytes(32)),
    ],
  )
  return made.map(({ apiKeyId }) => ({ userId: o.userId, apiKeyId }))
}

async function sealRow({ rootKeys, deploymentId, userId }: Options & { userId: string }) {
  const [apiKeyId, dataKeyId] = [uuidv7(), uuidv7()]
  const { dataKey, record } = await createDataKey({ provider: rootKeys, deploymentId, userId, dataKeyId })
  const sealed = FIELDS.map((field) =>
    Buffer.from(
      dataKey.seal(Buffer.from(plaintextOf({ apiKeyId, field })), {
        ...{ deploymentId, userId, field, rowId: apiKeyId },
        ...{ table: 'user_api_keys', exchangeId: EXCHANGE, secretVersion: 1 },
      }),
    ),
  )
  return { apiKeyId, dataKeyId, record, sealed }
}

interface StoredRow {
  userId: string
  apiKeyId: string
  dataKeyId: string
  secretVersion: number
  provider: string
  rootKeyId: string
  wrappedKey: Buffer
  commitment: Buffer
  fields: Buffer[]
}

/** Opens every stored row and returns how many say what they should; throws at the first that does not open. */
export async function openEverything(o: {
  superuser: Database
  rootKeys: RootKeyProvider
  deploymentId: string
}): Promise<number> {
  const { rows } = await o.superuser.pool.query<StoredRow>(
    `SELECT k.user_id AS "userId", k.api_key_id AS "apiKeyId", k.data_key_id AS "dataKeyId",
            k.secret_version AS "secretVersion", d.provider, d.root_key_id AS "rootKeyId",
            d.wrapped_key AS "wrappedKey", d.commitment, ARRAY[${FIELDS.join(', ')}] AS fields
     FROM user_api_keys k JOIN data_keys d USING (user_id, data_key_id)`,
  )
  let right = 0
  for (const row of rows) {
    const { deploymentId, rootKeys: provider } = o
    const key = await openDataKey({ ...row, provider, deploymentId, record: row })
    const isRight = FIELDS.every((field, index) => {
      const place = { table: 'user_api_keys', exchangeId: EXCHANGE, rowId: row.apiKeyId, field }
      const { userId, secretVersion } = row
      const opened = key.open(row.fields[index] ?? Buffer.alloc(0), {
        ...place,
        deploymentId,
        userId,
        secretVersion,
      })
      return Buffer.from(opened).toString() === plaintextOf({ apiKeyId: row.apiKeyId, field })
    })
    if (isRight) right += 1
  }
  return right
}

/**
 * Has PostgreSQL itself note each exchange of bytes: how often each key or row was written. Returns what reads the
 * notes.
 */
export async function noteChanges(
  { pool }: Database,
  o: { table: 'data_keys' | 'user_api_keys'; id: string; column: string },
): Promise<() => Promise<{ changed: number; most: number }>> {
  await pool.query(`
    CREATE TABLE changes_of_${o.table} (id uuid);
    CREATE FUNCTION note_${o.table}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = public, pg_temp AS
      'BEGIN INSERT INTO changes_of_${o.table} VALUES (NEW.${o.id}); RETURN NULL; END';
    CREATE TRIGGER note_changes AFTER UPDATE ON ${o.table} FOR EACH ROW
      WHEN (OLD.${o.column} IS DISTINCT FROM NEW.${o.column}) EXECUTE FUNCTION note_${o.table}();`)
  return async () => {
    const { rows } = await pool.query<{ changed: number; most: number }>(
      `SELECT count(*)::int AS changed, coalesce(max(times), 0)::int AS most
       FROM (SELECT count(*) AS times FROM changes_of_${o.table} GROUP BY id) AS counted`,
    )
    return rows[0] ?? { changed: 0, most: 0 }
  }
}
