import { type CryptoKey, createRemoteJWKSet, customFetch, errors, type JWSHeaderParameters } from 'jose'
import { AuthorizationResponseError } from 'openid-client'
import { z } from 'zod'
import { notFound, ServiceError } from '../errors.ts'
import type { IdentityProviderSettings } from './identity-settings.ts'
import {
  authorizationUrl,
  type Callback,
  type FlowSecrets,
  type IssuerClient,
  readUserInfo,
  redeemCode,
} from './issuer-client.ts'
import { createDiscovery, type IssuerMetadata } from './issuer-discovery.ts'
import { askIssuer, IssuerDownError, IssuerSetupError } from './issuer-line.ts'
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
  /** When they last showed the issuer who they are, if it says. */
  shownAt: Date | null
}

/** Verifies tokens of the issuers that this installation trusts, and fetches them there. */
export interface IdentityProviders {
  list: readonly IdentityProviderSettings[]
  /**
   * Verifies a token that somebody brings.
   * @throws ServiceError IDENTITY_REFUSED, the same for whatever is wrong with the token; IDENTITY_PROVIDER_DOWN;
   *   IDENTITY_PROVIDER_MISCONFIGURED
   */
  verify: (token: string) => Promise<VerifiedIdentity>
  /**
   * Where to send a browser so that its person signs in there (OpenID Connect Core, section 3.1.2.1).
   * @throws ServiceError IDENTITY_PROVIDER_DOWN; IDENTITY_PROVIDER_MISCONFIGURED; NOT_FOUND for one that we are no
   *   client of
   */
  open: (o: { providerId: string; flow: FlowSecrets; askAgain: boolean }) => Promise<string>
  /**
   * Fetches and verifies the ID token for what a browser has come back with.
   * @throws ServiceError IDENTITY_DENIED, IDENTITY_REFUSED, IDENTITY_PROVIDER_DOWN; NOT_FOUND
   */
  redeem: (o: { providerId: string; flow: FlowSecrets; callback: Callback }) => Promise<VerifiedIdentity>
  /** Asks each provider once whether it is what our settings say. */
  check: () => Promise<ProviderFault[]>
}

/** What keeps people from signing in with a provider. */
export interface ProviderFault {
  providerId: string
  /** A sentence for the operator. */
  message: string
  /** Our settings, or its own, have to be corrected; else it may answer later. */
  isSetup: boolean
}

const ALGORITHM = 'RS256'
const SKEW_SECONDS = 5
/** How long fetched keys are used, how soon an unknown key id may cause another fetch, how long one may take. */
const KEYS = { cacheMaxAge: 600_000, cooldownDuration: 30_000, timeoutDuration: 5_000 }

const Hints = z.looseObject({
  email: z.email().max(255).optional().catch(undefined),
  email_verified: z.boolean().optional().catch(undefined),
  name: z.string().max(255).optional().catch(undefined),
  auth_time: z.number().nonnegative().max(9_999_999_999).optional().catch(undefined),
})

/**
 * @param o.providers from `readIdentityProviders`; nothing is fetched before it is needed
 * @param o.onRefusal hears why an issuer would not let us redeem a code, in words of RFC 6749 and no secrets: it may be
 *   our settings, and then whoever signs in can do nothing about it
 */
export function createIdentityProviders(o: {
  providers: readonly IdentityProviderSettings[]
  now: () => Date
  onRefusal?: (o: { providerId: string; why: string }) => void
}): IdentityProviders {
  const discover = createDiscovery()
  const keySets = new Map(
    o.providers.map((provider) => [provider.issuer, createKeySet({ provider, discover })]),
  )

  async function readClaims(token: string, expected: Expected): Promise<Claims> {
    const { provider, audiences } = expected
    const keySet = keySets.get(provider.issuer)
    if (!keySet) throw refused()
    const payload = await verifySignature({ token, keySet })
    const { issuer } = provider
    const claims = readJwtClaims(payload, { issuer, audiences, now: o.now(), skewSeconds: SKEW_SECONDS })
    if (!claims) throw refused()
    return claims
  }

  async function clientOf(
    providerId: string,
  ): Promise<IssuerClient & { provider: IdentityProviderSettings }> {
    const provider = o.providers.find((each) => each.id === providerId)
    if (!provider?.client) throw notFound('provider')
    const metadata = await readMetadata(provider)
    return { provider, metadata, client: provider.client, now: o.now, skewSeconds: SKEW_SECONDS }
  }

  async function readMetadata(provider: IdentityProviderSettings): Promise<IssuerMetadata> {
    const metadata = await discover(provider)
    if (provider.client && !(metadata.authorization_endpoint && metadata.token_endpoint)) {
      throw new IssuerSetupError(
        `The discovery document of ${provider.issuer} has no "authorization_endpoint" or no "token_endpoint", so nobody can be sent there to sign in.`,
      )
    }
    return metadata
  }

  async function faultOf(provider: IdentityProviderSettings): Promise<ProviderFault | null> {
    try {
      await readMetadata(provider)
      return null
    } catch (error) {
      const isSetup = error instanceof IssuerSetupError
      // Whoever brings tokens of a provider whose keys we know needs no document; its name must be right all the same.
      if (provider.jwksUrl !== null && !provider.client && !(isSetup && error.isOtherName)) return null
      return { providerId: provider.id, message: error instanceof Error ? error.message : 'UNKNOWN', isSetup }
    }
  }

  return {
    list: o.providers,
    async check() {
      const faults = await Promise.all(o.providers.map(faultOf))
      return faults.filter((fault) => fault !== null)
    },
    async verify(token) {
      // Nobody has vouched for it yet: it chooses whose keys are asked, among those that we trust.
      const issuer = claimedIssuer(token)
      const provider = o.providers.find((each) => each.issuer === issuer)
      if (!provider) throw refused()
      const claims = await readClaims(token, { provider, audiences: provider.audiences })
      if (!isMeantForUs({ provider, claims })) throw refused()
      return identityOf({ provider, claims })
    },
    async open({ providerId, flow, askAgain }) {
      return sayingDown(async () => authorizationUrl({ ...(await clientOf(providerId)), flow, askAgain }))
    },
    async redeem({ providerId, flow, callback }) {
      return sayingDown(async () => {
        const us = await clientOf(providerId)
        const { provider, client } = us
        const { idToken, accessToken } = await redeemCode({ ...us, flow, callback }).catch((error) => {
          o.onRefusal?.({ providerId, why: wordOf(error) })
          throw error
        })
        const claims = await readClaims(idToken, { provider, audiences: [client.id] })
        if (!isAnswerToUs({ claims, clientId: client.id, nonce: flow.nonce })) throw refused()
        const isShort = claims.email === undefined && us.metadata.userinfo_endpoint !== undefined
        const more = isShort ? await readUserInfo({ ...us, accessToken, subject: claims.sub }) : {}
        return identityOf({ provider, claims: { ...more, ...claims } })
      })
    },
  }
}

