import { type Client, createClient } from '@opentrade/client'
import type { Command } from 'commander'
import { addressFromEnv, sessionPath } from './env.ts'
import { CommandError, EXIT } from './failure.ts'
import { keepSession, readSession, type SessionFile } from './session-file.ts'

const DEFAULT_ADDRESS = 'http://localhost:3000'

/** A client that acts with the kept session, and the choices of the command line. */
export interface Connection {
  client: Client
  /** True when the kept session is an API token. */
  byToken: boolean
  url: string
  json: boolean
}

/** Opens a connection for a command: the address from `--url`, the environment, the kept session, or the default. */
export async function connect(command: Command): Promise<Connection> {
  const { kept, ...choices } = await readChoices(command)
  const session = kept?.url === choices.url ? kept : { url: choices.url, cookies: {} }
  const { token } = session
  const client =
    token === undefined
      ? createClient({ url: session.url, fetch: sessionFetch(session) })
      : tokenClient({ url: session.url, token })
  return { client, byToken: token !== undefined, ...choices }
}

/** A connection that signs in by password: it makes a session of its own in the place of what is kept. */
export async function connectAnew(command: Command): Promise<Connection> {
  const { kept, ...choices } = await readChoices(command)
  const { url } = choices
  const cookies = kept?.url === url ? kept.cookies : {}
  return { client: createClient({ url, fetch: sessionFetch({ url, cookies }) }), byToken: false, ...choices }
}

/** A connection that acts with an API token, which is not kept yet. */
export async function connectWithToken(command: Command, token: string): Promise<Connection> {
  const { url, json } = await readChoices(command)
  return { client: tokenClient({ url, token }), byToken: true, url, json }
}

async function readChoices(
  command: Command,
): Promise<{ kept: SessionFile | null; url: string; json: boolean }> {
  const options = command.optsWithGlobals<{ url?: string; json?: boolean }>()
  const kept = await readSession(sessionPath)
  const url = parseAddress(options.url ?? addressFromEnv ?? kept?.url ?? DEFAULT_ADDRESS)
  return { kept, url, json: Boolean(options.json) }
}

/** The address that a command goes to. */
export async function addressOf(command: Command): Promise<string> {
  return (await readChoices(command)).url
}

function parseAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href
  throw new CommandError(
    `"${text}" is no address of an installation, such as https://opentrade.example.org.`,
    EXIT.usage,
  )
}

function tokenClient(o: { url: string; token: string }): Client {
  return createClient({
    ...o,
    fetch: (input, init) => fetch(input, { ...init, headers: withName(init?.headers) }),
  })
}

function withName(given: RequestInit['headers']): Headers {
  const headers = new Headers(given)
  headers.set('user-agent', 'opentrade-cli')
  return headers
}

/** `fetch` that sends the session's cookies, keeps the new ones, and renews an access that ran out, once. */
function sessionFetch(session: SessionFile): typeof fetch {
  async function send(input: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> {
    const response = await fetch(input, { ...init, headers: withCookies(session, init?.headers) })
    if (keepCookies(session, response.headers.getSetCookie())) await keepSession(sessionPath, session)
    return response
  }
  return async (input, init) => {
    const response = await send(input, init)
    if (response.status !== 401 || Object.keys(session.cookies).length === 0) return response
    const renewed = await send(new URL('/trpc/auth.refresh', session.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    return renewed.ok ? send(input, init) : response
  }
}

function withCookies(session: SessionFile, given: RequestInit['headers']): Headers {
  const headers = withName(given)
  const pairs = Object.entries(session.cookies).map(([name, value]) => `${name}=${value}`)
  if (pairs.length > 0) headers.set('cookie', pairs.join('; '))
  headers.set('origin', new URL(session.url).origin)
  return headers
}

/** Takes over what the server set or cleared; true when anything changed. */
function keepCookies(session: SessionFile, lines: string[]): boolean {
  for (const line of lines) {
    const [pair = '', ...attributes] = line.split(';')
    const name = pair.slice(0, pair.indexOf('=')).trim()
    const value = pair.slice(pair.indexOf('=') + 1).trim()
    const expired = attributes.some((attribute) => /^\s*max-age=(0|-\d+)\s*$/i.test(attribute))
    if (expired || value === '') delete session.cookies[name]
    else session.cookies[name] = value
  }
  return lines.length > 0
}
