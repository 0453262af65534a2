import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enableTotp } from '../apps/server/src/testing/authenticator-app.ts'
import { startTestServer, type TestServer } from '../apps/server/src/testing/start-test-server.ts'
import { TEST_PASSWORD } from '../apps/server/src/testing/test-client.ts'
import { type Command, createCommand } from './cli.ts'

const EMAIL = 'grace@example.org'
const MINUTE_MS = 60_000
const UNKNOWN_ID = '01890000-0000-7000-8000-000000000000'

let server: TestServer
let home: string
let opentrade: Command
let clockMs = Math.floor(Date.now() / 30_000) * 30_000

beforeAll(async () => {
  server = await startTestServer({ now: () => new Date(clockMs) })
  home = await mkdtemp(join(tmpdir(), 'opentrade-cli-'))
  opentrade = createCommand({ url: server.url, sessionFile: join(home, 'session.json') })
  await server.client().signUp({ email: EMAIL })
  await opentrade.run(['login', '--email', EMAIL, '--password-stdin'], TEST_PASSWORD)
})
afterAll(async () => {
  await server.close()
  await rm(home, { recursive: true })
})

function deleteKey(stdin?: string) {
  const args = ['keys', 'delete', UNKNOWN_ID, ...(stdin === undefined ? [] : ['--password-stdin'])]
  return opentrade.run(args, stdin)
}

test('five minutes after the sign-in, a change of keys asks for the password and is then made', async () => {
  expect((await deleteKey()).stderr).toContain('There is no such API key.')
  clockMs += 5 * MINUTE_MS
  const silent = await deleteKey()
  expect(silent).toMatchObject({ code: 2, stdout: '' })
  expect(silent.stderr).toContain('--password-stdin')
  const wrong = await deleteKey('not the password 1')
  expect(wrong.code).toBe(4)
  expect(wrong.stderr).toContain('The password is wrong.')
  expect((await deleteKey(TEST_PASSWORD)).stderr).toContain('There is no such API key.')
  expect((await deleteKey()).stderr).toContain('There is no such API key.')
})

test('a code of the authenticator app does as well', async () => {
  const client = server.client()
  await client.signIn({ email: EMAIL })
  const { app } = await enableTotp(client, { now: new Date(clockMs) })
  clockMs += 5 * MINUTE_MS
  expect((await deleteKey('000000')).stderr).toContain('The code is wrong')
  expect((await deleteKey(app.codeAt(new Date(clockMs)))).stderr).toContain('There is no such API key.')
})
