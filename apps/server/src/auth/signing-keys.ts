import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import type { RootKeyProvider } from '@opentrade/crypto'
import { type Database, inTransaction, uuidv7 } from '@opentrade/db'
import type pg from 'pg'

/** A key that signs access tokens. */
export interface SigningKey {
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
  /** 32 bytes from which refresh tokens' tags and successors are made. */
  refreshSecret: Uint8Array
  createdAt: Date
}

/** Where signing keys are kept, and what opens them. */
export interface SigningKeySource {
  db: Database
  rootKeys: RootKeyProvider
  deploymentId: string
  now?: () => Date
}

interface Row {
  createdAt: Date
  kid: string
  wrappedSeed: Buffer
  rootKeyId: string
  provider: string
}

const SEED_BYTES = 32
/** RFC 8410, section 7: what stands before an Ed25519 seed in PKCS #8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const LOCK = 'opentrade signing keys'

/**
 * The keys of this installation, the newest first. The first process makes one; those that start at the same
 * time wait for it and read it.
 * @throws CryptoError when the root key is not the one that wrapped them; nothing is written then
 */
export async function loadSigningKeys(source: SigningKeySource): Promise<[SigningKey, ...SigningKey[]]> {
  const existing = await readKeys(source)
  if (isFilled(existing)) return existing
  await createKeyOnce(source)
  const created = await readKeys(source)
  if (isFilled(created)) return created
  throw new Error('No signing key was found right after one was made.')
}

function isFilled(keys: SigningKey[]): keys is [SigningKey, ...SigningKey[]] {
  return keys.length > 0
}

async function readKeys({ db, rootKeys, deploymentId }: SigningKeySource): Promise<SigningKey[]> {
  const { rows } = await db.pool.query<Row>(
    `SELECT kid, wrapped_seed AS "wrappedSeed", root_key_id AS "rootKeyId", provider, created_at AS "createdAt"
     FROM signing_keys WHERE retired_at IS NULL ORDER BY created_at DESC, kid DESC`,
  )
  return Promise.all(
    rows.map(async ({ kid, wrappedSeed, rootKeyId, provider, createdAt }) => {
      const seed = await rootKeys.unwrap({
        provider,
        rootKeyId,
        wrapped: wrappedSeed,
        context: wrapContext(deploymentId, kid),
      })
      return signingKey({ kid, seed, createdAt })
    }),
  )
}

async function createKeyOnce(source: SigningKeySource): Promise<void> {
  await withSigningKeyLock(source.db, async (client) => {
    const { rowCount } = await client.query('SELECT FROM signing_keys WHERE retired_at IS NULL LIMIT 1')
    if (rowCount === 0) await insertSigningKey(client, source)
  })
}

/** Runs in one transaction that no other process changes signing keys beside. */
export function withSigningKeyLock<Result>(
  db: Database,
  run: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  return inTransaction(db.pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [LOCK])
    return run(client)
  })
}

/** Makes a key, and keeps its seed wrapped by the root key. */
export async function insertSigningKey(client: pg.PoolClient, source: SigningKeySource): Promise<void> {
  const { rootKeys, deploymentId, now = () => new Date() } = source
  const kid = uuidv7()
  const seed = randomBytes(SEED_BYTES)
  const createdAt = now()
  const { rootKeyId, wrapped } = await rootKeys.wrap({
    plaintext: seed,
    context: wrapContext(deploymentId, kid),
  })
  const publicJwk = signingKey({ kid, seed, createdAt }).publicKey.export({ format: 'jwk' })
  await client.query(
    `INSERT INTO signing_keys (kid, public_jwk, wrapped_seed, provider, root_key_id, created_at)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [kid, publicJwk, wrapped, rootKeys.name, rootKeyId, createdAt],
  )
}

function wrapContext(deploymentId: string, kid: string) {
  return { purpose: 'signing-key', deploymentId, ownerId: deploymentId, keyId: kid } as const
}

/** Builds the key from its seed, which is zeroed. */
function signingKey(o: { kid: string; seed: Uint8Array; createdAt: Date }): SigningKey {
  const { kid, seed, createdAt } = o
  const der = Buffer.concat([PKCS8_PREFIX, seed])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const refreshSecret = new Uint8Array(hkdfSync('sha256', seed, kid, 'opentrade/refresh-token', SEED_BYTES))
  der.fill(0)
  seed.fill(0)
  return { kid, privateKey, publicKey: createPublicKey(privateKey), refreshSecret, createdAt }
}
