import { type CryptoKey, createRemoteJWKSet, errors, type JWSHeaderParameters } from 'jose'
import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import { type IdentityProviderSettings, isTrusty } from './identity-settings.ts'
import { MalformedJwsError, verifyJws } from './jws.ts'
import { type Claims, readJwtClaims } from './jwt-claims.ts'

/** Somebody as an issuer vouches for them. They are (issuer, subject), whatever else is said. */
export interface VerifiedIdentity {
  provider: IdentityProviderSettings
  issuer: string
  subject: string
  /** In lower case, and only when the issuer says that it is theirs: a hint for a new account. */
  email: string | null
  displayName: string | null
}

/** Verifies tokens of the issuers that this installation trusts. */
export interface IdentityProviders {
  list: readonly IdentityProviderSettings[]
  /**
   * @throws ServiceError IDENTITY_REFUSED, the same for whatever is wrong with the token; IDENTITY_PROVIDER_DOWN
   */
  verify: (token: string) => Promise<VerifiedIdentity>
}

const ALGORITHM = 'RS256'
const SKEW_SECONDS = 5
/** How long fetched keys are used, how soon an unknown key id may cause another fetch, how long one may take. */
const KEYS = { cacheMaxAge: 600_000, cooldownDuration: 30_000, timeoutDuration: 5_000 }
const LONGEST_DISCOVERY = 100_000

const Hints = z.looseObject({
  email: z.email().max(255).optional().catch(undefined),
  email_verified: z.boolean().optional().catch(undefined),
  name: z.string().max(255).optional().catch(undefined),
})

/** @param o.providers from `readIdentityProviders`; nothing is fetched before the first token comes */
export function createIdentityProviders(o: {
  providers: readonly IdentityProviderSettings[]
  now: () => Date
}): IdentityProviders {
  const keySets = new Map(o.providers.map((provider) => [provider.issuer, createKeySet(provider)]))
  return {
    list: o.providers,
    async verify(token) {
      // Nobody has vouched for it yet: it chooses whose keys are asked, among those that we trust.
      const issuer = claimedIssuer(token)
      const provider = o.providers.find((each) => each.issuer === issuer)
      const keySet = provider && keySets.get(provider.issuer)
      if (!provider || !keySet) throw refused()
      const payload = await verifySignature({ token, keySet })
      const claims = readJwtClaims(payload, {
        issuer: provider.issuer,
        audiences: provider.audiences,
        now: o.now(),
        skewSeconds: SKEW_SECONDS,
      })
      if (!claims || !isMeantForUs({ provider, claims })) throw refused()
      return identityOf({ provider, claims })
    },
  }
}

async function verifySignature(o: { token: string; keySet: RemoteKeys }): Promise<Uint8Array> {
  try {
    const { payload } = await verifyJws({
      token: o.token,
      algorithms: [ALGORITHM],
      key: o.keySet,
    })
    return payload
  } catch (cause) {
    throw isDown(cause) ? down(cause) : refused(cause)
  }
}

/** Clerk says who asked for the token, and that its session has no step left; OIDC, for whom it was made. */
function isMeantForUs(o: { provider: IdentityProviderSettings; claims: Claims }): boolean {
  const { claims, provider } = o
  const { azp, sts } = claims
  if (provider.authorizedParties) {
    return typeof azp === 'string' && provider.authorizedParties.includes(azp) && sts !== 'pending'
  }
  // OpenID Connect Core, section 3.1.3.7: who asked must be us, too, if it is said.
  if (azp !== undefined) return typeof azp === 'string' && (provider.audiences?.includes(azp) ?? false)
  return !Array.isArray(claims.aud) || claims.aud.length === 1
}

function identityOf(o: { provider: IdentityProviderSettings; claims: Claims }): VerifiedIdentity {
  const hints = Hints.parse(o.claims)
  return {
    provider: o.provider,
    issuer: o.provider.issuer,
    subject: o.claims.sub,
    email: hints.email_verified === true && hints.email ? hints.email.toLowerCase() : null,
    displayName: hints.name && !/\p{Cc}/u.test(hints.name) ? hints.name.trim() || null : null,
  }
}

function claimedIssuer(token: string): string | null {
  try {
    const [, payload = ''] = token.split('.', 3)
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return z.object({ iss: z.string() }).parse(claims).iss
  } catch {
    return null
  }
}

/** Finds the one key of an issuer that a header names. */
type RemoteKeys = (header: JWSHeaderParameters) => Promise<CryptoKey>

/** The keys of an issuer: fetched when first needed, with what its discovery says where no address was given. */
function createKeySet(provider: IdentityProviderSettings): RemoteKeys {
  let opened: Promise<RemoteKeys> | null = null
  async function open(): Promise<RemoteKeys> {
    const url = provider.jwksUrl ?? (await discoverKeys(provider.issuer))
    return createRemoteJWKSet(new URL(url), KEYS)
  }
  return async (header) => {
    opened ??= open().catch((error: unknown) => {
      opened = null
      throw error
    })
    return (await opened)(header)
  }
}

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.string().refine(isTrusty) })

/** OpenID Connect Discovery 1.0, section 4: the document must name the issuer that was asked, to the letter. */
async function discoverKeys(issuer: string): Promise<string> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(KEYS.timeoutDuration),
    headers: { accept: 'application/json' },
  })
  const text = response.ok ? await response.text() : ''
  const document = Discovery.safeParse(text.length > LONGEST_DISCOVERY ? null : parseJson(text))
  if (!document.success || document.data.issuer !== issuer) throw new IssuerDownError(issuer)
  return document.data.jwks_uri
}

/** The issuer did not answer as an issuer does. */
class IssuerDownError extends Error {
  override name = 'IssuerDownError'

  constructor(issuer: string) {
    super(`The issuer ${issuer} gave no usable discovery document.`)
  }
}

/** What is wrong with the token is its bearer's; what else goes wrong is the issuer's, or the line's. */
function isDown(cause: unknown): boolean {
  if (cause instanceof MalformedJwsError) return false
  if (cause instanceof errors.JWKSTimeout || cause instanceof errors.JWKSInvalid) return true
  if (cause instanceof errors.JOSEError) return cause.code === 'ERR_JOSE_GENERIC'
  return cause instanceof IssuerDownError || isNetworkError(cause)
}

/** `fetch` rejects with a TypeError that has a cause, or with what its signal gave; jose's own have neither. */
function isNetworkError(cause: unknown): boolean {
  if (cause instanceof TypeError) return cause.cause !== undefined
  return cause instanceof DOMException || cause instanceof SyntaxError
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function refused(cause?: unknown): ServiceError {
  return new ServiceError({
    kind: 'unauthenticated',
    reason: 'IDENTITY_REFUSED',
    message: 'This sign-in was not accepted. Sign in again where you have that account.',
    cause,
  })
}

function down(cause: unknown): ServiceError {
  return new ServiceError({
    kind: 'unavailable',
    reason: 'IDENTITY_PROVIDER_DOWN',
    message: 'The place where you have that account does not answer. Try again in a minute.',
    cause,
  })
}
