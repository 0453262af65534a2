import type { JWK } from 'jose'
import type { Logger } from 'pino'
import { type Events, publishEvent } from '../events.ts'
import { keyRoles, rotationDue } from './signing-key-ages.ts'
import {
  insertSigningKey,
  loadSigningKeys,
  type SigningKey,
  type SigningKeySource,
  withSigningKeyLock,
} from './signing-keys.ts'

/** The signing keys of the installation as this process knows them; it follows what other processes change. */
export interface SigningKeyRing {
  /** The key that signs now. */
  signing: () => SigningKey
  /** The key of this id, if a token that it signed may still be good. One that is unknown is looked up once. */
  verifying: (kid: string) => Promise<SigningKey | null>
  /** What makes and reads refresh tokens: that of the key which signs now, then all others. */
  refreshSecrets: () => readonly [Uint8Array, ...Uint8Array[]]
  /** The public halves of all keys that verify, or soon will (RFC 7517). */
  publicKeys: () => JWK[]
  /** Makes a new key when the newest is old enough, and retires those of which no token is out. */
  rotate: () => Promise<{ created: boolean; retired: number }>
  close: () => void
}

/** Unknown key ids are anybody's to send: they cost at most a query a second. */
const RELOAD_EVERY_MS = 1_000

/** @throws CryptoError when the root key is not the one that wrapped the keys; nothing is written then */
export async function openSigningKeyRing(
  o: SigningKeySource & { events: Events; log: Logger; now: () => Date },
): Promise<SigningKeyRing> {
  let keys = await loadSigningKeys(o)
  let reloading: Promise<void> | null = null
  let reloadedAt = Number.NEGATIVE_INFINITY

  function reload(): Promise<void> {
    reloading ??= loadSigningKeys(o)
      .then((loaded) => {
        keys = loaded
      })
      .catch((error: unknown) => o.log.error({ err: error }, 'The signing keys could not be read again'))
      .finally(() => {
        reloading = null
        reloadedAt = performance.now()
      })
    return reloading
  }

  function known(kid: string): SigningKey | undefined {
    return keyRoles(keys, o.now()).verifying.find((key) => key.kid === kid)
  }

  const unsubscribe = o.events.subscribe(
    (event) => void (event.type === 'signing-keys-changed' && reload()),
    () => void reload(),
  )
  return {
    signing: () => keyRoles(keys, o.now()).signing,
    async verifying(kid) {
      if (!keys.some((key) => key.kid === kid) && performance.now() - reloadedAt > RELOAD_EVERY_MS)
        await reload()
      return known(kid) ?? null
    },
    refreshSecrets() {
      const { signing } = keyRoles(keys, o.now())
      const others = keys.filter((key) => key !== signing)
      return [signing.refreshSecret, ...others.map((key) => key.refreshSecret)]
    },
    publicKeys: () => keyRoles(keys, o.now()).verifying.map(publicJwk),
    async rotate() {
      const done = await rotateSigningKeys(o)
      if (done.created || done.retired > 0) await reload()
      return done
    },
    close: unsubscribe,
  }
}

function publicJwk({ kid, publicKey }: SigningKey): JWK {
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'EdDSA' }
}

async function rotateSigningKeys(
  o: SigningKeySource & { now: () => Date },
): Promise<{ created: boolean; retired: number }> {
  return withSigningKeyLock(o.db, async (client) => {
    const { rows } = await client.query<{ kid: string; createdAt: Date }>(
      `SELECT kid, created_at AS "createdAt" FROM signing_keys
       WHERE retired_at IS NULL ORDER BY created_at DESC, kid DESC`,
    )
    const { create, retire } = rotationDue(rows, o.now())
    if (create) await insertSigningKey(client, o)
    if (retire.length > 0) {
      await client.query('UPDATE signing_keys SET retired_at = $2 WHERE kid = ANY ($1)', [retire, o.now()])
    }
    if (create || retire.length > 0) await publishEvent(client, { type: 'signing-keys-changed' })
    return { created: create, retired: retire.length }
  })
}
