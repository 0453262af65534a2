import { seedApiKey } from '@opentrade/db/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ZodType, z } from 'zod'
import { type ProcedureEntry, proceduresOf } from './api-page.ts'
import type { ApiScope } from './context.ts'
import { appRouter } from './router.ts'
import { startTestServer, type TestServer } from './testing/start-test-server.ts'
import type { Answer, TestClient } from './testing/test-client.ts'
import { requiredScope } from './trpc.ts'

/**
 * Calls every procedure of the router as those would who may not. What it calls is taken from the router, so that a
 * new procedure is called, too; what a person has to say of a new one stands in the tables below, and it fails
 * until they have.
 */

/** What anyone may call. Everything else needs a session or a token. */
const PUBLIC = [
  'auth.confirmEmailChange',
  'auth.finishIdentity',
  'auth.identityProviders',
  'auth.inspectPasswordReset',
  'auth.login',
  'auth.loginIdentity',
  'auth.loginPasskey',
  'auth.loginSecondFactor',
  'auth.logout',
  'auth.me',
  'auth.passkeyOptions',
  'auth.refresh',
  'auth.register',
  'auth.requestPasswordReset',
  'auth.resetPassword',
  'auth.signUpMode',
  'auth.startIdentity',
  'auth.verifyEmail',
]

/** What a token may change without the scope `manage`, or do without any. */
const SMALLER_SCOPE = { 'auth.me': 'any', 'wallets.sync': 'read' }

interface Theirs {
  walletId: string
  apiKeyId: string
  sessionId: string
  tokenId: string
  passkeyId: string
  issuer: string
  subject: string
}

/** How to ask for somebody else's thing: every procedure of a person that takes the id of one. */
const FOREIGN: Record<string, (theirs: Theirs) => object> = {
  'apiKeys.check': ({ apiKeyId }) => ({ apiKeyId }),
  'apiKeys.rename': ({ apiKeyId }) => ({ apiKeyId, nickname: 'mine' }),
  'apiKeys.replace': ({ apiKeyId }) => ({ apiKeyId, credentials: { apiKey: 'a', secret: 'b' } }),
  'apiKeys.delete': ({ apiKeyId }) => ({ apiKeyId }),
  'wallets.get': ({ walletId }) => ({ walletId }),
  'wallets.sync': ({ walletId }) => ({ walletId }),
  'wallets.history': ({ walletId }) => ({ walletId, range: '24h' }),
  'sessions.revoke': ({ sessionId }) => ({ sessionId }),
  'apiTokens.delete': ({ tokenId }) => ({ tokenId }),
  'secondFactors.passkeyRename': ({ passkeyId }) => ({ passkeyId, name: 'mine' }),
  'secondFactors.passkeyDelete': ({ passkeyId }) => ({ passkeyId }),
  'users.unlinkIdentity': ({ issuer, subject }) => ({ issuer, subject }),
}

const ALL_SCOPES: ApiScope[] = ['read', 'trade', 'manage']
const procedures = proceduresOf(appRouter).map((entry) => ({ ...entry, type: entry.procedure._def.type }))
type Entry = (typeof procedures)[number]

let server: TestServer
/** An ordinary person, signed in just now. */
let person: TestClient
let theirs: Theirs

beforeAll(async () => {
  server = await startTestServer()
  await server.client().signUp()
  person = server.client()
  await person.signUp()
  theirs = await seedSomebodyElse()
})
afterAll(() => server.close())

async function seedSomebodyElse(): Promise<Theirs> {
  const client = server.client()
  const { userId } = await client.signUp()
  const { prisma } = server.db.superuser
  const exchangeId = 'elsewhere'
  await prisma.exchange.create({
    data: { exchangeId, exchangeName: exchangeId, ccxtId: 'binance', requiredCredentials: [] },
  })
  const { walletId } = await prisma.wallet.create({ data: { userId, exchangeId } })
  const { apiKeyId } = await seedApiKey(server.db, { userId, walletId, exchangeId })
  const passkey = await prisma.passkey.create({
    data: {
      ...{ userId, name: 'theirs', counter: 0, transports: [], backedUp: false },
      credentialId: Buffer.from('credential'),
      publicKey: Buffer.from('key'),
    },
  })
  const identity = { issuer: 'https://id.example.org', subject: 'somebody' }
  await prisma.userIdentity.create({ data: { userId, provider: 'oidc', ...identity } })
  const [session] = await client.queryData<{ sessionId: string }[]>('sessions.list')
  const { tokenId } = await tokenFor({ client, scopes: ['read'] })
  return {
    walletId,
    apiKeyId,
    passkeyId: passkey.passkeyId,
    sessionId: session?.sessionId ?? '',
    tokenId,
    ...identity,
  }
}

