import { readFile } from 'node:fs/promises'
import type { Clock } from './clock.ts'
import { CryptoError } from './errors.ts'
import { countAt, textAt, valueAt } from './json.ts'
import { vaultRefusal } from './vault-errors.ts'
import { badAnswer, type VaultAnswer, type VaultRequest, type VaultRequester } from './vault-request.ts'

/**
 * How to sign in to Vault. Mounts are without `auth/`. A file is read anew at each sign-in, since something else may
 * renew it; what it held at the start is given beside it.
 */
export type VaultAuth =
  | { method: 'token'; token: string; tokenFile?: string }
  | { method: 'approle'; roleId: string; secretId: string; secretIdFile?: string; mount?: string }
  | { method: 'kubernetes'; role: string; mount?: string; jwtFile?: string }

/** Calls with a token that is kept alive. */
export interface VaultSession {
  /**
   * One call with a living token. A denial is tried once more with a fresh sign-in, where there is a way to sign in.
   * @returns the answer of any status
   */
  call(request: VaultRequest): Promise<VaultAnswer>
  /** Words about the token for an operator. */
  describe(): Promise<string>
  /** Stops renewing. */
  close(): void
}

interface Lease {
  token: string
  renewable: boolean
  /** On the clock, in ms; null: does not end. */
  endsAt: number | null
}

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'
/** A token is replaced this long before it ends, so that it does not end under way. */
const MARGIN_MS = 2_000
/** After a fresh token was denied too, it is the policy: signing in again at each call would only load Vault. */
const RELOGIN_PAUSE_MS = 30_000

/**
 * Signs in when the first call needs it, renews the token in the background by `auth/token/renew-self` when half of
 * its time is over, and signs in anew when it ended all the same. At most one sign-in runs at a time.
 */
export function openVaultSession(o: {
  request: VaultRequester
  auth: VaultAuth
  clock: Clock
}): VaultSession {
  const { request, auth, clock } = o
  let lease: Lease | null = null
  let signingIn: Promise<Lease> | null = null
  let replacedAt = Number.NEGATIVE_INFINITY
  let cancelRenewal = () => {}

  function isLiving(candidate: Lease): boolean {
    return candidate.endsAt === null || clock.now() < candidate.endsAt - MARGIN_MS
  }

  function adopt(fresh: Lease): Lease {
    lease = fresh
    cancelRenewal()
    if (!fresh.renewable || fresh.endsAt === null) return fresh
    const left = fresh.endsAt - clock.now()
    if (left > MARGIN_MS) cancelRenewal = clock.schedule(() => void renew(fresh), left / 2)
    return fresh
  }

  /** A failure is tried again at half of what is left; when nothing is left, the next call signs in and tells. */
  async function renew(old: Lease): Promise<void> {
    const answer = await request({
      method: 'POST',
      path: 'auth/token/renew-self',
      body: {},
      token: old.token,
    }).catch(() => null)
    if (lease !== old) return
    const seconds = answer?.status === 200 ? countAt(answer.body, 'auth', 'lease_duration') : null
    if (seconds === null || !answer) adopt({ ...old })
    else adopt({ ...leaseOf({ seconds, now: clock.now(), body: answer.body }), token: old.token })
  }

  function signIn(): Promise<Lease> {
    signingIn ??= authenticate({ request, auth, now: () => clock.now() })
      .then(adopt)
      .finally(() => {
        signingIn = null
      })
    return signingIn
  }

  async function living(): Promise<Lease> {
    return lease && isLiving(lease) ? lease : signIn()
  }

  /** Another token than the one that was denied; null when there is none to be had. */
  async function replace(denied: string): Promise<Lease | null> {
    if (auth.method === 'token' && auth.tokenFile === undefined) return null
    if (signingIn) return signingIn
    if (lease && lease.token !== denied) return lease
    if (clock.now() - replacedAt < RELOGIN_PAUSE_MS) return null
    replacedAt = clock.now()
    return signIn()
  }

  return {
    async call(toSend) {
      const { token } = await living()
      const answer = await request({ ...toSend, token })
      if (answer.status !== 403) return answer
      const fresh = await replace(token)
      return fresh ? request({ ...toSend, token: fresh.token }) : answer
    },
    async describe() {
      const { endsAt, renewable } = await living()
      if (endsAt === null) return 'The token does not end.'
      const minutes = Math.round((endsAt - clock.now()) / 60_000)
      return `The token ends in ${minutes} minutes and ${renewable ? 'is renewed before' : 'cannot be renewed'}.`
    },
    close() {
      cancelRenewal()
      lease = null
    },
  }
}

