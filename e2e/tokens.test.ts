import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../apps/server/src/testing/start-test-server.ts'
import { TEST_PASSWORD, type TestClient } from '../apps/server/src/testing/test-client.ts'
import { apiErrorOf, createClient, type RouterOutputs } from '../packages/client/src/index.ts'
import { type Command, createCommand } from './cli.ts'

type Created = RouterOutputs['apiTokens']['create']

const EMAIL = 'grace@example.org'
let server: TestServer
let browser: TestClient
let folder: string
let opentrade: Command
let sessionFile: string

beforeAll(async () => {
  server = await startTestServer()
  browser = server.client()
  await browser.signUp({ email: EMAIL })
  folder = mkdtempSync(join(tmpdir(), 'opentrade-cli-'))
  sessionFile = join(folder, 'session.json')
  opentrade = createCommand({ url: server.url, sessionFile })
})
afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

function make(scopes: string[]): Promise<Created> {
  return browser.mutateData<Created>('apiTokens.create', { name: 'shell', scopes, expiresInDays: 1 })
}

test('the client package signs in with an API token, and says what it may not do', async () => {
  const { token } = await make(['read'])
  const client = createClient({ url: server.url, token })
  expect(await client.wallets.list.query()).toEqual([])
  const error = await client.settings.set.mutate({ key: 'theme', value: 'dark' }).catch(apiErrorOf)
  expect(error).toMatchObject({ reason: 'SCOPE_TOO_SMALL', httpStatus: 403 })
})

test('the client package gives the token to an EventSource that takes headers or a fetch', async () => {
  const { token } = await make(['read'])
  const { token: blind } = await make(['trade'])
  for (const [given, status] of [
    [token, 200],
    [blind, 403],
  ] as const) {
    const streams: { headers: unknown; status: Promise<number> }[] = []
    /** Asks as the npm package `eventsource` does, and no more. */
    class Asking extends EventTarget {
      static readonly CONNECTING = 0
      static readonly OPEN = 1
      static readonly CLOSED = 2
      readyState = 0
      constructor(url: string, init: { headers: unknown; fetch: typeof fetch }) {
        super()
        const abort = new AbortController()
        const answer = init.fetch(url, { signal: abort.signal, headers: { accept: 'text/event-stream' } })
        const status = answer.then(async (response) => {
          const first = await response.body?.getReader().read()
          abort.abort()
          const text = Buffer.from(first?.value ?? []).toString()
          return Number(/"httpStatus":(\d+)/.exec(text)?.[1] ?? response.status)
        })
        streams.push({ headers: init.headers, status })
      }
      close(): void {
        this.readyState = 2
      }
    }
    const EventSource = Asking as unknown as typeof globalThis.EventSource
    const client = createClient({ url: server.url, token: () => given, EventSource })
    const subscription = client.wallets.onSync.subscribe(undefined, {})
    await expect.poll(() => streams.length).toBe(1)
    expect(streams[0]?.headers).toEqual({ authorization: `Bearer ${given}` })
    expect(await streams[0]?.status).toBe(status)
    subscription.unsubscribe()
  }
})

test('a bad token is refused with 3, and nothing is kept', async () => {
  const { token } = await make(['read'])
  for (const bad of ['', 'ot_', `${token.slice(0, -1)}${token.endsWith('x') ? 'y' : 'x'}`]) {
    expect((await opentrade.run(['login', '--token'], bad)).code).toBe(3)
  }
  expect(() => statSync(sessionFile)).toThrow()
})

test('a token comes by stdin and not by an argument, and is kept for its owner’s eyes alone', async () => {
  const { token } = await make(['read'])
  expect((await opentrade.run(['login', `--token=${token}`])).code).toBe(2)
  const { code, stdout } = await opentrade.run(['login', '--token'], `${token}\n`)
  expect({ code, stdout }).toEqual({ code: 0, stdout: `Signed in as ${EMAIL} with an API token.\n` })
  expect(statSync(sessionFile).mode & 0o777).toBe(0o600)
  expect(JSON.parse(readFileSync(sessionFile, 'utf8'))).toMatchObject({ token, cookies: {} })
  expect(await opentrade.json(['whoami'])).toMatchObject({ email: EMAIL })
  expect(await opentrade.json(['wallets'])).toEqual([])
  expect(opentrade.printed()).not.toContain(token)
})

test('with a token, what is the person’s alone is refused with 4; logout forgets it', async () => {
  const { code, stderr } = await opentrade.run(['tokens', 'list'])
  expect(code).toBe(4)
  expect(stderr).toContain('API token')
  expect((await opentrade.run(['logout'])).stdout).toContain('Forgotten')
  expect((await opentrade.run(['wallets'])).code).toBe(3)
})

test('tokens are made, listed and deleted', async () => {
  await opentrade.run(['login', '--email', EMAIL, '--password-stdin'], TEST_PASSWORD)
  const made = await opentrade.run([
    'tokens',
    'create',
    'my bot',
    '--scope',
    'read,trade',
    '--expires-in-days',
    'never',
  ])
  expect(made.code).toBe(0)
  const token = made.stdout.trim()
  expect(token).toMatch(/^ot_\w{36}$/)
  const listed = await opentrade.json<RouterOutputs['apiTokens']['list']>(['tokens'])
  const [mine] = listed.filter(({ name }) => name === 'my bot')
  expect(mine).toMatchObject({ scopes: ['read', 'trade'], expiresAt: null, lastUsedAt: null })
  expect((await opentrade.run(['tokens', 'list'])).stdout).toMatch(/my bot +read, trade +ot_…\w{4}… +never/)
  expect((await opentrade.run(['tokens', 'delete', mine?.tokenId ?? ''])).code).toBe(0)
  expect((await opentrade.run(['login', '--token'], token)).code).toBe(3)
  for (const wrong of [
    ['--scope', 'rule'],
    ['--expires-in-days', '0'],
    ['--expires-in-days', 'soon'],
  ]) {
    expect((await opentrade.run(['tokens', 'create', 'x', ...wrong])).code).toBe(2)
  }
})

test('sessions are listed and ended', async () => {
  const sessions = await opentrade.json<RouterOutputs['sessions']['list']>(['sessions'])
  expect(sessions.map(({ device, current }) => [device, current])).toContainEqual([
    'OpenTrade command line',
    true,
  ])
  expect((await opentrade.run(['sessions', 'revoke'])).code).toBe(2)
  expect((await opentrade.run(['sessions', 'revoke', crypto.randomUUID()])).code).toBe(4)
  expect((await opentrade.run(['sessions', 'revoke', '--others'])).stdout).toBe('Ended 1 session.\n')
  expect((await browser.query('wallets.list')).status).toBe(401)
  const mine = sessions.find(({ current }) => current)
  expect((await opentrade.run(['sessions', 'revoke', mine?.sessionId ?? ''])).code).toBe(0)
  expect((await opentrade.run(['wallets'])).code).toBe(3)
})
