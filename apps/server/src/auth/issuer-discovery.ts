import { z } from 'zod'
import { isTrusty, isTrustyEndpoint } from './identity-settings.ts'
import { askIssuer, IssuerDownError } from './issuer-line.ts'

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

/** Reads discovery documents, each when it is first needed; one that cannot be had is asked for again. */
export function createDiscovery(): (issuer: string) => Promise<IssuerMetadata> {
  const found = new Map<string, Promise<IssuerMetadata>>()
  return (issuer) => {
    const known = found.get(issuer)
    if (known) return known
    const asked = discover(issuer).catch((error: unknown) => {
      found.delete(issuer)
      throw error
    })
    found.set(issuer, asked)
    return asked
  }
}

/** OpenID Connect Discovery 1.0, section 4: the document must name the issuer that was asked, to the letter. */
async function discover(issuer: string): Promise<IssuerMetadata> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await askIssuer(address, { headers: { accept: 'application/json' } })
  const document = IssuerMetadata.safeParse(response.ok ? parseJson(await response.text()) : null)
  if (!document.success || document.data.issuer !== issuer) throw new IssuerDownError(address)
  return document.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
