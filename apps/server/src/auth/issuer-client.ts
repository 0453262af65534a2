import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  clockSkew,
  clockTolerance,
  customFetch,
  fetchUserInfo,
  None,
} from 'openid-client'
import type { IdentityClient } from './identity-settings.ts'
import type { IssuerMetadata } from './issuer-discovery.ts'
import { askIssuer, IssuerDownError } from './issuer-line.ts'

/** We, as one issuer knows us. */
export interface IssuerClient {
  metadata: IssuerMetadata
  client: IdentityClient
  now: () => Date
  skewSeconds: number
}

/** What one journey there and back is held together by. */
export interface FlowSecrets {
  state: string
  nonce: string
  /** Of PKCE (RFC 7636): who redeems the code is who began. */
  verifier: string
  redirectUri: string
}

/** What the issuer's redirect has brought back to us, as a browser says. */
export interface Callback {
  code?: string | undefined
  state?: string | undefined
  iss?: string | undefined
  error?: string | undefined
}

/** Where a browser is to be sent. @param o.askAgain has the issuer ask for a password or the like, come what may */
export async function authorizationUrl(
  o: IssuerClient & { flow: FlowSecrets; askAgain: boolean },
): Promise<string> {
  const { state, nonce, verifier, redirectUri } = o.flow
  const url = buildAuthorizationUrl(configure(o), {
    ...{ state, nonce, redirect_uri: redirectUri, scope: o.client.scopes },
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(o.askAgain && { prompt: 'login', max_age: '0' }),
  })
  return url.href
}

/** What a code was good for. */
export interface Redeemed {
  /** Its claims were looked at, its signature was not. */
  idToken: string
  accessToken: string
}

/**
 * Redeems the code that a browser came back with.
 * @throws IssuerDownError; AuthorizationResponseError, ResponseBodyError and ClientError of openid-client
 */
export async function redeemCode(
  o: IssuerClient & { flow: FlowSecrets; callback: Callback },
): Promise<Redeemed> {
  const { state, nonce, verifier, redirectUri } = o.flow
  const address = new URL(redirectUri)
  for (const [name, value] of Object.entries(o.callback)) {
    if (value !== undefined) address.searchParams.set(name, value)
  }
  const checks = {
    ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier },
    idTokenExpected: true,
  }
  const tokens = await unwrapping(() => authorizationCodeGrant(configure(o), address, checks))
  // `idTokenExpected` sees to it that there is one; the type cannot know.
  return { idToken: tokens.id_token ?? '', accessToken: tokens.access_token }
}

/**
 * What the issuer says of somebody besides their ID token, which may be short (OpenID Connect Core, section 5.4).
 * @throws as `redeemCode`
 */
export function readUserInfo(
  o: IssuerClient & { accessToken: string; subject: string },
): Promise<Record<string, unknown>> {
  return unwrapping(() => fetchUserInfo(configure(o), o.accessToken, o.subject))
}

function configure({ metadata, client, now, skewSeconds }: IssuerClient): Configuration {
  const configuration = new Configuration(
    metadata,
    client.id,
    {
      id_token_signed_response_alg: 'RS256',
      // It counts by the clock of this process unless it is told by how much another one differs.
      [clockSkew]: Math.round((now().getTime() - Date.now()) / 1_000),
      [clockTolerance]: skewSeconds,
    },
    authenticationOf({ metadata, client }),
  )
  configuration[customFetch] = (address, { body, headers, method }) =>
    // Forms alone are sent to the endpoints that we ask.
    askIssuer(address, { headers, method, body: body instanceof URLSearchParams ? `${body}` : null })
  // Discovery lets http:// through for this machine alone.
  if (metadata.issuer.startsWith('http:')) allowInsecureRequests(configuration)
  return configuration
}

/** In the header (RFC 6749, section 2.3.1), which is the default, unless the issuer takes secrets in the body alone. */
function authenticationOf({ metadata, client }: Pick<IssuerClient, 'metadata' | 'client'>) {
  if (client.secret === null) return None()
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const isPostOnly = !methods.includes('client_secret_basic') && methods.includes('client_secret_post')
  return isPostOnly ? ClientSecretPost(client.secret) : ClientSecretBasic(client.secret)
}

/** openid-client wraps what its `fetch` throws. */
async function unwrapping<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    throw error instanceof Error && error.cause instanceof IssuerDownError ? error.cause : error
  }
}
