import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { ACCESS_COOKIE, REFRESH_COOKIE } from '../apps/server/src/auth/cookie-names.ts'
import { type PaperProcess, startPaperProcess } from '../apps/server/src/testing/paper-process.ts'
import { createTestClient, TEST_PASSWORD } from '../apps/server/src/testing/test-client.ts'
import type { RouterOutputs } from '../packages/client/src/index.ts'
import { type Command, createCommand } from './cli.ts'
import { createHome, type Product, startProduct } from './product.ts'

type ApiKey = RouterOutputs['apiKeys']['list'][number]
type Wallet = RouterOutputs['wallets']['get']

const EMAIL = 'ada@example.org'
const UNKNOWN_ID = '01890000-0000-7000-8000-000000000000'

let paper: PaperProcess
let product: Product
let opentrade: Command
let sessionFile: string
let credentials: { apiKey: string; secret: string }

beforeAll(async () => {
  paper = await startPaperProcess()
  product = await startProduct({
    env: { PAPER_URL: paper.env.paperUrl, PAPER_ADMIN_TOKEN: paper.env.paperAdminToken },
  })
  sessionFile = join(product.home, 'cli', 'session.json')
  opentrade = createCommand({ url: product.url, sessionFile })
  await createTestClient(product.url).signUp({ email: EMAIL })
  const { apiKey, secret } = (await paper.admin('/paper/accounts', {
    body: { reference: 'a person with a shell' },
  })) as { apiKey: string; secret: string }
  credentials = { apiKey, secret }
})

afterAll(async () => {
  await product?.stop()
  await paper?.close()
})

function signIn(): Promise<{ code: number | null }> {
  return opentrade.run(['login', '--email', EMAIL, '--password-stdin'], `${TEST_PASSWORD}\n`)
}

function readCookies(): Record<string, string> {
  return JSON.parse(readFileSync(sessionFile, 'utf8')).cookies
}

function writeCookies(cookies: Record<string, string>): void {
  writeFileSync(sessionFile, JSON.stringify({ ...JSON.parse(readFileSync(sessionFile, 'utf8')), cookies }))
}

test('what needs a session says so and ends with 3', async () => {
  const { code, stdout, stderr } = await opentrade.run(['wallets'])
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  expect(stderr).toContain('opentrade login')
})

test('a wrong password is refused with 3, and no session is kept', async () => {
  const wrong = 'not the password at all'
  const { code, stderr } = await opentrade.run(['login', '--email', EMAIL, '--password-stdin'], wrong)
  expect(code).toBe(3)
  expect(stderr).not.toContain(wrong)
  expect((await opentrade.run(['wallets'])).code).toBe(3)
})

test('a session is kept in a file that its owner alone can read', async () => {
  expect(await signIn()).toMatchObject({ code: 0, stdout: `Signed in as ${EMAIL}.\n` })
  expect(statSync(sessionFile).mode & 0o777).toBe(0o600)
  expect(await opentrade.json(['whoami'])).toMatchObject({ email: EMAIL, role: 'admin' })
})