async function tokenFor(o: {
  client: TestClient
  scopes: ApiScope[]
}): Promise<{ token: string; tokenId: string }> {
  const input = { name: 'test', scopes: o.scopes, expiresInDays: 1 }
  const { token, apiToken } = await o.client.mutateData<{ token: string; apiToken: { tokenId: string } }>(
    'apiTokens.create',
    input,
  )
  return { token, tokenId: apiToken.tokenId }
}

/** Calls without input: whoever may not call is refused before anybody looks at one. */
async function call(o: { entry: Entry; client?: TestClient; headers?: Record<string, string> }) {
  const { entry, client = server.client(), headers = {} } = o
  const response = await client.fetch(`/trpc/${entry.path}`, {
    method: entry.type === 'mutation' ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json', ...headers },
    ...(entry.type === 'mutation' && { body: '{}' }),
  })
  return reasonOf(response)
}

interface WireRefusal {
  data: { reason: string; httpStatus: number }
}

async function reasonOf(response: Response): Promise<string> {
  const error = response.headers.get('content-type')?.startsWith('text/event-stream')
    ? await streamedRefusal(response)
    : ((await response.json()) as { error?: WireRefusal }).error
  return `${entryOf(response)}: ${error?.data.httpStatus ?? response.status} ${error?.data.reason}`
}

/** A stream has its answer before a procedure runs: the refusal is its first event, and then it ends. */
async function streamedRefusal(response: Response): Promise<WireRefusal | undefined> {
  let text = ''
  for await (const bytes of response.body ?? []) {
    text += Buffer.from(bytes).toString()
    const [, data] = /event: serialized-error\ndata: (.*)\n/.exec(text) ?? []
    if (data !== undefined) return JSON.parse(data)
    if (text.includes('\ndata: {"')) return undefined
  }
  return undefined
}

function entryOf(response: Response): string {
  return new URL(response.url).pathname.replace('/trpc/', '')
}

function isPublic({ meta }: ProcedureEntry): boolean {
  return meta.access === 'anyone'
}

function scopeOf(entry: Entry) {
  return requiredScope({ path: entry.path, type: entry.type, meta: entry.meta })
}

function expected(entries: Entry[], answer: string): string[] {
  return entries.map(({ path }) => `${path}: ${answer}`)
}

async function inTurn(entries: Entry[], run: (entry: Entry) => Promise<string>): Promise<string[]> {
  const answers: string[] = []
  for (const entry of entries) answers.push(await run(entry))
  return answers
}

