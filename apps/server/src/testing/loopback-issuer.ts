import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import { exportJWK, type JWK, SignJWT } from 'jose'
import {
  createAuthorizationServer,
  type IssuerAnswer,
  type Misbehaviour,
  type Person,
  type RegisteredClient,
} from './loopback-authorization.ts'

interface IssuerKey {
  kid: string
  privateKey: KeyObject
  publicJwk: JWK
}

/** An issuer of tokens on loopback, with real keys, that says and does what the real ones document. */
export interface LoopbackIssuer {
  issuer: string
  /** The key that signs now; `null` while the issuer answers nobody. */
  key: () => IssuerKey
  /** A token with good claims, but for those given; undefined leaves a claim out. */
  sign: (claims?: Record<string, unknown>, header?: Record<string, unknown>) => Promise<string>
  /** Publishes a new key beside the old one, and signs with it. */
  rotate: () => Promise<void>
  /** What it answers instead of its documents, until `serve`. */
  answer: (o: { status: number; body: string; headers?: Record<string, string> }) => void
  serve: () => void
  /** How often its keys were fetched. */
  fetches: () => number
  /** Sends people back to a client from now on. */
  register: (client: RegisteredClient) => void
  /** Who can sign in there from now on: one does so at once, of more a page asks which. */
  people: (...people: Person[]) => void
  /** Does something wrong from now on; nothing without an argument. */
  misbehave: (o?: Misbehaviour) => void
  /** How many codes were redeemed. */
  redeemed: () => number
  close: () => Promise<void>
}

/** Starts an issuer on a free port. `now` is its clock. */
export async function startLoopbackIssuer(o: {
  now: () => Date
  claims?: Record<string, unknown>
}): Promise<LoopbackIssuer> {
  const keys = [await createKey('first')]
  let instead: IssuerAnswer | null = null
  let fetches = 0
  let people: readonly Person[] = []
  let misbehaviour: Misbehaviour = {}
  const authorization = createAuthorizationServer({
    ...{ now: o.now, issuer: url, people: () => people, misbehaviour: () => misbehaviour },
    sign: (claims) => sign(claims),
  })
  const documents: Record<string, () => object> = {
    '/.well-known/jwks.json': () => ({ keys: keys.map((key) => key.publicJwk) }),
    '/.well-known/openid-configuration': () => ({
      issuer: url(),
      jwks_uri: `${url()}/.well-known/jwks.json`,
      ...authorization.metadata(),
    }),
  }
  const server = createServer(async (request, response) => {
    if (request.url === '/.well-known/jwks.json') fetches += 1
    const document = documents[request.url ?? '']
    const answer: IssuerAnswer | undefined =
      instead ??
      (document ? { status: 200, body: JSON.stringify(document()) } : await authorization.answer(request))
    if (answer === null) return
    const { status, body, headers } = answer ?? { status: 404, body: '' }
    response
      .writeHead(status, { 'content-type': 'application/json', connection: 'close', ...headers })
      .end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  function url(): string {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The issuer has no port.')
    return `http://127.0.0.1:${address.port}`
  }

  function key(): IssuerKey {
    const newest = keys.at(-1)
    if (!newest) throw new Error('The issuer has no key.')
    return newest
  }

  function sign(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
    const seconds = Math.floor(o.now().getTime() / 1000)
    const { kid, privateKey } = key()
    const given = { iss: url(), sub: 'user_1', iat: seconds, exp: seconds + 60, ...o.claims, ...claims }
    return new SignJWT(given)
      .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT', ...header })
      .sign(privateKey)
  }

  return {
    issuer: url(),
    key,
    sign,
    async rotate() {
      keys.push(await createKey(`key-${keys.length + 1}`))
    },
    answer(given) {
      instead = given
    },
    serve() {
      instead = null
    },
    fetches: () => fetches,
    register: authorization.register,
    people(...given) {
      people = given
    },
    misbehave(given = {}) {
      misbehaviour = given
    },
    redeemed: authorization.redeemed,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function createKey(kid: string): Promise<IssuerKey> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' } }
}
