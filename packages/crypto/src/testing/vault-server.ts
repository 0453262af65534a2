import { type KeyObject, randomBytes, verify } from 'node:crypto'
import { type Loopback, type LoopbackAnswer, type LoopbackRequest, startLoopback } from './loopback.ts'
import { answerTransit, createTransitKey, type TransitKey } from './vault-server-transit.ts'

/** The rights of one policy: capabilities by path, where a path may end in `*`. */
export type VaultPolicy = Record<string, readonly string[]>

interface Token {
  policies: readonly string[]
  renewable: boolean
  /** How long one lease is, in seconds; 0: does not end. */
  ttl: number
  endsAt: number
  /** No renewal goes beyond it. */
  lastEnd: number
}

interface Namespace {
  keys: Map<string, TransitKey>
  policies: Map<string, VaultPolicy>
  tokens: Map<string, Token>
  appRoles: Map<string, { secretIds: Map<string, number>; policies: readonly string[]; ttl: number }>
  serviceAccounts: Map<string, { key: KeyObject; subject: string; policies: readonly string[]; ttl: number }>
}

/** A loopback Vault: transit, token, AppRole and Kubernetes, over its documented HTTP API, with real cryptography. */
export interface VaultServer extends Loopback {
  /** Milliseconds on its own clock, by which leases end. */
  now: number
  sealed: boolean
  /** What a batch with a bad item is answered with: 200, or 400 as versions differ. */
  batchRefusalStatus: number
  /** Requests that it still answers before its quota is used up. */
  quota: number
  /** A namespace, made when it is first named; '' is the root. */
  namespace(path: string): VaultNamespace
}

export interface VaultNamespace {
  createKey(name: string, o?: Partial<Pick<TransitKey, 'derived' | 'type' | 'exportable'>>): TransitKey
  putPolicy(name: string, policy: VaultPolicy): void
  /** Times in seconds. */
  createToken(o: { policies: readonly string[]; ttl?: number; maxTtl?: number; renewable?: boolean }): string
  revoke(token: string): void
  revokeAll(): void
  /** How many sign-ins a secret id is good for: `uses`. */
  createAppRole(o: { policies: readonly string[]; ttl: number; uses?: number }): {
    roleId: string
    secretId: string
  }
  createServiceAccountRole(o: {
    role: string
    /** The public key by which JWTs are checked. */
    key: KeyObject
    subject: string
    policies: readonly string[]
    ttl: number
  }): void
}

/** What every token may do. */
const DEFAULT_POLICY: VaultPolicy = {
  'auth/token/lookup-self': ['read'],
  'auth/token/renew-self': ['update'],
  'sys/capabilities-self': ['update'],
}

/** Starts a loopback Vault whose transit engine is mounted at `transit`, unsealed, with no keys and no tokens. */
export async function startVaultServer(): Promise<VaultServer> {
  const namespaces = new Map<string, Namespace>()

  function find(path: string): Namespace {
    const name = path.replace(/\/$/, '')
    const known = namespaces.get(name)
    if (known) return known
    const made: Namespace = {
      keys: new Map(),
      policies: new Map([['default', DEFAULT_POLICY]]),
      tokens: new Map(),
      appRoles: new Map(),
      serviceAccounts: new Map(),
    }
    namespaces.set(name, made)
    return made
  }

  const loopback = await startLoopback((request) => answer({ server, namespaces, request }))
  const server: VaultServer = Object.assign(loopback, {
    now: 0,
    sealed: false,
    batchRefusalStatus: 200,
    quota: Number.POSITIVE_INFINITY,
    namespace: (path: string) => operate(find(path), () => server.now),
  })
  return server
}