describe('every procedure', () => {
  it('says who may call it, what it does and what it gives back', () => {
    const silent = procedures.filter(({ meta }) => !meta?.access || !meta.summary || !meta.returns)
    expect(silent.map(({ path }) => path)).toEqual([])
    expect(procedures.length).toBeGreaterThan(30)
  })

  it('is for the signed in, unless it is named above', async () => {
    expect(
      procedures
        .filter(isPublic)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(PUBLIC)
    const entries = procedures.filter((entry) => !isPublic(entry))
    const answers = await inTurn(entries, (entry) => call({ entry }))
    expect(answers).toEqual(expected(entries, '401 SIGN_IN_REQUIRED'))
    const headers = { authorization: 'Bearer nonsense' }
    expect(await inTurn(entries, (entry) => call({ entry, headers }))).toEqual(answers)
  })

  it('of an administrator refuses everybody else', async () => {
    const entries = procedures.filter(({ meta }) => meta.access === 'admin')
    expect(entries.length).toBeGreaterThan(0)
    const answers = await inTurn(entries, (entry) => call({ entry, client: person }))
    expect(answers).toEqual(expected(entries, '403 ADMIN_ONLY'))
  })

  it('with a token of every other scope is refused', async () => {
    for (const scope of ALL_SCOPES) {
      const entries = procedures.filter((entry) => scopeOf(entry) === scope)
      const { token } = await tokenFor({
        client: person,
        scopes: ALL_SCOPES.filter((each) => each !== scope),
      })
      const headers = { authorization: `Bearer ${token}` }
      const answers = await inTurn(entries, (entry) => call({ entry, headers }))
      expect(answers).toEqual(expected(entries, '403 SCOPE_TOO_SMALL'))
    }
  })

  it('that is a person’s alone refuses a token of all scopes', async () => {
    const entries = procedures.filter((entry) => scopeOf(entry) === 'none')
    const { token } = await tokenFor({ client: person, scopes: ALL_SCOPES })
    const headers = { authorization: `Bearer ${token}` }
    const answers = await inTurn(entries, (entry) => call({ entry, headers }))
    expect(answers).toEqual(expected(entries, '403 SESSION_ONLY'))
  })

  it('that changes something needs the scope manage, unless it is named above', () => {
    const smaller = procedures
      .map((entry) => [entry.path, scopeOf(entry)] as const)
      .filter(([path, scope]) => {
        const { type } = procedures.find((entry) => entry.path === path) ?? {}
        return scope === 'any' || (type === 'mutation' && scope !== 'manage' && scope !== 'none')
      })
    expect(Object.fromEntries(smaller)).toEqual(SMALLER_SCOPE)
  })

  it('that needs a recent proof of who it is refuses a session without', async () => {
    const stale = server.client()
    const { userId } = await stale.signUp()
    await server.db.superuser.pool.query(
      `UPDATE sessions SET verified_at = verified_at - interval '6 minutes' WHERE user_id = $1`,
      [userId],
    )
    const entries = procedures.filter(({ meta }) => meta.stepUp && meta.access === 'user')
    expect(entries.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['apiKeys.add', 'apiKeys.delete', 'apiTokens.create', 'users.linkIdentity']),
    )
    const answers = await inTurn(entries, (entry) => call({ entry, client: stale }))
    expect(answers).toEqual(expected(entries, '403 STEP_UP_REQUIRED'))
  })

  it('refuses another site, with cookies or without', async () => {
    const mutations = procedures.filter(({ type }) => type === 'mutation')
    const foreign: { entries: Entry[]; headers: Record<string, string> }[] = [
      {
        entries: procedures,
        headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.org' },
      },
      { entries: procedures, headers: { 'sec-fetch-site': 'same-site', origin: server.url } },
      { entries: mutations, headers: { 'sec-fetch-site': 'none' } },
    ]
    for (const { entries, headers } of foreign) {
      for (const client of [person, server.client()]) {
        const answers = await inTurn(entries, (entry) => call({ entry, client, headers }))
        expect(answers).toEqual(expected(entries, '403 CROSS_ORIGIN'))
      }
    }
  })

  it('is not called by a form: multipart, urlencoded and plain text are refused', async () => {
    const types = ['multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'text/plain']
    for (const type of types) {
      for (const client of [person, server.client()]) {
        const answers = await inTurn(procedures, async ({ path }) => {
          const headers = { 'content-type': type }
          return reasonOf(await client.fetch(`/trpc/${path}`, { method: 'POST', headers, body: '--x--' }))
        })
        expect(answers).toEqual(expected(procedures, '415 JSON_ONLY'))
      }
    }
  })

  it('that takes the id of somebody’s thing has its place in the table', () => {
    const taking = procedures.filter((entry) => entry.meta.access === 'user' && takesId(entry))
    const missing = taking.filter(({ path }) => !FOREIGN[path])
    expect(missing.map(({ path }) => path)).toEqual([])
  })

  it.each(Object.keys(FOREIGN))('%s answers another’s id as an unknown one', async (path) => {
    const ask = FOREIGN[path]
    const entry = procedures.find((each) => each.path === path)
    if (!ask || !entry) throw new Error(`There is no procedure ${path} any more.`)
    const unknown = Object.fromEntries(Object.keys(theirs).map((name) => [name, crypto.randomUUID()]))
    const [foreign, none] = [
      await askFor(entry, ask(theirs)),
      await askFor(entry, ask({ ...theirs, ...unknown })),
    ]
    expect([foreign.status, foreign.error?.data.reason]).toEqual([404, 'NOT_FOUND'])
    expect(foreign.error).toEqual(none.error)
  })
})

function askFor(entry: Entry, input: object): Promise<Answer<unknown>> {
  return entry.type === 'mutation' ? person.mutate(entry.path, input) : person.query(entry.path, input)
}

function takesId({ procedure }: ProcedureEntry): boolean {
  // tRPC's public types leave out where a procedure keeps its parsers.
  const { inputs } = procedure._def as typeof procedure._def & { inputs: unknown[] }
  return inputs.some((parser) => {
    if (!(parser instanceof ZodType)) return false
    return JSON.stringify(z.toJSONSchema(parser, { io: 'input', unrepresentable: 'any' })).includes(
      '"format":"uuid"',
    )
  })
}