test('exchanges are listed, searched, and put in JSON', async () => {
  const all = await opentrade.json<RouterOutputs['exchanges']['list']>(['exchanges'])
  expect(all.length).toBeGreaterThan(90)
  expect(all[0]).toMatchObject({ exchangeId: 'paper', isActive: true })
  const { code, stdout } = await opentrade.run(['exchanges', 'kraken'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^ *kraken +Kraken +apiKey, secret +yes/m)
})

test('a key is connected from standard input, checked, synced, seen and deleted', async () => {
  const added = await opentrade.json<ApiKey>(
    ['keys', 'add', 'paper', '--nickname', 'shell', '--stdin'],
    JSON.stringify(credentials),
  )
  expect(added).toMatchObject({ exchangeId: 'paper', nickname: 'shell', isValid: true })

  expect(await opentrade.json<ApiKey[]>(['keys', 'list'])).toMatchObject([{ apiKeyId: added.apiKeyId }])
  const table = await opentrade.run(['keys'])
  expect(table.stdout).toMatch(/shell +…\S+ +yes +yes/)
  expect(await opentrade.json<ApiKey>(['keys', 'check', added.apiKeyId])).toMatchObject({ isValid: true })

  const [synced] = await opentrade.json<Wallet[]>(['sync'])
  expect(synced).toMatchObject({ walletId: added.walletId, syncStatus: 'idle', syncError: null })
  expect(synced?.balances.length).toBeGreaterThan(10)
  expect(await opentrade.json<Wallet[]>(['wallets'])).toMatchObject([
    { walletId: added.walletId, totalUsdValue: synced?.totalUsdValue },
  ])
  const balances = await opentrade.run(['wallets', added.walletId])
  expect(balances.stdout).toMatch(/ BTC +spot +0\.25 +0 +0\.25 +\$[\d,]+\.\d\d +\S+/)
  expect(balances.stdout).toMatch(/ PAPERPT .*unpriced/)

  const summary = await opentrade.json<RouterOutputs['portfolio']['summary']>(['portfolio'])
  expect(summary.totalUsdValue).toBe(synced?.totalUsdValue)
  expect((await opentrade.run(['portfolio'])).stdout).toMatch(/^Total \$[\d,]+\.\d\d, as of /)

  expect(await opentrade.json(['keys', 'delete', added.apiKeyId])).toEqual({ ok: true })
  expect(await opentrade.json<ApiKey[]>(['keys', 'list'])).toEqual([])
  expect(await opentrade.json<Wallet[]>(['wallets'])).toHaveLength(1)
  const keyless = await opentrade.run(['sync'])
  expect(keyless).toMatchObject({ code: 0 })
  expect(keyless.stderr).toContain('no API key')
})

test('what the installation refuses ends with 4 and, with --json, an error for programs', async () => {
  const unknown = await opentrade.run(['--json', 'keys', 'delete', UNKNOWN_ID])
  expect(unknown).toMatchObject({ code: 4, stdout: '' })
  expect(JSON.parse(unknown.stderr)).toMatchObject({ error: { reason: 'NOT_FOUND', httpStatus: 404 } })

  const wrongSecret = { ...credentials, secret: 'x'.repeat(64) }
  const refused = await opentrade.run(['keys', 'add', 'paper', '--stdin'], JSON.stringify(wrongSecret))
  expect(refused.code).toBe(4)
  expect(refused.stderr).toMatch(/\w/)
  expect(refused.stderr).not.toMatch(/^\s+at /m)
  expect(refused.stderr).not.toContain(wrongSecret.secret)
})

test('wrong usage ends with 2 and says what to do', async () => {
  const runs = [
    { args: ['nonsense'], says: /unknown command/ },
    { args: ['keys', 'add'], says: /missing required argument/ },
    { args: ['keys', 'add', 'paper'], says: /--stdin/ },
    { args: ['keys', 'add', 'paper', '--stdin'], stdin: '["secret-in-a-list"]', says: /JSON object/ },
    { args: ['login', '--email', EMAIL], says: /--password-stdin/ },
    { args: ['sync', '--timeout', 'soon'], says: /whole seconds/ },
    { args: ['wallets', '--url', 'localhost:3000'], says: /no address of an installation/ },
  ]
  await Promise.all(
    runs.map(async ({ args, stdin, says }) => {
      const { code, stderr } = await opentrade.run(args, stdin)
      expect({ args, code }).toEqual({ args, code: 2 })
      expect(stderr).toMatch(says)
      expect(stderr).not.toMatch(/^\s+at /m)
    }),
  )
})

test('no option takes a secret', async () => {
  const runs = [
    ['login', '--email', EMAIL, '--password', TEST_PASSWORD],
    ['login', '--email', EMAIL, `--password=${TEST_PASSWORD}`],
    ['keys', 'add', 'paper', '--secret', credentials.secret],
    ['keys', 'add', 'paper', credentials.apiKey, credentials.secret],
  ]
  const results = await Promise.all(runs.map((args) => opentrade.run(args)))
  expect(results.map(({ code }) => code)).toEqual([2, 2, 2, 2])
})

test('an installation that does not answer ends with 5', async () => {
  const { code, stderr } = await opentrade.run(['--url', 'http://127.0.0.1:9', 'exchanges'])
  expect(code).toBe(5)
  expect(stderr).toContain('did not answer')
})

test('the log is listed, verified and exported, and a noted end that is not there ends with 4', async () => {
  const { head } = await opentrade.json<RouterOutputs['audit']['verify']>(['audit', 'verify'])
  const note = `${head?.seq}:${head?.hash}`
  expect((await opentrade.run(['audit', 'verify', '--head', note])).code).toBe(0)
  const cutOff = await opentrade.run(['audit', 'verify', '--head', `99999:${'a'.repeat(64)}`])
  expect(cutOff).toMatchObject({ code: 4, stdout: expect.stringContaining('on are missing') })
  expect((await opentrade.run(['audit', 'verify', '--head', '12'])).code).toBe(2)
  const listed = await opentrade.run(['audit', 'list', '--action', 'auth.signed-up'])
  expect(listed.stdout).toMatch(/^ *1 +.*auth\.signed-up/m)
  const { stdout } = await opentrade.run(['audit', 'export'])
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines[0]).toMatchObject({ seq: '1', action: 'auth.signed-up', prevHash: '0'.repeat(64) })
  expect(lines.map((line) => Number(line.seq))).toEqual(lines.map((_, index) => index + 1))
})

