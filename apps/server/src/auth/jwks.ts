import type { FastifyInstance } from 'fastify'
import type { SigningKeyRing } from './signing-key-ring.ts'

/** Shorter than a new key is published before it signs: whoever keeps to it never meets an unknown key. */
const CACHED_SECONDS = 300

/** Publishes the keys that our access tokens are verified with (RFC 7517): anybody may check one by themselves. */
export function mountJwks(app: FastifyInstance, { signingKeys }: { signingKeys: SigningKeyRing }): void {
  app.get('/.well-known/jwks.json', (_request, reply) =>
    reply
      .header('cache-control', `public, max-age=${CACHED_SECONDS}`)
      .header('access-control-allow-origin', '*')
      .type('application/jwk-set+json')
      .send(JSON.stringify({ keys: signingKeys.publicKeys() })),
  )
}
