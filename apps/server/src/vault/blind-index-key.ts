import { randomBytes } from 'node:crypto'
import { deriveBlindIndexKey, type RootKeyProvider, type WrapContext } from '@opentrade/crypto'
import type { Database } from '@opentrade/db'
import { withRootKeys } from './failure.ts'

const SECRET_NAME = 'blind-index'
const SECRET_BYTES = 32

interface StoredSecret {
  provider: string
  rootKeyId: string
  wrapped: Buffer
}

export interface BlindIndexKeyOptions {
  db: Database
  rootKeys: RootKeyProvider
  deploymentId: string
}

type BlindIndexKey = ReturnType<typeof deriveBlindIndexKey>

/**
 * Unwraps the installation's blind index key. It is made once, ever: with another one, no duplicate would be found.
 * @throws ServiceError `VAULT_UNAVAILABLE`
 */
export async function openBlindIndexKey(o: BlindIndexKeyOptions): Promise<BlindIndexKey> {
  const stored = (await readSecret(o.db)) ?? (await makeSecret(o))
  const secret = await withRootKeys(() =>
    o.rootKeys.unwrap({ ...stored, context: contextOf(o.deploymentId) }),
  )
  try {
    return deriveBlindIndexKey({ secret, deploymentId: o.deploymentId })
  } finally {
    secret.fill(0)
  }
}

/** Two processes may get here at once: both go on with the one that was stored first. */
async function makeSecret(o: BlindIndexKeyOptions): Promise<StoredSecret> {
  const secret = randomBytes(SECRET_BYTES)
  try {
    const context = contextOf(o.deploymentId)
    const { rootKeyId, wrapped } = await withRootKeys(() => o.rootKeys.wrap({ plaintext: secret, context }))
    await o.db.pool.query(
      `INSERT INTO deployment_secrets (secret_name, provider, root_key_id, wrapped_secret)
       VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      [SECRET_NAME, o.rootKeys.name, rootKeyId, wrapped],
    )
  } finally {
    secret.fill(0)
  }
  const stored = await readSecret(o.db)
  if (!stored) throw new Error('The blind index secret that was just stored is not there.')
  return stored
}

async function readSecret(db: Database): Promise<StoredSecret | undefined> {
  const { rows } = await db.pool.query<StoredSecret>(
    'SELECT provider, root_key_id AS "rootKeyId", wrapped_secret AS wrapped FROM deployment_secrets WHERE secret_name = $1',
    [SECRET_NAME],
  )
  return rows[0]
}

function contextOf(deploymentId: string): WrapContext {
  return { purpose: 'blind-index', deploymentId, ownerId: deploymentId, keyId: SECRET_NAME }
}
