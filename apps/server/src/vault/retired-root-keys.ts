import { type CombinedRootKeys, listRootKeys, promoteRootKey } from '@opentrade/crypto'
import type { Queryable } from '@opentrade/db'
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
 * Settles a disagreement in favour of the database: a root key file whose current key was retired goes back to the
 * newest key before it that was not. No key is made or removed. Without such a key the file stays as it is, and a
 * rotation, which adds one, is the remedy.
 * @throws what reading or writing the file throws
 */
export async function settleRootKeyFile(o: {
  q: Queryable
  rootKeys: CombinedRootKeys
  path: string
  log: Logger
}): Promise<void> {
  const { q, rootKeys, path, log } = o
  if (rootKeys.name !== 'file') return
  const current = await rootKeys.currentKeyId()
  if (!(await isRetired(q, { provider: 'file', rootKeyId: current }))) return
  const retired = await readRetiredFileKeys(q)
  const keys = await listRootKeys({ path })
  const before = keys.slice(
    0,
    keys.findIndex(({ id }) => id === current),
  )
  const usable = before.filter(({ id }) => !retired.has(id)).at(-1)
  if (!usable) return
  const { id } = await promoteRootKey({ path, id: usable.id, insteadOf: current })
  log.warn(
    { retired: current, current: id },
    'The current root key of the file was retired; an older one took its place',
  )
}