interface Expected {
  provider: IdentityProviderSettings
  /** One of them must be in `aud`; null: the token needs none. */
  audiences: readonly string[] | null
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
    if (cause instanceof IssuerSetupError) throw misconfigured(cause)
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

/**
 * An ID token is the answer to our question when it repeats our nonce; its audience was looked at before. Others may
 * be in `aud` only when it says that we asked (OpenID Connect Core, section 3.1.3.7).
 */
function isAnswerToUs(o: { claims: Claims; clientId: string; nonce: string }): boolean {
  const { aud, azp, nonce } = o.claims
  if (nonce !== o.nonce) return false
  if (azp !== undefined) return azp === o.clientId
  return !Array.isArray(aud) || aud.length === 1
}

function identityOf(o: { provider: IdentityProviderSettings; claims: Claims }): VerifiedIdentity {
  const hints = Hints.parse(o.claims)
  const { auth_time: shownAt } = hints
  return {
    provider: o.provider,
    issuer: o.provider.issuer,
    subject: o.claims.sub,
    email: hints.email_verified === true && hints.email ? hints.email.toLowerCase() : null,
    displayName: hints.name && !/\p{Cc}/u.test(hints.name) ? hints.name.trim() || null : null,
    shownAt: shownAt === undefined ? null : new Date(shownAt * 1_000),
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
function createKeySet(o: {
  provider: IdentityProviderSettings
  discover: (provider: IdentityProviderSettings) => Promise<IssuerMetadata>
}): RemoteKeys {
  const { jwksUrl } = o.provider
  let opened: Promise<RemoteKeys> | null = null
  async function open(): Promise<RemoteKeys> {
    const url = jwksUrl ?? (await o.discover(o.provider)).jwks_uri
    return createRemoteJWKSet(new URL(url), {
      ...KEYS,
      [customFetch]: (address, { headers }) => askIssuer(address, { headers: Object.fromEntries(headers) }),
    })
  }
  return async (header) => {
    opened ??= open().catch((error: unknown) => {
      opened = null
      throw error
    })
    return (await opened)(header)
  }
}

/** Turns what goes wrong on the way to a token into our errors. */
async function sayingDown<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof ServiceError) throw error
    if (error instanceof IssuerDownError) throw down(error)
    if (error instanceof IssuerSetupError) throw misconfigured(error)
    if (!(error instanceof AuthorizationResponseError)) throw refused(error)
    if (error.error === 'access_denied') throw denied()
    throw PASSING.has(error.error) ? down(error) : refused(error)
  }
}

/** What an authorization endpoint says of itself (RFC 6749, section 4.1.2.1). */
const PASSING = new Set(['server_error', 'temporarily_unavailable'])

/** The short word that OAuth or openid-client has for what went wrong. */
function wordOf(error: unknown): string {
  const { error: said, code } = z.looseObject({}).catch({}).parse(error)
  const word = said ?? code
  return typeof word === 'string' && /^[\w.-]{1,100}$/.test(word) ? word : 'UNKNOWN'
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

function refused(cause?: unknown): ServiceError {
  return new ServiceError({
    kind: 'unauthenticated',
    reason: 'IDENTITY_REFUSED',
    message: 'This sign-in was not accepted. Sign in again where you have that account.',
    cause,
  })
}

function denied(): ServiceError {
  return new ServiceError({
    kind: 'refused',
    reason: 'IDENTITY_DENIED',
    message:
      'You were not let through where you have that account, or chose not to go on. Nothing has changed here.',
  })
}

function down(cause: unknown): ServiceError {
  return new ServiceError({
    kind: 'unavailable',
    reason: 'IDENTITY_PROVIDER_DOWN',
    message: 'Your sign-in provider is not responding. Try again in a minute.',
    cause,
  })
}

/** @param cause says what to correct, in the log */
function misconfigured(cause: IssuerSetupError): ServiceError {
  return new ServiceError({
    kind: 'unavailable',
    reason: 'IDENTITY_PROVIDER_MISCONFIGURED',
    message:
      'Signing in with this provider is not set up correctly here. Tell the administrator of this installation: the server log says what to correct.',
    cause,
  })
}
