import { type CombinedRootKeys, listRootKeys, promoteRootKey } from '@opentrade/crypto'
import type { Database, Queryable } from '@opentrade/db'
import type { Logger } from 'pino'

/** A root key by the names under which it is stored. */
export interface RootKeyName {
  provider: string
  rootKeyId: string
}

/** Whether a root key was retired: the database then refuses whatever it would wrap, for ever. */
export async function isRetired(q: Queryable, o: RootKeyName): Promise<boolean> {
  const { rowCount } = await q.query(
    'SELECT FROM retired_root_keys WHERE provider = $1 AND root_key_id = $2',
    [o.provider, o.rootKeyId],
  )
  return rowCount === 1
}

/** The ids of the root keys of the provider `file` that were retired. */
export async function readRetiredFileKeys(q: Queryable): Promise<Set<string>> {
  const { rows } = await q.query<{ rootKeyId: string }>(
    `SELECT root_key_id AS "rootKeyId" FROM retired_root_keys WHERE provider = 'file'`,
  )
  return new Set(rows.map(({ rootKeyId }) => rootKeyId))
}

/**
 * Settles a disagreement in favour of the database: a root key file whose current key was retired makes another of its
 * keys the current one, the newest that still wraps something, else the newest from before. No key is made or removed,
 * and none is taken that was only staged: not every process may be able to read that one. Without such a key the file
 * stays as it is, and a rotation, which adds one, is the remedy.
 * @throws what reading or writing the file throws
 */
export async function settleRootKeyFile(o: {
  db: Database
  rootKeys: CombinedRootKeys
  rootKeyFile: string
  log: Logger
}): Promise<void> {
  const { db, rootKeys, rootKeyFile: path, log } = o
  if (rootKeys.name !== 'file') return
  const current = await rootKeys.currentKeyId()
  if (!(await isRetired(db.pool, { provider: 'file', rootKeyId: current }))) return
  const ids = (await listRootKeys({ path })).map(({ id }) => id)
  const [retired, inUse] = [await readRetiredFileKeys(db.pool), await readFileKeysInUse(db)]
  const older = ids.slice(0, ids.indexOf(current)).filter((id) => !retired.has(id))
  const id = ids.findLast((each) => inUse.has(each)) ?? older.at(-1)
  if (id === undefined) return
  const now = await promoteRootKey({ path, id, insteadOf: current })
  log.warn(
    { retired: current, current: now.id },
    'The current root key of the file was retired and is replaced',
  )
}

async function readFileKeysInUse({ scheduler }: Database): Promise<Set<string>> {
  const { rows } = await scheduler.query<{ rootKeyId: string }>(
    `SELECT DISTINCT root_key_id AS "rootKeyId" FROM count_wrapped_keys() WHERE provider = 'file'`,
  )
  return new Set(rows.map(({ rootKeyId }) => rootKeyId))
}
