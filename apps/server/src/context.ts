import type { CombinedRootKeys, PasswordHasher } from '@opentrade/crypto'
import type { Database } from '@opentrade/db'
import type { Logger } from 'pino'
import type { AccessTokens } from './auth/access-tokens.ts'
import type { ApiTokens } from './auth/api-tokens.ts'
import type { Attempts } from './auth/attempts.ts'
import type { DummyCosts } from './auth/dummy-costs.ts'
import type { IdentityProviders } from './auth/identity-providers.ts'
import type { RefreshTokens } from './auth/refresh-tokens.ts'
import type { SigningKeyRing } from './auth/signing-key-ring.ts'
import type { CallLimiter } from './call-limiter.ts'
import type { CookieToWrite } from './cookies.ts'
import type { Env } from './env.ts'
import type { Events } from './events.ts'
import type { JobQueue } from './jobs.ts'
import type { LogFile } from './log-file.ts'
import type { Mailer } from './mail/mailer.ts'
import type { SealProbe } from './vault/seal-probe.ts'
import type { Vault } from './vault/vault.ts'

/** What the composition root builds once per process and every verb may use. */
export interface Services {
  /** Names this process among those that serve the installation. */
  processId: string
  env: Env
  log: Logger
  /** What the log is written to. */
  logFile: Pick<LogFile, 'writable'>
  db: Database
  /** Seals and opens what is secret; audits each opening before it happens. */
  vault: Vault
  /** For rotations and their status; whatever seals and opens goes through the vault. */
  rootKeys: CombinedRootKeys
  /** Whether something new can be sealed now. */
  sealing: SealProbe
  /** Names this installation in everything that is sealed. */
  deploymentId: string
  passwords: PasswordHasher
  /** What checking a password costs for addresses that have no account. */
  dummyCosts: DummyCosts
  accessTokens: AccessTokens
  refreshTokens: RefreshTokens
  apiTokens: ApiTokens
  signingKeys: SigningKeyRing
  /** Where else people may have accounts that they sign in with here. */
  identityProviders: IdentityProviders
  /** Failed sign-ins, over all processes. */
  attempts: Attempts
  /** Calls of each person or address in this process. */
  calls: CallLimiter
  /** What subscribers hear, across processes. */
  events: Events
  /** Work to be done soon, once. */
  jobs: JobQueue
  /** Sends mails, or keeps them for an administrator. Jobs call it, requests do not. */
  mailer: Mailer
  now: () => Date
}

/** What an API token may be used for. */
export type ApiScope = 'read' | 'trade' | 'manage'

/** Who acts: a person through a session, a program through a token of theirs, or a job on their behalf. */
export interface Actor {
  userId: string
  role: 'user' | 'admin'
  /** For the audit log: `session:<id>`, `token:<id>` or `job:<name>`. */
  name: string
  sessionId: string | null
  /** Set when a program acts: what its token may be used for. */
  token?: { tokenId: string; scopes: readonly ApiScope[] }
  ip: string | null
}

/** What a verb for a signed-in person (or a job of theirs) is called with. */
export interface UserContext {
  services: Services
  actor: Actor
}

/** The HTTP side of a call, for the few verbs that sign people in and out. */
export interface RequestInfo {
  ip: string
  /** The origin that the request came by, such as `http://localhost:3000`: what its sender says, to be believed of localhost alone. */
  origin: string
  /** It comes straight from the computer that this process runs on, by a loopback name. */
  isLocal: boolean
  userAgent: string | null
  /** Reads a cookie's value, or null. */
  cookie: (name: string) => string | null
  /** Sets a `__Host-` cookie; without an age it lasts until the browser is closed. */
  setCookie: (cookie: CookieToWrite) => void
  clearCookie: (name: string) => void
}

/** What a public procedure is called with: perhaps nobody is signed in. */
export interface PublicContext {
  services: Services
  actor: Actor | null
  request: RequestInfo
}
