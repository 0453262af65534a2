import { envRootKeys, openRootKeyFile, type RootKeyProvider } from '@opentrade/crypto'
import type { Database } from '@opentrade/db'
import type { Env } from './env.ts'

/** The tables that hold what a root key wrapped. */
const WRAPPED = ['signing_keys', 'data_keys', 'deployment_secrets']

export interface OpenedRootKeys {
  rootKeys: RootKeyProvider
  /** The file that was made just now, so that the person can be told. */
  createdFile: string | null
}

/**
 * Opens the root keys that the environment names. A file is made only for a database in which nothing is wrapped
 * yet: to replace a lost one would hide that what it wrapped is lost, too.
 * @throws CryptoError whose message says what is missing or wrong
 */
export async function openRootKeys({ env, db }: { env: Env; db: Database }): Promise<OpenedRootKeys> {
  if (env.rootKeyProvider === 'env') return { rootKeys: envRootKeys(env.rootKeys), createdFile: null }
  const create = !(await holdsWrappedKeys(db))
  const rootKeys = await openRootKeyFile({ path: env.rootKeyFile, create })
  return { rootKeys, createdFile: rootKeys.created ? env.rootKeyFile : null }
}

/** Whether something in this database opens with a root key only. A database without our tables holds nothing. */
export async function holdsWrappedKeys({ pool }: Database): Promise<boolean> {
  for (const table of WRAPPED) {
    const { rows } = await pool.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
      table,
    ])
    if (!rows[0]?.exists) continue
    const { rowCount } = await pool.query(`SELECT FROM ${table} LIMIT 1`)
    if (rowCount) return true
  }
  return false
}
