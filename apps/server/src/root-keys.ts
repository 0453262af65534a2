import {
  type ConfiguredRootKeys,
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

interface Wrapped {
  provider: string
  rootKeyId: string
  wrapped: Buffer
}

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
    const { rows } = await db.pool.query<Wrapped & { id: string }>(
      `SELECT DISTINCT ON (provider, root_key_id) ${table.id} AS id, provider, root_key_id AS "rootKeyId",
              ${table.wrapped} AS wrapped
       FROM ${table.name} ORDER BY provider, root_key_id`,
    )
    for (const { id, ...row } of rows)
      await open(rootKeys, { ...row, context: table.context({ deploymentId, id }) })
  }
  if (!(await hasTable(db, 'data_keys'))) return
  const { rows } = await db.pool.query<Wrapped & { userId: string; dataKeyId: string }>(
    `SELECT DISTINCT ON (provider, root_key_id) user_id AS "userId", data_key_id AS "dataKeyId", provider,
            root_key_id AS "rootKeyId", wrapped_key AS wrapped
     FROM data_keys ORDER BY provider, root_key_id`,
  )
  for (const row of rows) {
    await open(rootKeys, { ...row, context: dataKeyContext({ ...row, deploymentId }) })
  }
}

async function open(
  rootKeys: ConfiguredRootKeys,
  item: Parameters<ConfiguredRootKeys['unwrap']>[0],
): Promise<void> {
  try {
    const key = await rootKeys.unwrap(item)
    key.fill(0)
  } catch (error) {
    if (!isPassingFault(error)) throw error
  }
}