test('an administrator proves the providers, rotates root and data keys, and retires the old root key', async () => {
  type Status = RouterOutputs['admin']['keys']['status']
  const [check, { current }] = await Promise.all([
    opentrade.run(['admin', 'vault', 'check']),
    opentrade.json<Status>(['admin', 'keys', 'status']),
  ])
  expect(check).toMatchObject({ code: 0, stdout: expect.stringContaining('file: everything works') })
  for (const kind of ['rotate-root', 'rotate-data']) {
    const { code, stdout, stderr } = await opentrade.run(['admin', 'keys', kind])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^Done: \d+ /) })
    expect(stderr).toMatch(/\[#+\] 100% (\d+) of \1 finished/)
  }
  const old = current?.rootKeyId ?? ''
  const retired = await opentrade.run(['admin', 'keys', 'retire', old])
  expect(retired).toMatchObject({ code: 0, stdout: expect.stringContaining(`${old} is retired`) })
})

test('a backup made while it runs comes up elsewhere: the same sign-in, keys, log and total', async () => {
  const key = await opentrade.json<ApiKey>(['keys', 'add', 'paper', '--stdin'], JSON.stringify(credentials))
  const [synced] = await opentrade.json<Wallet[]>(['sync'])
  const made = await opentrade.run(['admin', 'backup', '--home', product.home])
  expect(made).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`Keep a copy of ${join(product.home, 'root-key.json')}.`),
  })
  const [file = ''] = /\/\S+\.tar\.gz/.exec(made.stdout) ?? []
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(await opentrade.json(['admin', 'verify-backup', file])).toMatchObject({ path: file })

  // Not over what is running.
  const inUse = await opentrade.run(['admin', 'restore', file, '--home', product.home, '--replace'])
  expect(inUse).toMatchObject({ code: 4, stderr: expect.stringContaining('is in use') })

  const { home, remove } = createHome()
  onTestFinished(remove)
  const askedAt = performance.now()
  const restored = await opentrade.run(['admin', 'restore', file, '--home', home])
  expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('Put the root key') })
  // The command ends when it has said that it is done, and not when a timer of ten seconds has.
  const secondsSaid = Number(/ in ([\d.]+) s\./.exec(restored.stdout)?.[1])
  expect((performance.now() - askedAt) / 1_000 - secondsSaid).toBeLessThan(9)
  copyFileSync(join(product.home, 'root-key.json'), join(home, 'root-key.json'))
  const second = await startProduct({
    home,
    env: { PAPER_URL: paper.env.paperUrl, PAPER_ADMIN_TOKEN: paper.env.paperAdminToken },
  })
  onTestFinished(second.stop)
  const there = createCommand({ url: second.url, sessionFile: join(home, 'cli', 'session.json') })
  const signedIn = await there.run(['login', '--email', EMAIL, '--password-stdin'], `${TEST_PASSWORD}\n`)
  expect(signedIn.code).toBe(0)
  expect(await there.json<Wallet[]>(['wallets'])).toMatchObject([
    { walletId: synced?.walletId, totalUsdValue: synced?.totalUsdValue, lastUpdated: synced?.lastUpdated },
  ])
  // The sealed key opens: the exchange takes what is signed with it.
  expect(await there.json<ApiKey>(['keys', 'check', key.apiKeyId])).toMatchObject({ isValid: true })
  expect((await there.run(['audit', 'verify'])).code).toBe(0)
  expect(await opentrade.json(['keys', 'delete', key.apiKeyId])).toEqual({ ok: true })
})

test('a session whose access ran out is renewed by itself, and its tokens are replaced', async () => {
  expect((await signIn()).code).toBe(0)
  const before = readCookies()
  for (const access of [undefined, 'not.a.token']) {
    const { [ACCESS_COOKIE]: _, ...rest } = readCookies()
    writeCookies(access === undefined ? rest : { ...rest, [ACCESS_COOKIE]: access })
    expect((await opentrade.run(['wallets'])).code).toBe(0)
  }
  const after = readCookies()
  expect(after[ACCESS_COOKIE]).toMatch(/^\S+\.\S+\.\S+$/)
  expect(after[REFRESH_COOKIE]).not.toBe(before[REFRESH_COOKIE])
  expect(statSync(sessionFile).mode & 0o777).toBe(0o600)
})

test('after signing out the session is over, even for who kept a copy', async () => {
  const kept = readFileSync(sessionFile, 'utf8')
  expect((await opentrade.run(['logout'])).code).toBe(0)
  expect((await opentrade.run(['wallets'])).code).toBe(3)
  writeFileSync(sessionFile, kept)
  expect((await opentrade.run(['wallets'])).code).toBe(3)
})

test('a damaged session file counts as none', async () => {
  writeFileSync(sessionFile, '{"url":')
  const { code, stderr } = await opentrade.run(['wallets'])
  expect(code).toBe(3)
  expect(stderr).not.toMatch(/^\s+at /m)
})

test('nothing that was printed holds a secret', () => {
  const printed = opentrade.printed()
  expect(printed.length).toBeGreaterThan(1_000)
  for (const secret of [TEST_PASSWORD, credentials.apiKey, credentials.secret]) {
    expect(printed.includes(secret)).toBe(false)
  }
})
