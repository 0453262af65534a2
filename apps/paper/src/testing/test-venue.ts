import { createTestDatabase } from '@opentrade/db/testing'
import { sign } from '../signature.ts'
import { type StartPaperOptions, startPaper } from '../start.ts'

type TestDatabase = Awaited<ReturnType<typeof createTestDatabase>>

const ADMIN_TOKEN = 'admin-token-of-the-tests'

/** A key to an account on the exchange under test. */
export interface TestAccount {
  accountId: number
  apiKey: string
  secret: string
}

/** An answer, taken apart. */
export interface Answer {
  status: number
  headers: Headers
  text: string
  /** The parsed body; null when it is not JSON. */
  json: unknown
}

/** A real paper exchange on a cloned database, and short ways to talk to it. */
export interface TestVenue {
  url: string
  database: TestDatabase
  /** Calls an endpoint without a signature. */
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** Calls an endpoint as an account; parameters go into the query, `timestamp` is added. */
  call(o: {
    account: TestAccount
    method?: string
    path: string
    parameters?: Record<string, string>
  }): Promise<Answer>
  admin(method: string, path: string, body?: unknown): Promise<Answer>
  openAccount(reference: string): Promise<TestAccount>
  close(): Promise<void>
}

/** Starts an exchange of its own for a file of tests. Options go to startPaper. */
export async function createTestVenue(
  options: Partial<Omit<StartPaperOptions, 'database'>> & { database?: TestDatabase } = {},
): Promise<TestVenue> {
  const { database: given, ...rest } = options
  const database = given ?? (await createTestDatabase({ role: 'paper' }))
  const start = startPaper({ weightLimit: 1_000_000, ...rest, adminToken: ADMIN_TOKEN, database })
  const paper = await start.catch(async (error: unknown) => {
    if (!given) await database.drop()
    throw error
  })
  const now = options.clock ?? Date.now

  async function request(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(paper.url + path, { ...init, method, redirect: 'manual' })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: parse(text) }
  }

  const venue: TestVenue = {
    url: paper.url,
    database,
    get: (path, headers = {}) => request('GET', path, { headers }),
    call({ account, method = 'GET', path, parameters = {} }) {
      const query = new URLSearchParams({ timestamp: String(now()), ...parameters }).toString()
      const signed = `${query}&signature=${sign(query, account.secret)}`
      return request(method, `${path}?${signed}`, { headers: { 'X-MBX-APIKEY': account.apiKey } })
    },
    admin: (method, path, body) =>
      request(method, path, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    async openAccount(reference) {
      const answer = await venue.admin('POST', '/paper/accounts', { reference })
      // The shape is this exchange's own; a wrong one fails the test that uses it.
      return answer.json as TestAccount
    },
    async close() {
      await paper.close()
      if (!given) await database.drop()
    },
  }
  return venue
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
