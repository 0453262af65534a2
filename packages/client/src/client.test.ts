import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiErrorOf, createClient, hasReason } from './index.ts'

/** An installation that answers each call of a batch with what `answers` holds for its procedure. */
let server: Server
let url: string
const asked: IncomingMessage[] = []
const answers: Record<string, unknown> = {}

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request)
    const path = new URL(request.url ?? '/', 'http://installation').pathname
    const procedures = path.replace(/^.*\/trpc\//, '').split(',')
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(procedures.map((procedure) => answers[procedure])))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  url = `http://127.0.0.1:${port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

test('calls of one tick travel together, with the token, to the address that was given', async () => {
  answers['wallets.list'] = { result: { data: [] } }
  answers['portfolio.summary'] = { result: { data: { totalUsdValue: '1.5' } } }
  const client = createClient({ url: `${url}/behind/a/path/`, token: async () => 'ot_token' })
  const [wallets, summary] = await Promise.all([
    client.wallets.list.query(),
    client.portfolio.summary.query(),
  ])
  expect(wallets).toEqual([])
  const total: string = summary.totalUsdValue
  expect(total).toBe('1.5')
  const [only] = asked.splice(0)
  expect(only?.headers.authorization).toBe('Bearer ot_token')
  expect(only?.url).toMatch(/^\/behind\/a\/path\/trpc\/wallets\.list,portfolio\.summary\?/)
})

test('a refusal is read by its code, its reason and its fields', async () => {
  const data = {
    code: 'TOO_MANY_REQUESTS',
    httpStatus: 429,
    reason: 'SLOW_DOWN',
    retryAt: '2026-01-31T12:00:00.000Z',
  }
  answers['wallets.list'] = { error: { message: 'Wait a moment.', code: -32029, data } }
  const error: unknown = await createClient({ url })
    .wallets.list.query()
    .catch((thrown: unknown) => thrown)
  expect(hasReason(error, 'OTHER', 'SLOW_DOWN')).toBe(true)
  const problem = apiErrorOf(error)
  if (problem?.code !== 'TOO_MANY_REQUESTS') throw new Error('it has another code')
  expect(problem).toEqual({
    code: 'TOO_MANY_REQUESTS',
    reason: 'SLOW_DOWN',
    message: 'Wait a moment.',
    httpStatus: 429,
    fields: {},
    retryAt: new Date(data.retryAt),
    exchangeCode: null,
  })
})

test('what is no answer of an installation is unreachable, and what is no error of a call is none', async () => {
  answers['wallets.list'] = 'a page'
  const calls = [createClient({ url: 'http://127.0.0.1:9' }), createClient({ url })]
  for (const client of calls) {
    const error: unknown = await client.wallets.list.query().catch((thrown: unknown) => thrown)
    expect(apiErrorOf(error)).toMatchObject({ code: 'UNREACHABLE', reason: 'UNREACHABLE', httpStatus: 0 })
  }
  expect(apiErrorOf(new Error('another'))).toBeNull()
})

test('an address that is none is refused at once', () => {
  for (const wrong of ['', 'localhost', 'ftp://somewhere']) {
    expect(() => createClient({ url: wrong })).toThrow(TypeError)
  }
})
