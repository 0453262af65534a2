import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Somebody with an account at the issuer: the claims that it knows of them. */
export type Person = { sub: string } & Record<string, unknown>

/** Whom the issuer sends people back to. */
export interface RegisteredClient {
  clientId: string
  /** Null: a public client. */
  clientSecret: string | null
  redirectUris: string[]
}

/** What it does wrong, until told otherwise. */
export interface Misbehaviour {
  /** Claims that are not what they should be. */
  claims?: Record<string, unknown>
  /** How ID tokens are made instead. */
  sign?: (claims: Record<string, unknown>) => string | Promise<string>
  /** What the token endpoint answers; `silent`: nothing. */
  token?: Answer | 'silent'
  /** What the authorization endpoint says instead of giving a code. */
  error?: string
  /** Whose `iss` comes with a code. */
  iss?: string
}

interface Answer {
  status: number
  body: string
  headers?: Record<string, string>
}

/** What the issuer answers; null: nothing. */
export type IssuerAnswer = Answer | null

interface Grant {
  request: URLSearchParams
  person: Person
  shownAt: Date
}

interface Options {
  now: () => Date
  issuer: () => string
  /** Who may sign in there. With one, browsers are sent back at once; with more, a page asks. */
  people: () => readonly Person[]
  misbehaviour: () => Misbehaviour
  sign: (claims: Record<string, unknown>) => Promise<string>
}

/** The authorization, token and userinfo endpoints of an issuer (RFC 6749 and 7636, OpenID Connect Core). */
export function createAuthorizationServer(o: Options) {
  const clients = new Map<string, RegisteredClient>()
  const codes = new Map<string, Grant>()
  const accessTokens = new Map<string, Person>()
  let redeemed = 0

  function authorize(request: URLSearchParams): IssuerAnswer {
    const client = clients.get(request.get('client_id') ?? '')
    const redirectUri = request.get('redirect_uri') ?? ''
    // To send anybody on to an address that is not registered would make it an open door.
    if (!client?.redirectUris.includes(redirectUri)) return page(400, 'Unknown client or address.')
    const { error, iss = o.issuer() } = o.misbehaviour()
    const back = (parameters: Record<string, string>) =>
      redirect(redirectUri, { ...parameters, iss, state: request.get('state') ?? '' })
    if (error !== undefined) return back({ error, error_description: '<b>Something to read</b>' })
    const isSound =
      request.get('response_type') === 'code' &&
      request.get('code_challenge_method') === 'S256' &&
      request.get('scope')?.split(' ').includes('openid') &&
      /^[\w-]{43}$/.test(request.get('code_challenge') ?? '')
    if (!isSound) return back({ error: 'invalid_request' })
    const people = o.people()
    const [only] = people
    const person = people.length === 1 ? only : people.find(({ sub }) => sub === request.get('as'))
    if (request.get('as') === '') return back({ error: 'access_denied' })
    if (!person) return page(200, choicesOf({ request, people }))
    const code = randomUUID()
    codes.set(code, { request, person, shownAt: o.now() })
    return back({ code })
  }

  async function redeem(form: URLSearchParams, authorization: string | undefined): Promise<IssuerAnswer> {
    const { token } = o.misbehaviour()
    if (token === 'silent') return null
    if (token) return token
    const client = authenticate(form, authorization)
    if (!client) return json(401, { error: 'invalid_client' })
    const code = form.get('code') ?? ''
    const grant = codes.get(code)
    codes.delete(code)
    const isHeld =
      form.get('grant_type') === 'authorization_code' &&
      grant?.request.get('client_id') === client.clientId &&
      grant.request.get('redirect_uri') === form.get('redirect_uri') &&
      grant.request.get('code_challenge') === challengeOf(form.get('code_verifier') ?? '')
    if (!grant || !isHeld) return json(400, { error: 'invalid_grant' })
    redeemed += 1
    const accessToken = randomUUID()
    accessTokens.set(accessToken, grant.person)
    return json(200, {
      ...{ access_token: accessToken, token_type: 'Bearer', expires_in: 60 },
      id_token: await idTokenOf({ grant, client }),
    })
  }

  function authenticate(form: URLSearchParams, authorization = ''): RegisteredClient | null {
    const [id = '', secret = null] = authorization.startsWith('Basic ')
      ? Buffer.from(authorization.slice(6), 'base64').toString().split(':').map(decodeForm)
      : [form.get('client_id') ?? '', form.get('client_secret')]
    const client = clients.get(id)
    return client && client.clientSecret === secret ? client : null
  }

  async function idTokenOf({ grant, client }: { grant: Grant; client: RegisteredClient }): Promise<string> {
    const { claims, sign = o.sign } = o.misbehaviour()
    const seconds = Math.floor(o.now().getTime() / 1_000)
    const { userinfo: _, ...person } = grant.person
    return sign({
      ...{ iss: o.issuer(), iat: seconds, exp: seconds + 60, azp: undefined, ...person },
      ...{ aud: client.clientId, nonce: grant.request.get('nonce') },
      auth_time: Math.floor(grant.shownAt.getTime() / 1_000),
      ...claims,
    })
  }

  function tellMore(authorization = ''): IssuerAnswer {
    const person = accessTokens.get(authorization.replace('Bearer ', ''))
    if (!person) return json(401, { error: 'invalid_token' })
    return json(200, { sub: person.sub, ...Object(person.userinfo) })
  }

  return {
    register: (client: RegisteredClient) => void clients.set(client.clientId, client),
    redeemed: () => redeemed,
    metadata: () => ({
      authorization_endpoint: `${o.issuer()}/authorize`,
      token_endpoint: `${o.issuer()}/token`,
      userinfo_endpoint: `${o.issuer()}/userinfo`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    }),
    /** Undefined: the address is none of these. */
    async answer(request: IncomingMessage): Promise<IssuerAnswer | undefined> {
      const { pathname, searchParams } = new URL(request.url ?? '/', o.issuer())
      const { authorization } = request.headers
      if (pathname === '/authorize') return authorize(searchParams)
      if (pathname === '/userinfo') return tellMore(authorization)
      if (pathname !== '/token' || request.method !== 'POST') return undefined
      return redeem(new URLSearchParams(await readBody(request)), authorization)
    },
  }
}

/** RFC 6749, appendix B. */
function decodeForm(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}

function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

function choicesOf(o: { request: URLSearchParams; people: readonly Person[] }): string {
  const links = [
    ...o.people.map(({ sub, name }) => ({ as: sub, text: String(name) })),
    { as: '', text: 'Deny' },
  ]
  return links
    .map(
      ({ as, text }) =>
        `<p><a href="/authorize?${new URLSearchParams([...o.request, ['as', as]])}">${text}</a></p>`,
    )
    .join('')
    .replaceAll('&', '&amp;')
}

function page(status: number, content: string): IssuerAnswer {
  // Without an icon of its own a browser asks for one.
  const head = '<meta charset="utf-8"><title>Issuer</title><link rel="icon" href="data:,">'
  const body = `<!doctype html><html lang="en"><head>${head}</head><h1>Who are you?</h1>${content}</html>`
  return { status, body, headers: { 'content-type': 'text/html; charset=utf-8' } }
}

function redirect(address: string, parameters: Record<string, string>): IssuerAnswer {
  const location = new URL(address)
  for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value)
  return { status: 302, body: '', headers: { location: location.href } }
}

function json(status: number, body: object): IssuerAnswer {
  return { status, body: JSON.stringify(body) }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString()
}
