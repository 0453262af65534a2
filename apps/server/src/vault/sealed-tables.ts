/** A table whose rows hold sealed fields. Each has the columns user_id, data_key_id and secret_version, too. */
export interface SealedTable {
  name: string
  /** The column of a row's id. */
  id: string
  /** The column of the exchange that the row belongs to; null: it belongs to none. */
  exchange: string | null
  /** The columns that are sealed; one may be null. */
  fields: readonly string[]
}

/** Every table with fields that a data key seals: a rotation must know all of them, so must a data key's end. */
export const sealedTables: readonly SealedTable[] = [
  {
    name: 'user_api_keys',
    id: 'api_key_id',
    exchange: 'exchange_id',
    fields: ['api_key_encrypted', 'api_secret_encrypted', 'extra_encrypted'],
  },
  { name: 'second_factors', id: 'factor_id', exchange: null, fields: ['secret_encrypted'] },
]

/** A condition on `d`, a row of data_keys: nothing is sealed with it. */
export const UNUSED = sealedTables
  .map(
    ({ name }) =>
      `NOT EXISTS (SELECT FROM ${name} t WHERE t.user_id = d.user_id AND t.data_key_id = d.data_key_id)`,
  )
  .join(' AND ')

/**
 * Locks rows of one user that are sealed with a data key from before a time, or with one that was retired, behind
 * a given row and in the order of their ids; those that somebody else holds are left out. With each comes its data
 * key as it is stored. Parameters: user, time, the row behind which, how many.
 */
export function lockRowsSql(table: SealedTable): string {
  const exchange = table.exchange === null ? "''" : `t.${table.exchange}`
  return `
    SELECT t.${table.id} AS "rowId", ${exchange} AS "exchangeId", t.secret_version AS "secretVersion",
           t.data_key_id AS "dataKeyId", d.provider, d.root_key_id AS "rootKeyId", d.wrapped_key AS "wrappedKey",
           d.commitment, ${table.fields.map((field) => `t.${field}`).join(', ')}
    FROM ${table.name} t JOIN data_keys d ON d.user_id = t.user_id AND d.data_key_id = t.data_key_id
    WHERE t.user_id = $1 AND t.${table.id} > $3 AND (d.created_at < $2 OR d.status = 'retired')
    ORDER BY t.${table.id} LIMIT $4 FOR UPDATE OF t SKIP LOCKED`
}

/**
 * Puts newly sealed bytes in the place of old ones where those still stand. The ids stand twice, so that a user's
 * other rows are not looked at. Parameters: user, row ids, data key ids,
 * then for each field the old and the new bytes.
 */
export function swapRowsSql(table: SealedTable): string {
  const bytes = table.fields.flatMap((_, index) => [
    `$${4 + 2 * index}::bytea[]`,
    `$${5 + 2 * index}::bytea[]`,
  ])
  const names = table.fields.flatMap((field) => [`old_${field}`, `new_${field}`])
  return `
    UPDATE ${table.name} t
    SET data_key_id = n.data_key_id, ${table.fields.map((field) => `${field} = n.new_${field}`).join(', ')}
    FROM unnest($2::uuid[], $3::uuid[], ${bytes.join(', ')}) AS n (row_id, data_key_id, ${names.join(', ')})
    WHERE t.user_id = $1 AND t.${table.id} = n.row_id AND t.${table.id} = ANY ($2::uuid[])
      AND ${table.fields.map((field) => `t.${field} IS NOT DISTINCT FROM n.old_${field}`).join(' AND ')}`
}
