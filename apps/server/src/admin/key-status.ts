import { CryptoError, listRootKeys } from '@opentrade/crypto'
import type { Services, UserContext } from '../context.ts'
import { fullDisk } from '../disk-space.ts'
import { readProcesses } from '../vault/root-key-readers.ts'
import { readRotations } from '../vault/rotations.ts'
import { onTheWire } from './rotations.ts'
import type { KeyStatus, RootKey } from './schemas.ts'

const ROTATIONS = 10

/**
 * Which root keys there are and what each wraps, whether anything can be sealed, who serves the installation, and the
 * last rotations.
 */
export async function keyStatus({ ctx }: { ctx: UserContext }): Promise<KeyStatus> {
  const { services } = ctx
  const { db, rootKeys } = services
  const { current, problem } = await services.sealing.look()
  const diskProblem = await fullDisk(services)
  const processes = await readProcesses(db.pool)
  const rotations = await readRotations(db.pool, { limit: ROTATIONS })
  return {
    providers: rootKeys.providers.map(({ name }) => name),
    current,
    problem: problem ?? (diskProblem === null ? null : { code: 'DISK', message: diskProblem }),
    rootKeys: await readRootKeys(services, current),
    processes: processes.map((process) => ({
      ...process,
      startedAt: process.startedAt.toISOString(),
      seenAt: process.seenAt.toISOString(),
    })),
    rotations: rotations.map(onTheWire),
  }
}

const COLUMNS: Record<string, 'dataKeys' | 'signingKeys' | 'secrets'> = {
  'data-key': 'dataKeys',
  'signing-key': 'signingKeys',
  secret: 'secrets',
}

/** Those that wrap something, those that once did, and those of the root key file. */
async function readRootKeys(services: Services, current: KeyStatus['current']): Promise<RootKey[]> {
  const { db } = services
  const found = new Map<string, RootKey>()
  function of({ provider, rootKeyId }: { provider: string; rootKeyId: string }): RootKey {
    const name = `${provider}:${rootKeyId}`
    const known = found.get(name)
    if (known) return known
    const isCurrent = current?.provider === provider && current.rootKeyId === rootKeyId
    const counts = { dataKeys: 0, signingKeys: 0, secrets: 0 }
    const flags = { isCurrent, isRetired: false, isInUse: false, isInFile: false }
    const made = { provider, rootKeyId, ...flags, ...counts }
    found.set(name, made)
    return made
  }
  if (current) of(current)
  const counted = await db.scheduler.query<{
    kind: string
    provider: string
    rootKeyId: string
    keys: number
  }>('SELECT kind, provider, root_key_id AS "rootKeyId", keys::int FROM count_wrapped_keys()')
  for (const row of counted.rows) {
    const column = COLUMNS[row.kind]
    if (!column) continue
    const rootKey = of(row)
    rootKey[column] = row.keys
    rootKey.isInUse = true
  }
  for (const rootKeyId of await readFileKeys(services)) of({ provider: 'file', rootKeyId }).isInFile = true
  const past = await db.pool.query<{ provider: string; rootKeyId: string; isRetired: boolean }>(
    `SELECT provider, root_key_id AS "rootKeyId", true AS "isRetired" FROM retired_root_keys
     UNION ALL
     SELECT DISTINCT provider, root_key_id, false FROM rotations WHERE root_key_id IS NOT NULL`,
  )
  for (const row of past.rows) of(row).isRetired ||= row.isRetired
  return [...found.values()].sort(
    (a, b) => Number(b.isCurrent) - Number(a.isCurrent) || b.dataKeys - a.dataKeys,
  )
}

/** A file that cannot be read is no reason to say nothing of the rest. */
async function readFileKeys({ rootKeys, env }: Services): Promise<string[]> {
  if (!rootKeys.providers.some(({ name }) => name === 'file')) return []
  try {
    return (await listRootKeys({ path: env.rootKeyFile })).map(({ id }) => id)
  } catch (error) {
    if (error instanceof CryptoError) return []
    throw error
  }
}
