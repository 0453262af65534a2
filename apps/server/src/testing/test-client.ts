import { randomUUID } from 'node:crypto'
import type { User } from '../auth/schemas.ts'

/** Good enough for the rules of passwords. */
export const TEST_PASSWORD = 'maple orbit lantern 42'

export interface WireError {
  message: string
  code: number
  data: {
    code: string
    httpStatus: number
    reason: string
    fields?: Record<string, string>
    retryAt?: string
    exchangeCode?: string
    path?: string
  }
}

/** One procedure's answer: `data` when it went well, else `error`. */
export interface Answer<Output> {
  status: number
  headers: Headers
  data: Output | undefined
  error: WireError | undefined
}

/** A caller that keeps cookies as a browser of our own origin does. */
export interface TestClient {
  cookies: Map<string, string>
  query: <Output = unknown>(path: string, input?: unknown) => Promise<Answer<Output>>
  mutate: <Output = unknown>(path: string, input?: unknown) => Promise<Answer<Output>>
  /** The data of a call that must go well. */
  queryData: <Output>(path: string, input?: unknown) => Promise<Output>
  mutateData: <Output>(path: string, input?: unknown) => Promise<Output>
  /** Any request, with this caller's cookies and origin. */
  fetch: (path: string, init?: RequestInit) => Promise<Response>
  /** Makes an account and signs in. The first of a database is the admin. */
  signUp: (o?: { email?: string; password?: string; displayName?: string }) => Promise<User>
  signIn: (o: { email: string; password?: string }) => Promise<User>
}

/**
 * @param url of a test server
 * @param o.setupCode of that server, for a first account that is not made on this computer
 */
export function createTestClient(url: string, o: { setupCode?: string | null } = {}): TestClient {
  const cookies = new Map<string, string>()

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (!headers.has('sec-fetch-site')) headers.set('sec-fetch-site', 'same-origin')
    if (cookies.size > 0 && !headers.has('cookie')) {
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    }
    const response = await fetch(new URL(path, url), { ...init, headers })
    for (const line of response.headers.getSetCookie()) keepCookie(cookies, line)
    return response
  }

  async function query<Output>(path: string, input?: unknown): Promise<Answer<Output>> {
    const search = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`
    return readAnswer(await request(`/trpc/${path}${search}`))
  }

  async function mutate<Output>(path: string, input?: unknown): Promise<Answer<Output>> {
    const response = await request(`/trpc/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: input === undefined ? '' : JSON.stringify(input),
    })
    return readAnswer(response)
  }

  async function mutateData<Output>(path: string, input?: unknown): Promise<Output> {
    return dataOf(path, await mutate<Output>(path, input))
  }

  return {
    cookies,
    query,
    mutate,
    mutateData,
    async queryData(path, input) {
      return dataOf(path, await query(path, input))
    },
    fetch: request,
    async signUp({ email = `${randomUUID()}@example.org`, password = TEST_PASSWORD, displayName } = {}) {
      const input = {
        ...{ email, password },
        ...(displayName !== undefined && { displayName }),
        ...(o.setupCode && { setupCode: o.setupCode }),
      }
      const { user } = await mutateData<{ user: User }>('auth.register', input)
      return user
    },
    async signIn({ email, password = TEST_PASSWORD }) {
      const { user } = await mutateData<{ user: User }>('auth.login', { email, password })
      return user
    },
  }
}

function dataOf<Output>(path: string, answer: Answer<Output>): Output {
  if (answer.error || answer.data === undefined) {
    throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(answer.error)}`)
  }
  return answer.data
}

async function readAnswer<Output>(response: Response): Promise<Answer<Output>> {
  // The border of the tests: what came over the wire is asserted by whoever asked for it.
  const body = (await response.json()) as { result?: { data?: Output }; error?: WireError }
  return {
    status: response.status,
    headers: response.headers,
    data: body.result?.data,
    error: body.error,
  }
}

function keepCookie(cookies: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';')
  const at = pair.indexOf('=')
  const name = pair.slice(0, at).trim()
  const gone = attributes.some((attribute) => attribute.trim().toLowerCase() === 'max-age=0')
  if (gone) cookies.delete(name)
  else cookies.set(name, pair.slice(at + 1))
}
