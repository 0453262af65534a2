import type { CombinedRootKeys } from '@opentrade/crypto'
import type { Database } from '@opentrade/db'
import type { Actor } from '../context.ts'
import { createVault } from '../vault/create-vault.ts'
import { type KnownRow, plaintextOf } from './sealed-rows.ts'

/** Nothing stays in memory for long, so that keys are read and unwrapped all the time. */
const CACHE_MS = 20
const READERS = 2

/** Reading that goes on until it is stopped. */
export interface VaultLoad {
  stop: () => Promise<{ openings: number; failures: unknown[] }>
}

interface Options {
  db: Database
  rootKeys: CombinedRootKeys
  deploymentId: string
  rows: KnownRow[]
}

/** Opens stored rows at random through the vault, and compares what they say. */
export function startVaultLoad(o: Options): VaultLoad {
  const vault = createVault({ ...o, cache: { ttlMs: CACHE_MS } })
  const failures: unknown[] = []
  let openings = 0
  let stopped = false

  async function read(): Promise<void> {
    while (!stopped) {
      const row = o.rows[Math.floor(Math.random() * o.rows.length)]
      if (!row) return
      try {
        if (!(await opensRight({ ...o, vault, row }))) failures.push(`${row.apiKeyId} says something else`)
      } catch (error) {
        failures.push(error)
      }
      openings += 1
    }
  }

  const readers = Array.from({ length: READERS }, read)
  return {
    async stop() {
      stopped = true
      await Promise.all(readers)
      vault.close()
      return { openings, failures }
    },
  }
}

async function opensRight(
  o: Options & { vault: ReturnType<typeof createVault>; row: KnownRow },
): Promise<boolean> {
  const { userId, apiKeyId } = o.row
  const { rows } = await o.db.withUserSql(userId, (client) =>
    client.query<{ secretVersion: number; dataKeyId: string; api_secret_encrypted: Buffer }>(
      `SELECT secret_version AS "secretVersion", data_key_id AS "dataKeyId", api_secret_encrypted
       FROM user_api_keys WHERE user_id = $1 AND api_key_id = $2`,
      [userId, apiKeyId],
    ),
  )
  const [stored] = rows
  if (!stored) return false
  const actor: Actor = { userId, role: 'user', name: 'job:test', sessionId: null, ip: null }
  const place = { table: 'user_api_keys', rowId: apiKeyId, userId, exchangeId: 'paper' }
  return o.vault.withPlaintext({
    row: { ...place, secretVersion: stored.secretVersion },
    dataKeyId: stored.dataKeyId,
    fields: { api_secret_encrypted: stored.api_secret_encrypted },
    actor,
    reason: 'a test',
    run: (fields) =>
      Buffer.from(fields.api_secret_encrypted ?? []).toString() ===
      plaintextOf({ apiKeyId, field: 'api_secret_encrypted' }),
  })
}
