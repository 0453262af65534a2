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
  /** For an OIDC issuer: our client ids there, one of which must be in `aud`. Null for Clerk, which has `azp`. */
  audiences: readonly string[] | null
  /** For Clerk: the origins whose tokens count (`azp`). Null for OIDC. */
  authorizedParties: readonly string[] | null
  /** For Clerk's sign-in form; it is public. */
  publishableKey: string | null
}

/** Why the variables do not name providers. */
export class IdentitySettingsError extends Error {
  override name = 'IdentitySettingsError'
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

const Issuer = z.string().refine(isTrusty, {
  error: 'must be an https:// address without query and fragment (http:// for this machine alone)',
})

const OidcIssuer = z.strictObject({
  name: z.string().min(1).max(100),
  issuer: Issuer,
  audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  jwksUrl: Issuer.optional(),
})

/** The variables that name providers. */
export interface IdentityVariables {
  /** One or more issuers, with commas. */
  CLERK_ISSUER?: string | undefined
  /** Origins, with commas. */
  CLERK_AUTHORIZED_PARTIES?: string | undefined
  CLERK_PUBLISHABLE_KEY?: string | undefined
  /** JSON: `[{ "name", "issuer", "audience", "jwksUrl"? }]` */
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
  if (issuers.length === 0) return []
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
      audiences: null,
      authorizedParties: parties,
      publishableKey: at === 0 ? (variables.CLERK_PUBLISHABLE_KEY ?? null) : null,
    }
  })
}

function readOidc(text: string | undefined): IdentityProviderSettings[] {
  if (text === undefined) return []
  const parsed = z.array(OidcIssuer).safeParse(parseJson(text))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new IdentitySettingsError(
      `OIDC_ISSUERS must be JSON such as [{"name":"Example","issuer":"https://id.example.org","audience":"client-id"}]: ${issue?.path.join('.')} ${issue?.message}.`,
    )
  }
  return parsed.data.map(({ name, issuer, audience, jwksUrl }, at) => ({
    id: `oidc-${at + 1}`,
    name,
    kind: 'oidc',
    issuer,
    jwksUrl: jwksUrl ?? null,
    audiences: [audience].flat(),
    authorizedParties: null,
    publishableKey: null,
  }))
}

/** Keys that came over a line which anybody may change would vouch for nobody. */
export function isTrusty(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, search, hash, username, password } = new URL(address)
  if (search || hash || username || password || address.length > 255) return false
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname))
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