function operate(namespace: Namespace, now: () => number): VaultNamespace {
  return {
    createKey(name, o) {
      const key = createTransitKey(o)
      namespace.keys.set(name, key)
      return key
    },
    putPolicy: (name, policy) => void namespace.policies.set(name, policy),
    createToken: (o) => issue(namespace, { now: now(), ttl: 0, ...o }),
    revoke: (token) => void namespace.tokens.delete(token),
    revokeAll: () => namespace.tokens.clear(),
    createAppRole({ policies, ttl, uses = Number.POSITIVE_INFINITY }) {
      const roleId = `role-${randomBytes(12).toString('hex')}`
      const secretId = `secret-${randomBytes(12).toString('hex')}`
      namespace.appRoles.set(roleId, { secretIds: new Map([[secretId, uses]]), policies, ttl })
      return { roleId, secretId }
    },
    createServiceAccountRole: ({ role, key, ...rest }) =>
      void namespace.serviceAccounts.set(role, { key, ...rest }),
  }
}

function issue(
  namespace: Namespace,
  o: { now: number; policies: readonly string[]; ttl: number; maxTtl?: number; renewable?: boolean },
): string {
  const token = `hvs.${randomBytes(24).toString('base64url')}`
  const ends = (seconds: number) => (seconds === 0 ? Number.POSITIVE_INFINITY : o.now + seconds * 1000)
  namespace.tokens.set(token, {
    policies: ['default', ...o.policies],
    renewable: o.renewable ?? o.ttl > 0,
    ttl: o.ttl,
    endsAt: ends(o.ttl),
    lastEnd: ends(o.maxTtl ?? o.ttl * 1000),
  })
  return token
}

