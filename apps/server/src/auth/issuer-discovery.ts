import { z } from 'zod'
import { type IdentityProviderSettings, isTrusty, isTrustyEndpoint } from './identity-settings.ts'
import { askIssuer, IssuerDownError, IssuerSetupError } from './issuer-line.ts'

const Endpoint = z.string().refine(isTrustyEndpoint)

const IssuerMetadata = z.object({
  issuer: z.string(),
  jwks_uri: z.string().refine(isTrusty),
  authorization_endpoint: Endpoint.optional(),
  token_endpoint: Endpoint.optional(),
  userinfo_endpoint: Endpoint.optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
})
/** What of an issuer's discovery document is used. */
export type IssuerMetadata = z.infer<typeof IssuerMetadata>

/** An issuer and the variable that names it. */
type Named = Pick<IdentityProviderSettings, 'issuer' | 'kind'>

/** Where every discovery document is, below its issuer (OpenID Connect Discovery 1.0, section 4). */
const WELL_KNOWN = '/.well-known/openid-configuration'

/** What a provider answers with when it is too busy, not when it is another one. */
const PASSING = new Set([408, 425, 429])

/** Reads discovery documents, each when it is first needed; one that cannot be had is asked for again. */
export function createDiscovery(): (provider: Named) => Promise<IssuerMetadata> {
  const found = new Map<string, Promise<IssuerMetadata>>()
  return (provider) => {
    const known = found.get(provider.issuer)
    if (known) return known
    const asked = discover(provider).catch((error: unknown) => {
      found.delete(provider.issuer)
      throw error
    })
    found.set(provider.issuer, asked)
    return asked
  }
}

/**
 * OpenID Connect Discovery 1.0, section 4: the document must name the issuer that was asked, to the letter.
 * @throws IssuerDownError; IssuerSetupError
 */
async function discover(provider: Named): Promise<IssuerMetadata> {
  // Some paste the address of the document itself; what it says of its issuer then shows what to set.
  const base = provider.issuer.replace(/\/$/, '')
  const address = base.endsWith(WELL_KNOWN) ? base : `${base}${WELL_KNOWN}`
  const response = await askIssuer(address, { headers: { accept: 'application/json' }, readsRedirects: true })
  if (PASSING.has(response.status)) throw new IssuerDownError(address)
  if (!response.ok) throw new IssuerSetupError(refusalOf({ address, response, provider }))
  const document = parseJson(await response.text())
  requireSameName({ document, address, provider })
  const metadata = IssuerMetadata.safeParse(document)
  if (metadata.success) return metadata.data
  const field = metadata.error.issues[0]?.path.join('.')
  throw new IssuerSetupError(
    field
      ? `The document at ${address} has no usable "${field}". Correct the settings of that provider, or the issuer in ${variableOf(provider)}.`
      : `What ${address} answers is not JSON, so it is no OpenID Connect provider. Correct the issuer in ${variableOf(provider)}.`,
  )
}

interface Asked {
  address: string
  provider: Named
}

/** Before anything else that may be wrong: it is the mistake that is made most, and one character long. */
function requireSameName({ document, address, provider }: Asked & { document: unknown }): void {
  const { data: own } = z.looseObject({ issuer: z.string() }).safeParse(document)
  if (!own || own.issuer === provider.issuer) return
  const name = quoted(own.issuer)
  const advice = isTrusty(own.issuer)
    ? `Set it to ${name}.`
    : 'That is no https:// address: correct the settings of that provider.'
  throw new IssuerSetupError(
    `The issuer at ${address} calls itself ${name}, but ${variableOf(provider)} says ${quoted(provider.issuer)}. ${advice}`,
    { isOtherName: true },
  )
}

function refusalOf({ address, response, provider }: Asked & { response: Response }): string {
  const variable = variableOf(provider)
  const location = response.headers.get('location')
  if (location !== null) {
    const [place = ''] = location.split('?', 1)
    return `${address} redirects to ${quoted(place)}. Set the issuer in ${variable} to the address that the provider gives as its issuer.`
  }
  return `${address} answers with the status ${response.status}: there is no OpenID Connect provider at ${quoted(provider.issuer)}. Correct the issuer in ${variable}.`
}

function variableOf({ kind }: Named): string {
  return kind === 'clerk' ? 'CLERK_ISSUER' : 'OIDC_ISSUERS'
}

/** What somebody else has written, for our log. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 300).replace(/\p{C}/gu, ''))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