async function authenticate(o: {
  request: VaultRequester
  auth: VaultAuth
  now: () => number
}): Promise<Lease> {
  const { request, auth, now } = o
  if (auth.method === 'token')
    return lookUp({ request, token: await readAnew(auth.tokenFile, auth.token), now })
  const mount = auth.mount ?? auth.method
  const body =
    auth.method === 'approle'
      ? { role_id: auth.roleId, secret_id: await readAnew(auth.secretIdFile, auth.secretId) }
      : { role: auth.role, jwt: await readServiceAccountToken(auth.jwtFile ?? SERVICE_ACCOUNT_TOKEN) }
  const path = `auth/${mount}/login`
  const answer = await request({ method: 'POST', path, body })
  if (answer.status === 400 || answer.status === 401 || answer.status === 403) {
    throw new CryptoError('PROVIDER_DENIED', `Vault refused to sign us in at ${path}. ${remedyOf(auth)}`)
  }
  if (answer.status !== 200) throw vaultRefusal({ answer, what: path })
  const token = textAt(answer.body, 'auth', 'client_token')
  const seconds = countAt(answer.body, 'auth', 'lease_duration')
  if (!token || seconds === null) throw badAnswer('a sign-in without a token or its duration')
  return { ...leaseOf({ seconds, now: now(), body: answer.body }), token }
}

/** How long a given token lives. Not every policy lets it ask; such a token is used as long as it works. */
async function lookUp(o: { request: VaultRequester; token: string; now: () => number }): Promise<Lease> {
  const { request, token, now } = o
  const path = 'auth/token/lookup-self'
  const answer = await request({ method: 'GET', path, token })
  if (answer.status === 403) return { token, renewable: false, endsAt: null }
  if (answer.status !== 200) throw vaultRefusal({ answer, what: path })
  const seconds = countAt(answer.body, 'data', 'ttl')
  if (seconds === null) throw badAnswer('a token without its time to live')
  const renewable = valueAt(answer.body, 'data', 'renewable') === true
  return { token, renewable, endsAt: seconds === 0 ? null : now() + seconds * 1000 }
}

function leaseOf(o: { seconds: number; now: number; body: unknown }): Omit<Lease, 'token'> {
  const renewable = valueAt(o.body, 'auth', 'renewable') === true
  return { renewable, endsAt: o.seconds === 0 ? null : o.now + o.seconds * 1000 }
}

function remedyOf(auth: VaultAuth): string {
  if (auth.method === 'approle') {
    return 'Check the role id and the secret id: the secret id may have ended or been used up, or not be allowed from this address.'
  }
  return "Check the role's name, and that it allows this pod's service account and namespace."
}

async function readAnew(path: string | undefined, given: string): Promise<string> {
  if (path === undefined) return given
  const text = await readFile(path, 'utf8').then(
    (read) => read.trim(),
    () => '',
  )
  // A line break would end the header that it is sent in.
  if (/^[\x21-\x7e]+$/.test(text)) return text
  throw new CryptoError(
    'PROVIDER_CONFIG',
    `The file ${path}, with which we sign in to Vault, cannot be read or does not hold one line of visible characters.`,
  )
}

async function readServiceAccountToken(path: string): Promise<string> {
  try {
    // Read at each sign-in: Kubernetes renews the file.
    return (await readFile(path, 'utf8')).trim()
  } catch {
    throw new CryptoError(
      'PROVIDER_CONFIG',
      `The service account's token at ${path} cannot be read. Run in a pod with a service account, or name the file.`,
    )
  }
}
