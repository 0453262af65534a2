import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { SPOT, startLoopbackExchange } from '../apps/server/src/testing/loopback-exchange.ts'
import { createTestClient } from '../apps/server/src/testing/test-client.ts'
import { dumpDatabase } from './dump-database.ts'
import { isUpToDate, walletThat } from './paper-wallet.ts'
import { createHome, startProduct } from './product.ts'
import { findTraces, findTracesInFolder, tracesOf } from './traces.ts'

const EMAIL = 'grace.hopper@example.org'

/** Answers of the server, headers and bodies, as they came over the wire. */
let answers: string[] = []

beforeEach(() => {
  answers = []
  const send = globalThis.fetch
  vi.stubGlobal('fetch', async (...args: Parameters<typeof fetch>) => {
    const response = await send(...args)
    answers.push(JSON.stringify([...response.headers]), await response.clone().text())
    return response
  })
})

afterEach(() => vi.unstubAllGlobals())

/** Not to be met by chance, and with characters that each encoding writes in another way. */
function canary(name: string): string {
  return `canary ${name}/+="${randomBytes(18).toString('base64url')}`
}

/** The same for what goes into a header. */
function plainCanary(name: string): string {
  return `canary-${name}-${randomBytes(24).toString('hex')}`
}

test('secrets are in no answer, no log, no output, no table and no file', async () => {
  const exchange = await startLoopbackExchange()
  onTestFinished(exchange.close)
  const { home, remove } = createHome()
  onTestFinished(remove)
  const product = await startProduct({ home, env: { LOG_LEVEL: 'trace', PAPER_URL: 'off' } })
  onTestFinished(product.stop)
  const secrets = {
    password: canary('password'),
    wrongPassword: canary('wrong password'),
    apiKey: plainCanary('key'),
    secret: canary('secret'),
    newApiKey: plainCanary('new-key'),
    newSecret: canary('new secret'),
    refusedApiKey: plainCanary('refused-key'),
    refusedSecret: canary('refused secret'),
  }
  const traces = Object.entries(secrets).flatMap(([name, secret]) => tracesOf(name, secret))

  const client = createTestClient(product.url)
  await client.signUp({ email: EMAIL, password: secrets.password })
  await client.mutate('auth.login', { email: EMAIL, password: secrets.wrongPassword })
  await client.mutate('auth.login', { email: secrets.password, password: secrets.password })
  await client.mutateData('exchanges.update', { exchangeId: 'binance', apiBaseUrl: exchange.url })
  const { apiKey, secret } = secrets
  const added = await client.mutateData<{ walletId: string; apiKey: { apiKeyId: string; hint: string } }>(
    'apiKeys.add',
    { exchangeId: 'binance', credentials: { apiKey, secret } },
  )
  const { walletId } = added
  const { apiKeyId, hint } = added.apiKey
  expect(apiKey.endsWith(hint)).toBe(true)
  await walletThat({ client, walletId, what: 'a sync', holds: isUpToDate })
  await client.mutateData('apiKeys.check', { apiKeyId })

  // An exchange, or what stands before it, may say back whatever it was sent.
  exchange.answer(SPOT, () => ({
    status: 401,
    body: {
      code: -2015,
      msg: `Invalid ${apiKey} ${secrets.refusedApiKey} ${secret} ${secrets.refusedSecret}`,
    },
  }))
  const refused = await client.mutate('apiKeys.add', {
    exchangeId: 'binance',
    walletLabel: 'another',
    nickname: 'another',
    credentials: { apiKey: secrets.refusedApiKey, secret: secrets.refusedSecret },
  })
  expect(refused.error?.data.reason).toBe('KEY_REFUSED')
  await client.mutate('apiKeys.check', { apiKeyId })
  await client.mutate('wallets.sync', { walletId })
  await walletThat({ client, walletId, what: 'an error', holds: (wallet) => wallet.syncError !== null })
  exchange.answer(SPOT, () => ({ status: 502, body: `<html>${apiKey} ${secret}</html>` }))
  await client.mutate('apiKeys.check', { apiKeyId })
  exchange.reset()
  await client.mutateData('apiKeys.replace', {
    apiKeyId,
    credentials: { apiKey: secrets.newApiKey, secret: secrets.newSecret },
  })

  // Input that is refused for its shape must not be said back either.
  await client.mutate('apiKeys.add', { exchangeId: 'binance', credentials: { apiKey, secret: [secret] } })
  await client.mutate('apiKeys.add', { exchangeId: 'binance', credentials: { [secret]: secret } })
  await client.mutate('auth.login', { email: EMAIL, password: secrets.password, [secret]: secret })
  await client.fetch(`/trpc/wallets.get?input=${encodeURIComponent(JSON.stringify({ walletId: secret }))}`)
  await client.fetch('/trpc/apiKeys.add', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"credentials": {"secret": "${secrets.password.replace('"', '')}`,
  })
  await client.queryData('apiKeys.list')

  const inAnswers = findTraces(traces, answers.join('\n'))
  const inLogs = findTraces(traces, product.logs() + product.output())
  const dump = await dumpDatabase(product.databaseUrl())
  const inDatabase = findTraces(traces, dump.join('\n'))
  await product.stop()
  const inFiles = findTracesInFolder(traces, home)

  // What is no secret is found everywhere: the search works.
  expect(findTraces(tracesOf('e-mail', EMAIL), answers.join('\n'))).toContain('e-mail plain')
  expect(findTraces(tracesOf('e-mail', EMAIL), dump.join('\n'))).toContain('e-mail plain')
  expect(findTracesInFolder(tracesOf('e-mail', EMAIL), home)).not.toEqual([])
  expect(product.logs().split('\n').length).toBeGreaterThan(50)
  expect({ inAnswers, inLogs, inDatabase, inFiles }).toEqual({
    ...{ inAnswers: [], inLogs: [], inDatabase: [], inFiles: [] },
  })
})
