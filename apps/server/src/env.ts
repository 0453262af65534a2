import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT_KEY_PROVIDERS } from '@opentrade/crypto'
import { z } from 'zod'
import {
  type IdentityProviderSettings,
  IdentitySettingsError,
  readIdentityProviders,
} from './auth/identity-settings.ts'
import { isSecureOrigin } from './host-name.ts'

/** What a process is told from outside, read once at its start. */
export interface Env {
  /** Null: start the embedded PostgreSQL under `home`. */
  databaseUrl: string | null
  /** The same database as its other roles; null: as the one of `databaseUrl`. */
  databaseRoleUrls: { owner: string | null; scheduler: string | null; paper: string | null }
  /** Absolute path of the data folder: the embedded database, the root key file, the log. */
  home: string
  port: number
  /** True when PORT was given: a taken port is then an error and not a reason to move on. */
  portGiven: boolean
  host: string
  /** The origin that people type, such as `https://trade.example.org`; null: this machine by whatever name. */
  publicUrl: string | null
  /** Where this process answers people; null until it does. Set by start. */
  address: string | null
  role: 'all' | 'api' | 'worker'
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  /** 'stderr', or the path of a file; null: a file under `home`. */
  logTo: string | null
  /** `own` starts our paper exchange beside the server. */
  paper: 'own' | 'off' | 'external'
  /** Where the paper exchange answers; null when there is none. Set by main once it runs. */
  paperUrl: string | null
  paperAdminToken: string | null
  /** PAPER_SEED, PAPER_MARKET and their like, handed to a paper exchange of our own as they are. */
  paperSettings: Record<string, string>
  rootKeyFile: string
  /** The variables of root key providers as they were given: some are secrets, and none is ever logged. */
  rootKeys: Record<string, string>
  argon2: { memoryKib: number; iterations: number; parallelism: number }
  /** Which proxies may say whom a request comes from: a number of hops, a list of addresses, or none. */
  trustProxy: number | string[] | false
  syncIntervalSeconds: number
  /** The longest that one request to an exchange may take. */
  exchangeTimeoutSeconds: number
  /** Mutations that one person may make in a minute; an address without a session a quarter of it, queries too. 0: no limit. */
  callsPerMinute: number
  /** Where mails go out and whom they say they are from; null: they go to the outbox. */
  mail: { smtpUrl: string; from: string } | null
  /** Installations elsewhere whose accounts may sign in here. */
  identityProviders: IdentityProviderSettings[]
  /** Connections in the pool of this process. */
  databasePoolSize: number
  /** Jobs that this process runs at a time. */
  workerConcurrency: number
}

/** The variables are not what they should be. The message is for the person at the terminal. */
export class EnvError extends Error {
  override name = 'EnvError'
}

/** The folder of this checkout. */
export const PROJECT_ROOT = fileURLToPath(new URL('../../..', import.meta.url))

