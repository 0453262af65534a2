import { z } from 'zod'

/** An installation elsewhere whose accounts may sign in here, as the environment names it. */
export interface IdentityProviderSettings {
  /** What the address of the API calls it: lower case, digits and hyphens. */
  id: string
  /** What people call it. */
  name: string
  kind: 'clerk' | 'oidc'
  /** The `iss` of its tokens, to the letter. */
  issuer: string
  /** Where its public keys are; null: what its discovery document says. */
  jwksUrl: string | null
  /** As whom we send people there; null: they bring a token of theirs themselves. */
  client: IdentityClient | null
  /** For an OIDC issuer: whom the tokens that people bring must be for (`aud`). Null for Clerk, which has `azp`. */
  audiences: readonly string[] | null
  /** For Clerk: the origins whose tokens count (`azp`). Null for OIDC. */
  authorizedParties: readonly string[] | null
  /** Of Clerk, for whoever embeds its sign-in form elsewhere; it is public. */
  publishableKey: string | null
}

/** What a provider registered this installation as. */
export interface IdentityClient {
  id: string
  /** Null: a public client, which PKCE alone protects. */
  secret: string | null
  /** With spaces; `openid` is among them. */
  scopes: string
}

/** Why the variables do not name providers. */
export class IdentitySettingsError extends Error {
  override name = 'IdentitySettingsError'
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

const Issuer = z.string().refine(isTrusty, {
  error: 'must be an https:// address without query and fragment (http:// for this machine alone)',
})

const DEFAULT_SCOPES = 'openid email profile'

const OidcIssuer = z
  .strictObject({
    name: z.string().min(1).max(100),
    issuer: Issuer,
    audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
    clientId: z.string().min(1).optional(),
    clientSecret: z.string().min(1).optional(),
    scopes: z
      .string()
      .refine((text) => text.split(' ').includes('openid'), { error: 'must have openid among them' })
      .default(DEFAULT_SCOPES),
    jwksUrl: Issuer.optional(),
  })
  .refine(({ audience, clientId }) => audience !== undefined || clientId !== undefined, {
    error: 'needs a clientId, an audience or both',
  })
  .refine(({ clientId, clientSecret }) => clientSecret === undefined || clientId !== undefined, {
    error: 'has a clientSecret without a clientId',
  })

/** The variables that name providers. */
export interface IdentityVariables {
  /** One or more issuers, with commas. */
  CLERK_ISSUER?: string | undefined
  /** Origins, with commas. */
  CLERK_AUTHORIZED_PARTIES?: string | undefined
  CLERK_PUBLISHABLE_KEY?: string | undefined
  /** Of an OAuth application of the first Clerk instance. */
  CLERK_CLIENT_ID?: string | undefined
  CLERK_CLIENT_SECRET?: string | undefined
  /** JSON: `[{ "name", "issuer", "clientId"?, "clientSecret"?, "scopes"?, "audience"?, "jwksUrl"? }]` */
  OIDC_ISSUERS?: string | undefined
}

/**
 * Reads which providers there are; none without variables.
 * @throws IdentitySettingsError naming the variable
 */
export function readIdentityProviders(variables: IdentityVariables): IdentityProviderSettings[] {
  const providers = [...readClerk(variables), ...readOidc(variables.OIDC_ISSUERS)]
  const twice = providers.find(
    ({ issuer }, at) => providers.findIndex((each) => each.issuer === issuer) !== at,
  )
  if (twice) throw new IdentitySettingsError(`The issuer ${twice.issuer} is named twice.`)
  return providers
}

function readClerk(variables: IdentityVariables): IdentityProviderSettings[] {
  const issuers = listOf(variables.CLERK_ISSUER)
  const parties = listOf(variables.CLERK_AUTHORIZED_PARTIES)
  const client = readClerkClient(variables)
  if (issuers.length === 0) {
    if (client) throw new IdentitySettingsError('CLERK_ISSUER is missing: CLERK_CLIENT_ID goes with it.')
    return []
  }
  if (parties.length === 0) {
    throw new IdentitySettingsError(
      'CLERK_AUTHORIZED_PARTIES is missing: it names the origins whose Clerk tokens count, such as https://trade.example.org.',
    )
  }
  return issuers.map((issuer, at) => {
    if (!isTrusty(issuer)) throw new IdentitySettingsError('CLERK_ISSUER must be https:// addresses.')
    return {
      id: at === 0 ? 'clerk' : `clerk-${at + 1}`,
      name: 'Clerk',
      kind: 'clerk',
      issuer,
      jwksUrl: `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`,
      client: at === 0 ? client : null,
      audiences: null,
      authorizedParties: parties,
      publishableKey: at === 0 ? (variables.CLERK_PUBLISHABLE_KEY ?? null) : null,
    }
  })
}

function readClerkClient(variables: IdentityVariables): IdentityClient | null {
  const { CLERK_CLIENT_ID: id, CLERK_CLIENT_SECRET: secret } = variables
  if (id) return { id, secret: secret || null, scopes: DEFAULT_SCOPES }
  if (secret) throw new IdentitySettingsError('CLERK_CLIENT_ID is missing: CLERK_CLIENT_SECRET goes with it.')
  return null
}

function readOidc(text: string | undefined): IdentityProviderSettings[] {
  if (text === undefined) return []
  const parsed = z.array(OidcIssuer).safeParse(parseJson(text))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new IdentitySettingsError(
      `OIDC_ISSUERS must be JSON such as [{"name":"Example","issuer":"https://id.example.org","clientId":"our-id"}]: ${issue?.path.join('.')} ${issue?.message}.`,
    )
  }
  return parsed.data.map(({ name, issuer, jwksUrl, ...given }, at) => ({
    id: `oidc-${at + 1}`,
    name,
    kind: 'oidc',
    issuer,
    jwksUrl: jwksUrl ?? null,
    client:
      given.clientId === undefined
        ? null
        : { id: given.clientId, secret: given.clientSecret ?? null, scopes: given.scopes },
    audiences: [given.audience ?? []].flat(),
    authorizedParties: null,
    publishableKey: null,
  }))
}

/** Keys that came over a line which anybody may change would vouch for nobody. */
export function isTrusty(address: string): boolean {
  return isTrustyEndpoint(address) && !new URL(address).search && address.length <= 255
}

/** The same for an endpoint, which may have a query (RFC 6749, section 3.1). */
export function isTrustyEndpoint(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, hash, username, password } = new URL(address)
  if (hash || username || password || address.length > 2_000) return false
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname))
}

/** Whether an address is of this machine, as a host in a URL. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.has(hostname) || hostname.endsWith('.localhost')
}

function listOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
