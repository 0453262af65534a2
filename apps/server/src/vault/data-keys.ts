import { type DataKeyRecord, MAX_ENCRYPTIONS } from '@opentrade/crypto'
import type { Database, Queryable } from '@opentrade/db'
import { UNUSED } from './sealed-tables.ts'

/** A data key as it is stored. */
export interface StoredDataKey extends DataKeyRecord {
  dataKeyId: string
  /** How many fields it has sealed or may still seal by what was reserved. */
  encryptions: number
}

const COLUMNS = `data_key_id AS "dataKeyId", provider, root_key_id AS "rootKeyId", wrapped_key AS "wrappedKey",
  commitment, encryptions`

/** Whose fields a data key seals. Each row has keys of its own, so that they can be destroyed with it. */
export interface DataKeyOwner {
  userId: string
  rowId: string
}

/** The newest active one is the one that encrypts. */
const NEWEST_ACTIVE = `
  SELECT data_key_id FROM data_keys
  WHERE user_id = $1 AND row_id = $2 AND status = 'active' AND encryptions + $3 <= ${MAX_ENCRYPTIONS}
  ORDER BY created_at DESC, data_key_id DESC LIMIT 1`

/**
 * Counts `fields` encryptions in advance on the row's current data key, so that the limit holds over all processes.
 * @returns that key, or undefined when there is none, or none with room
 */
export async function reserveEncryptions(
  db: Database,
  o: DataKeyOwner & { fields: number },
): Promise<StoredDataKey | undefined> {
  const { rows } = await db.withUserSql(o.userId, (client) =>
    client.query<StoredDataKey>(
      `UPDATE data_keys SET encryptions = encryptions + $3
       WHERE user_id = $1 AND data_key_id = (${NEWEST_ACTIVE})
         AND status = 'active' AND encryptions + $3 <= ${MAX_ENCRYPTIONS}
       RETURNING ${COLUMNS}`,
      [o.userId, o.rowId, o.fields],
    ),
  )
  return rows[0]
}

/** A user's data key by its id, whatever its status; undefined when there is none. */
export async function readDataKey(
  db: Database,
  o: { userId: string; dataKeyId: string },
): Promise<StoredDataKey | undefined> {
  const { rows } = await db.withUserSql(o.userId, (client) =>
    client.query<StoredDataKey>(`SELECT ${COLUMNS} FROM data_keys WHERE user_id = $1 AND data_key_id = $2`, [
      o.userId,
      o.dataKeyId,
    ]),
  )
  return rows[0]
}

/**
 * Stores a new generation unless another process was first: afterwards exactly one key of the row is active. The
 * ones before it go on decrypting.
 * @param o.fields how many encryptions the caller needs room for
 */
export async function storeGeneration(
  db: Database,
  o: DataKeyOwner & { dataKeyId: string; record: DataKeyRecord; fields: number },
): Promise<void> {
  const { userId, rowId, dataKeyId, record, fields } = o
  await db.withUserSql(userId, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('opentrade data key ' || $1, 0))", [
      userId,
    ])
    if (await hasRoom(client, { userId, rowId, fields })) return
    await client.query(
      "UPDATE data_keys SET status = 'rotating' WHERE user_id = $1 AND row_id = $2 AND status = 'active'",
      [userId, rowId],
    )
    await client.query(
      `INSERT INTO data_keys (user_id, row_id, data_key_id, provider, root_key_id, wrapped_key, commitment)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [userId, rowId, dataKeyId, record.provider, record.rootKeyId, record.wrappedKey, record.commitment],
    )
  })
}

async function hasRoom(q: Queryable, o: DataKeyOwner & { fields: number }): Promise<boolean> {
  const { rowCount } = await q.query(NEWEST_ACTIVE, [o.userId, o.rowId, o.fields])
  return rowCount === 1
}

/**
 * Deletes the data keys of a row that is gone, and the one that sealed it before rows had their own, once no other
 * row needs it.
 * @returns the ids of what was deleted
 */
export async function deleteDataKeys(
  q: Queryable,
  o: DataKeyOwner & { dataKeyId: string },
): Promise<string[]> {
  const { rows } = await q.query<{ dataKeyId: string }>(
    `DELETE FROM data_keys d
     WHERE d.user_id = $1 AND (d.row_id = $2 OR d.data_key_id = $3) AND ${UNUSED}
     RETURNING d.data_key_id AS "dataKeyId"`,
    [o.userId, o.rowId, o.dataKeyId],
  )
  return rows.map((row) => row.dataKeyId)
}
