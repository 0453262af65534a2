import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createTestDatabase } from '@opentrade/db/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TestAccount } from './testing/test-venue.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))
const TOKEN = 'a-token-of-enough-length'

let database: Awaited<ReturnType<typeof createTestDatabase>>
const children: ChildProcess[] = []

beforeEach(async () => {
  database = await createTestDatabase({ role: 'paper' })
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  }
  await database.drop()
})

function start(env: Record<string, string>) {
  const child = fork(MAIN, [], {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  children.push(child)
  const output: string[] = []
  child.stdout?.on('data', (chunk) => output.push(String(chunk)))
  child.stderr?.on('data', (chunk) => output.push(String(chunk)))
  return { child, output }
}

async function ready(child: ChildProcess): Promise<string> {
  const [message] = await once(child, 'message')
  expect(message).toMatchObject({ type: 'ready', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) })
  return message.url
}

async function openAccount(url: string): Promise<TestAccount> {
  const response = await fetch(`${url}/paper/accounts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ reference: 'someone' }),
  })
  return response.json() as Promise<TestAccount>
}

it('says where it is, serves, and ends when its parent hangs up, keeping its accounts', async () => {
  const env = { DATABASE_URL: database.url, PAPER_ADMIN_TOKEN: TOKEN }
  const first = start(env)
  const url = await ready(first.child)
  const account = await openAccount(url)
  const price = await (await fetch(`${url}/api/v3/avgPrice?symbol=BTCUSDT`)).json()
  expect(price).toMatchObject({ mins: 5 })

  const exited = once(first.child, 'exit')
  first.child.disconnect()
  expect(await exited).toEqual([0, null])
  expect(first.output.join('')).not.toContain(account.secret)

  const second = start(env)
  const again = await openAccount(await ready(second.child))
  expect(again.accountId).toBe(account.accountId)
  expect(again.apiKey).not.toBe(account.apiKey)
})

it('names every setting that is missing, and ends', async () => {
  const { child, output } = start({ PAPER_ADMIN_TOKEN: 'short' })
  expect(await once(child, 'exit')).toEqual([1, null])
  expect(output.join('')).toContain('DATABASE_URL')
  expect(output.join('')).toContain('PAPER_ADMIN_TOKEN')
  expect(output.join('')).not.toContain('short"')
})