function answer(o: {
  server: VaultServer
  namespaces: Map<string, Namespace>
  request: LoopbackRequest
}): LoopbackAnswer {
  const { server, request } = o
  if (server.sealed) return refuse(503, 'Vault is sealed')
  if (server.quota <= 0) {
    const refusal = refuse(429, 'request path "transit": rate limit quota exceeded')
    return { ...refusal, headers: { 'Retry-After': '1', 'X-Ratelimit-Remaining': '0' } }
  }
  server.quota -= 1
  const path = request.path.replace(/^\/v1\//, '')
  const namespace = o.namespaces.get((request.headers['x-vault-namespace'] ?? '').replace(/\/$/, ''))
  if (!namespace) return refuse(404, `no handler for route "${path}". route entry not found.`)
  const body = parse(request.body)
  if (!body) return refuse(400, 'error parsing JSON')
  if (path === 'auth/approle/login') return loginAppRole({ namespace, body, now: server.now })
  if (path === 'auth/kubernetes/login') return loginKubernetes({ namespace, body, now: server.now })
  return answerToken({ server, namespace, request, path, body })
}

function answerToken(o: {
  server: VaultServer
  namespace: Namespace
  request: LoopbackRequest
  path: string
  body: Record<string, unknown>
}): LoopbackAnswer {
  const { server, namespace, request, path, body } = o
  const { now, batchRefusalStatus } = server
  const token = namespace.tokens.get(request.headers['x-vault-token'] ?? '')
  if (!token || token.endsAt <= now)
    return refuse(403, '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n')
  const rights = rightsAt({ namespace, token, path })
  if (!rights.includes(operationOf({ namespace, request, path }))) {
    return refuse(403, '1 error occurred:\n\t* permission denied\n\n')
  }
  if (path === 'auth/token/lookup-self') return lookUp(token, now)
  if (path === 'auth/token/renew-self') return renew(token, now)
  if (path === 'sys/capabilities-self') return capabilities({ namespace, token, body })
  if (path.startsWith('transit/')) {
    const { method } = request
    return answerTransit({ keys: namespace.keys, method, path: path.slice(8), body, batchRefusalStatus })
  }
  return refuse(404, `no handler for route "${path}". route entry not found.`)
}

/** Vault asks for `create` where an encryption would make a key, and for `update` where the key is there. */
function operationOf(o: { namespace: Namespace; request: LoopbackRequest; path: string }): string {
  if (o.request.method === 'GET') return 'read'
  const [, encrypted] = /^transit\/encrypt\/(.+)$/.exec(o.path) ?? []
  return encrypted !== undefined && !o.namespace.keys.has(encrypted) ? 'create' : 'update'
}

function rightsAt(o: { namespace: Namespace; token: Token; path: string }): readonly string[] {
  if (o.token.policies.includes('root')) return ['read', 'create', 'update', 'root']
  return o.token.policies.flatMap((name) => {
    const rules = Object.entries(o.namespace.policies.get(name) ?? {})
    return rules.flatMap(([rule, rights]) => {
      const matches = rule.endsWith('*') ? o.path.startsWith(rule.slice(0, -1)) : rule === o.path
      return matches ? rights : []
    })
  })
}

function lookUp(token: Token, now: number): LoopbackAnswer {
  const ttl = token.endsAt === Number.POSITIVE_INFINITY ? 0 : Math.floor((token.endsAt - now) / 1000)
  return { status: 200, body: { data: { ttl, renewable: token.renewable, policies: token.policies } } }
}

function renew(token: Token, now: number): LoopbackAnswer {
  if (!token.renewable) return refuse(400, 'lease is not renewable')
  token.endsAt = Math.min(now + token.ttl * 1000, token.lastEnd)
  const seconds = Math.floor((token.endsAt - now) / 1000)
  return { status: 200, body: { auth: { lease_duration: seconds, renewable: token.renewable } } }
}

function capabilities(o: {
  namespace: Namespace
  token: Token
  body: Record<string, unknown>
}): LoopbackAnswer {
  const paths: unknown[] = Array.isArray(o.body.paths) ? o.body.paths : []
  const data = Object.fromEntries(
    paths.map((path) => [path, rightsAt({ namespace: o.namespace, token: o.token, path: String(path) })]),
  )
  return { status: 200, body: { data: { ...data, capabilities: Object.values(data)[0] } } }
}

function loginAppRole(o: {
  namespace: Namespace
  body: Record<string, unknown>
  now: number
}): LoopbackAnswer {
  const role = o.namespace.appRoles.get(String(o.body.role_id))
  const secretId = String(o.body.secret_id)
  const uses = role?.secretIds.get(secretId) ?? 0
  if (!role || uses <= 0) return refuse(400, 'invalid role or secret ID')
  role.secretIds.set(secretId, uses - 1)
  return signedIn(o.namespace, { ...role, now: o.now })
}

/** Vault asks Kubernetes whether the JWT is good; here its EdDSA signature, subject and end are checked. */
function loginKubernetes(o: {
  namespace: Namespace
  body: Record<string, unknown>
  now: number
}): LoopbackAnswer {
  const role = o.namespace.serviceAccounts.get(String(o.body.role))
  if (!role) return refuse(400, `invalid role name "${o.body.role}"`)
  const [header = '', claims = '', signature = ''] = String(o.body.jwt).split('.')
  const isGenuine = verify(
    null,
    Buffer.from(`${header}.${claims}`),
    role.key,
    Buffer.from(signature, 'base64url'),
  )
  if (!isGenuine) return refuse(403, 'permission denied')
  const { sub, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  if (sub !== role.subject || exp * 1000 <= o.now) return refuse(403, 'permission denied')
  return signedIn(o.namespace, { ...role, now: o.now })
}

function signedIn(
  namespace: Namespace,
  o: { policies: readonly string[]; ttl: number; now: number },
): LoopbackAnswer {
  const token = issue(namespace, o)
  const auth = {
    client_token: token,
    accessor: 'accessor',
    policies: o.policies,
    lease_duration: o.ttl,
    renewable: true,
  }
  return { status: 200, body: { auth } }
}

function parse(body: Buffer): Record<string, unknown> | null {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString())
  } catch {
    return null
  }
}

function refuse(status: number, message: string): LoopbackAnswer {
  return { status, body: { errors: [message] } }
}