function whole(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`
  return z.coerce.number({ error }).int(error).min(min, error).max(max, error)
}

function oneOf<const Names extends readonly string[]>(names: Names) {
  return z.enum(names, { error: `must be one of ${names.join(', ')}` })
}

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be a URL that starts with http:// or https://' })

const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must look like postgres://…' })

const Variables = z.object({
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_OWNER_URL: postgresUrl.optional(),
  DATABASE_SCHEDULER_URL: postgresUrl.optional(),
  DATABASE_PAPER_URL: postgresUrl.optional(),
  OPENTRADE_HOME: z.string().optional(),
  PORT: whole(0, 65535).optional(),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: httpUrl.optional(),
  ROLE: oneOf(['all', 'api', 'worker']).default('all'),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  LOG_TO: z.string().optional(),
  PAPER_URL: z.union([z.literal('off'), httpUrl]).optional(),
  PAPER_ADMIN_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  ROOT_KEY_PROVIDER: oneOf(ROOT_KEY_PROVIDERS).optional(),
  ROOT_KEY_FILE: z.string().optional(),
  ARGON2_MEMORY_KIB: whole(19_456, 1_048_576).default(65_536),
  ARGON2_ITERATIONS: whole(2, 20).default(3),
  ARGON2_PARALLELISM: whole(1, 16).default(1),
  TRUST_PROXY: z.string().optional(),
  SYNC_INTERVAL_SECONDS: whole(10, 86_400).default(300),
  EXCHANGE_TIMEOUT_SECONDS: whole(1, 120).default(20),
  CALLS_PER_MINUTE: whole(0, 1_000_000).default(1_200),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must look like smtp://user:password@mail.example.org:587' })
    .optional(),
  MAIL_FROM: z.string().max(300, 'has at most 300 characters').optional(),
  CLERK_ISSUER: z.string().optional(),
  CLERK_AUTHORIZED_PARTIES: z.string().optional(),
  CLERK_PUBLISHABLE_KEY: z.string().optional(),
  CLERK_CLIENT_ID: z.string().optional(),
  CLERK_CLIENT_SECRET: z.string().optional(),
  OIDC_ISSUERS: z.string().optional(),
  DATABASE_POOL_SIZE: whole(2, 200).default(10),
  WORKER_CONCURRENCY: whole(1, 100).default(4),
})

/**
 * Reads and checks the variables of this process.
 * @throws EnvError that names each wrong variable and never its value, which may be a secret
 */
export function readEnv(source: Record<string, string | undefined> = process.env): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''))
  const parsed = Variables.safeParse(given)
  if (!parsed.success) throw new EnvError(describe(parsed.error))
  const variables = parsed.data
  const home = resolve(PROJECT_ROOT, variables.OPENTRADE_HOME ?? '.opentrade')
  return {
    databaseUrl: variables.DATABASE_URL ?? null,
    databaseRoleUrls: readRoleUrls(variables),
    home,
    port: variables.PORT ?? 3000,
    portGiven: variables.PORT !== undefined,
    host: variables.HOST,
    publicUrl: readPublicUrl(variables.PUBLIC_URL),
    address: null,
    role: variables.ROLE,
    logLevel: variables.LOG_LEVEL,
    logTo: variables.LOG_TO ?? null,
    ...readPaper(variables),
    paperSettings: pick(given, PAPER_SETTINGS),
    rootKeyFile: resolve(PROJECT_ROOT, variables.ROOT_KEY_FILE ?? resolve(home, 'root-key.json')),
    rootKeys: readRootKeys(given),
    argon2: {
      memoryKib: variables.ARGON2_MEMORY_KIB,
      iterations: variables.ARGON2_ITERATIONS,
      parallelism: variables.ARGON2_PARALLELISM,
    },
    trustProxy: readTrustProxy(variables.TRUST_PROXY),
    syncIntervalSeconds: variables.SYNC_INTERVAL_SECONDS,
    exchangeTimeoutSeconds: variables.EXCHANGE_TIMEOUT_SECONDS,
    callsPerMinute: variables.CALLS_PER_MINUTE,
    mail: readMail(variables),
    identityProviders: readProviders(variables),
    databasePoolSize: variables.DATABASE_POOL_SIZE,
    workerConcurrency: variables.WORKER_CONCURRENCY,
  }
}

/** What a program that we start needs to run at all, and nothing of ours. */
export function childEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SystemRoot', 'NODE_EXTRA_CA_CERTS']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

type Variables = z.infer<typeof Variables>

function readPublicUrl(text: string | undefined): string | null {
  if (text === undefined) return null
  const { origin, href, hostname, port } = new URL(text)
  if (href !== `${origin}/`) {
    throw new EnvError(
      'PUBLIC_URL must not have a path, a query or a user name: OpenTrade needs a host of its own, such as https://trade.example.org.',
    )
  }
  // A placeholder that nobody filled in, such as https://${HOST} or https://*.example.org.
  if (!/^([a-z0-9_.-]+|\[[0-9a-f:.]+\])$/.test(hostname) || port === '0') {
    throw new EnvError(
      'PUBLIC_URL must name the host that people open in their browser, such as https://trade.example.org.',
    )
  }
  if (!isSecureOrigin(origin)) {
    throw new EnvError(
      'PUBLIC_URL starts with http://, and nobody could sign in: browsers keep session cookies over https only, except on http://localhost. Put a TLS proxy in front and set PUBLIC_URL to its https:// address.',
    )
  }
  return origin
}

function readRoleUrls(variables: Variables): Env['databaseRoleUrls'] {
  const { DATABASE_OWNER_URL, DATABASE_SCHEDULER_URL, DATABASE_PAPER_URL } = variables
  if (!variables.DATABASE_URL && (DATABASE_OWNER_URL || DATABASE_SCHEDULER_URL || DATABASE_PAPER_URL)) {
    throw new EnvError('DATABASE_URL is missing: the other addresses of the database go with it.')
  }
  return {
    owner: DATABASE_OWNER_URL ?? null,
    scheduler: DATABASE_SCHEDULER_URL ?? null,
    paper: DATABASE_PAPER_URL ?? null,
  }
}

function readPaper(variables: Variables): Pick<Env, 'paper' | 'paperUrl' | 'paperAdminToken'> {
  const { PAPER_URL: url, PAPER_ADMIN_TOKEN: token } = variables
  if (url === 'off') return { paper: 'off', paperUrl: null, paperAdminToken: null }
  if (url) {
    if (!token) throw new EnvError('PAPER_ADMIN_TOKEN is missing: PAPER_URL needs it to open accounts there.')
    return { paper: 'external', paperUrl: url, paperAdminToken: token }
  }
  // Several processes must agree on one paper exchange, so only a process that does everything starts its own.
  return { paper: variables.ROLE === 'all' ? 'own' : 'off', paperUrl: null, paperAdminToken: token ?? null }
}

/** It checks them itself, and says what is wrong with one. */
const PAPER_SETTINGS = [
  'PAPER_PORT',
  'PAPER_SEED',
  'PAPER_MARKET',
  'PAPER_REPLAY_START',
  'PAPER_WEIGHT_LIMIT',
]

function pick(given: Record<string, string | undefined>, names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])))
}

/** Of the AWS variables only those of the keys: the AWS SDK reads its credentials by itself. */
const ROOT_KEY_VARIABLES = new Set([
  ...['ADDR', 'NAMESPACE', 'TRANSIT_MOUNT', 'TRANSIT_KEY', 'TRANSIT_OLDER_KEYS', 'AUTH', 'AUTH_MOUNT'].map(
    (name) => `VAULT_${name}`,
  ),
  ...['TOKEN', 'TOKEN_FILE', 'ROLE_ID', 'SECRET_ID', 'SECRET_ID_FILE', 'ROLE', 'JWT_FILE', 'ALLOW_HTTP'].map(
    (name) => `VAULT_${name}`,
  ),
  ...['REGION', 'KMS_KEY_ID', 'KMS_OLDER_KEY_IDS', 'ENDPOINT_URL_KMS'].map((name) => `AWS_${name}`),
  ...['SECRET_ID', 'VERSION_ID'].map((name) => `AWS_SECRETS_MANAGER_${name}`),
  'AWS_ENDPOINT_URL_SECRETS_MANAGER',
])
/** Links in mails name this installation, and what a request says of its host is anybody's to choose. */
function readMail(variables: Variables): Env['mail'] {
  const { SMTP_URL: smtpUrl, MAIL_FROM: from, PUBLIC_URL: publicUrl } = variables
  if (!smtpUrl) return null
  if (!from)
    throw new EnvError('MAIL_FROM is missing: mails need a sender, such as OpenTrade <trade@example.org>.')
  if (!publicUrl)
    throw new EnvError('PUBLIC_URL is missing: links in mails need the address of this installation.')
  return { smtpUrl, from }
}

function readProviders(variables: Variables): IdentityProviderSettings[] {
  try {
    return readIdentityProviders(variables)
  } catch (error) {
    throw error instanceof IdentitySettingsError ? new EnvError(error.message) : error
  }
}

function readRootKeys(given: Record<string, string | undefined>): Record<string, string> {
  const rootKeys: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    const isRootKey = name.startsWith('ROOT_KEY_') && name !== 'ROOT_KEY_FILE'
    if (value !== undefined && (isRootKey || ROOT_KEY_VARIABLES.has(name))) rootKeys[name] = value
  }
  return rootKeys
}

function readTrustProxy(value: string | undefined): Env['trustProxy'] {
  if (value === undefined || value === 'false') return false
  if (/^\d{1,2}$/.test(value)) return Number(value)
  const addresses = value.split(',').map((part) => part.trim())
  if (addresses.every(isProxyAddress)) return addresses
  throw new EnvError('TRUST_PROXY must be a number of hops or a list of addresses such as 10.0.0.0/8,::1.')
}

/** An address, a network of them such as `10.0.0.0/8`, or one of Fastify's names for some. */
function isProxyAddress(text: string): boolean {
  if (/^(loopback|linklocal|uniquelocal)$/.test(text)) return true
  const [, address = '', bits] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  if (version === 0) return false
  return bits === undefined || (Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128))
}

function describe(error: z.ZodError): string {
  const problems = error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
  return `Some variables are not valid: ${problems.join('; ')}.`
}
