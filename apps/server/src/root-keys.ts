import {
  type ConfiguredRootKeys,
  CryptoError,
  configuredRootKeys,
  dataKeyContext,
  isPassingFault,
} from '@opentrade/crypto'
import type { Database } from '@opentrade/db'
import type { Env } from './env.ts'
import { installationKeys } from './vault/wrapped-tables.ts'

/** The tables that hold what a root key wrapped. */
const WRAPPED = ['signing_keys', 'data_keys', 'deployment_secrets']

/**
 * Opens the root keys that the environment names. A file is made only for a database in which nothing is wrapped
 * yet: to replace a lost one would hide that what it wrapped is lost, too. The caller closes them.
 * @throws CryptoError whose message says what is missing or wrong
 */
export async function openRootKeys({ env, db }: { env: Env; db: Database }): Promise<ConfiguredRootKeys> {
  const create = !(await holdsWrappedKeys(db))
  return configuredRootKeys({ env: env.rootKeys, file: { path: env.rootKeyFile, create } })
}

/** Whether something in this database opens with a root key only. A database without our tables holds nothing. */
export async function holdsWrappedKeys(db: Database): Promise<boolean> {
  for (const table of WRAPPED) {
    if (!(await hasTable(db, table))) continue
    const { rowCount } = await db.pool.query(`SELECT FROM ${table} LIMIT 1`)
    if (rowCount) return true
  }
  return false
}

async function hasTable({ pool }: Database, table: string): Promise<boolean> {
  const { rows } = await pool.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
    table,
  ])
  return rows[0]?.exists ?? false
}

/** So many data keys of one root key are tried: one that is damaged says nothing about the root key. */
const SAMPLE = 5

interface RootKeyName {
  provider: string
  rootKeyId: string
}

type WrappedItem = Parameters<ConfiguredRootKeys['unwrap']>[0] & RootKeyName

/**
 * Opens something of each root key that anything is wrapped by, before anything is written: a signing key, a secret
 * of the installation, and a data key, whichever there are.
 * @param o.db of a role that sees the data keys of all users; another sees none, and none is checked
 * @throws CryptoError that names the root key which is missing or wrong. A provider that is down is no reason, as
 * long as nothing that the start needs is wrapped by it.
 */
export async function checkWrappedKeys(o: {
  db: Database
  rootKeys: ConfiguredRootKeys
  deploymentId: string
}): Promise<void> {
  const { db, rootKeys, deploymentId } = o
  for (const table of installationKeys) {
    if (!(await hasTable(db, table.name))) continue
    const { rows } = await db.pool.query<RootKeyName & { id: string; wrapped: Buffer }>(
      `SELECT DISTINCT ON (provider, root_key_id) ${table.id} AS id, provider, root_key_id AS "rootKeyId",
              ${table.wrapped} AS wrapped
       FROM ${table.name} ORDER BY provider, root_key_id`,
    )
    for (const { id, ...row } of rows)
      await openOne(rootKeys, [{ ...row, context: table.context({ deploymentId, id }) }])
  }
  if (!(await hasTable(db, 'data_keys'))) return
  const { rows } = await db.pool.query<RootKeyName>(
    'SELECT DISTINCT provider, root_key_id AS "rootKeyId" FROM data_keys ORDER BY 1, 2',
  )
  for (const name of rows) await openOne(rootKeys, await sampleDataKeys({ db, deploymentId, name }))
}

async function sampleDataKeys(o: {
  db: Database
  deploymentId: string
  name: RootKeyName
}): Promise<WrappedItem[]> {
  const { db, deploymentId, name } = o
  const { rows } = await db.pool.query<{ userId: string; dataKeyId: string; wrapped: Buffer }>(
    `SELECT user_id AS "userId", data_key_id AS "dataKeyId", wrapped_key AS wrapped
     FROM data_keys WHERE provider = $1 AND root_key_id = $2 LIMIT ${SAMPLE}`,
    [name.provider, name.rootKeyId],
  )
  return rows.map(({ wrapped, ...owner }) => ({
    ...name,
    wrapped,
    context: dataKeyContext({ ...owner, deploymentId }),
  }))
}

/** Opens one of several that a root key wrapped, or says why none does. */
async function openOne(rootKeys: ConfiguredRootKeys, items: WrappedItem[]): Promise<void> {
  let refusal: CryptoError | null = null
  for (const item of items) {
    try {
      const key = await rootKeys.unwrap(item)
      key.fill(0)
      return
    } catch (error) {
      if (isPassingFault(error)) return
      if (!isOfTheWrappedKey(error)) throw error
      refusal ??= doesNotOpen(item, error)
    }
  }
  if (refusal) throw refusal
}

function isOfTheWrappedKey(error: unknown): error is CryptoError {
  return (
    error instanceof CryptoError &&
    (error.code === 'WRAPPED_KEY_REFUSED' || error.code === 'WRAPPED_KEY_MALFORMED')
  )
}

/** A service with another key of that name says it of everything, too: it cannot tell the two apart. */
function doesNotOpen({ provider, rootKeyId }: RootKeyName, cause: CryptoError): CryptoError {
  return new CryptoError(
    cause.code,
    `What the root key "${rootKeyId}" of the provider "${provider}" wrapped does not open with the key of that name. Bring back the one that was used before, or the database that belongs to this one.`,
    { cause },
  )
}
