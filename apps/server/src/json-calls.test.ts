import { createTRPCClient, httpBatchStreamLink } from '@trpc/client'
import { initTRPC } from '@trpc/server'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { answerJsonCalls, type JsonCallRequest, MAX_BATCH } from './json-calls.ts'
import { rawJson } from './raw-json.ts'

const t = initTRPC.context<{ name: string }>().create({ isDev: false })

const router = t.router({
  plain: t.procedure.query(({ ctx }) => ({ hello: ctx.name, at: new Date(0), gone: undefined })),
  nothing: t.procedure.query(() => undefined),
  raw: t.procedure.query(() => rawJson<{ amount: string }[]>('[{"amount":"1.50"}, \n {"amount":"\\n"}]')),
  echo: t.procedure.input(z.object({ text: z.string() })).query(({ input }) => input),
  save: t.procedure.input(z.object({ text: z.string() })).mutation(({ input }) => ({ saved: input.text })),
  nested: t.router({ fails: t.procedure.query(() => Promise.reject(new Error('inside'))) }),
  ticks: t.procedure.subscription(async function* () {
    yield 1
  }),
})

const createContext = () => ({ name: 'reader' })

/** What tRPC's own adapter answers to the same request. */
async function answerOfTrpc(request: JsonCallRequest) {
  const url = new URL(`http://localhost/trpc/${encodeURIComponent(request.path)}`)
  if (request.batch) url.searchParams.set('batch', '1')
  if (request.inputText !== undefined) url.searchParams.set('input', request.inputText)
  const response = await fetchRequestHandler({
    endpoint: '/trpc',
    router,
    createContext,
    maxBatchSize: MAX_BATCH,
    req: new Request(url, {
      method: request.method,
      headers: { 'content-type': 'application/json' },
      ...(request.method === 'POST' && { body: JSON.stringify(request.body) }),
    }),
  })
  return { status: response.status, json: await response.json() }
}

async function answerOfOurs(request: JsonCallRequest) {
  const answer = await answerJsonCalls({ router, request, createContext, onError: () => {} })
  return answer && { status: answer.status, json: JSON.parse(answer.body) }
}

const get = (path: string, inputText?: string, batch = false): JsonCallRequest => ({
  method: 'GET',
  path,
  batch,
  lines: false,
  inputText,
  body: undefined,
})
const post = (path: string, body: unknown, batch = false): JsonCallRequest => ({
  method: 'POST',
  path,
  batch,
  lines: false,
  inputText: undefined,
  body,
})

test.each<[string, JsonCallRequest]>([
  ['a query', get('plain')],
  ['a query that returns nothing', get('nothing')],
  ['a query with text from PostgreSQL', get('raw')],
  ['a query with input', get('echo', '{"text":"hi"}')],
  ['a refused input', get('echo', '{"text":1}')],
  ['a missing input', get('echo')],
  ['an unknown procedure', get('no.such')],
  ['a procedure named __proto__', get('__proto__')],
  ['a procedure named constructor', get('constructor')],
  ['a query by POST', post('plain', {})],
  ['a mutation', post('save', { text: 'x' })],
  ['a mutation by GET', get('save', '{"text":"x"}')],
  ['a mutation with a null body', post('save', null)],
  ['a fault inside', get('nested.fails')],
  ['a batch', get('plain,raw,echo', '{"2":{"text":"b"}}', true)],
  ['a batch of one', get('plain', '{}', true)],
  ['a batch with a failure', get('plain,nested.fails', '{}', true)],
  ['a batch of failures', get('no.a,no.b', '{}', true)],
  ['a batch whose input is a list', get('echo,echo', '[{"text":"a"},{"text":"b"}]', true)],
  ['a batch without input', get('plain,nothing', undefined, true)],
  ['a batch of mutations', post('save,save', { 0: { text: 'a' }, 1: { text: 'b' } }, true)],
])('%s gets the same status and JSON as from the adapter of tRPC', async (_name, request) => {
  expect(await answerOfOurs(request)).toEqual(await answerOfTrpc(request))
})

test.each<[string, JsonCallRequest]>([
  ['malformed input', get('echo', '{"text":')],
  ['malformed input of a batch', get('echo,echo', '{', true)],
  [
    'more than the allowed calls',
    get(
      Array(MAX_BATCH + 1)
        .fill('plain')
        .join(','),
      '{}',
      true,
    ),
  ],
  ['a query mixed with a mutation', post('plain,save', {}, true)],
])('%s is a bad request as it is for tRPC, whatever the wording', async (_name, request) => {
  const [ours, theirs] = [await answerOfOurs(request), await answerOfTrpc(request)]
  expect(theirs.status).toBe(400)
  expect(ours?.status).toBe(400)
})

test('the batches of a client that streams are answered in the lines that it reads', async () => {
  const statuses: number[] = []
  const client = createTRPCClient<typeof router>({
    links: [
      httpBatchStreamLink({
        url: 'http://localhost/trpc',
        async fetch(address, init) {
          const url = new URL(String(address))
          const answer = await answerJsonCalls({
            router,
            request: {
              method: init?.method ?? 'GET',
              path: decodeURIComponent(url.pathname.slice('/trpc/'.length)),
              batch: url.searchParams.get('batch') === '1',
              lines: new Headers(init?.headers).get('trpc-accept') === 'application/jsonl',
              inputText: url.searchParams.get('input') ?? undefined,
              body: init?.body ? JSON.parse(String(init.body)) : undefined,
            },
            createContext,
            onError: () => {},
          })
          statuses.push(answer?.status ?? 0)
          return new Response(answer?.body, { status: answer?.status ?? 0 })
        },
      }),
    ],
  })
  const answers = await Promise.allSettled([
    client.raw.query(),
    client.echo.query({ text: 'a\nb' }),
    client.nothing.query(),
    client.nested.fails.query(),
  ])
  expect(answers).toMatchObject([
    { value: [{ amount: '1.50' }, { amount: '\n' }] },
    { value: { text: 'a\nb' } },
    { status: 'fulfilled', value: undefined },
    { reason: { message: 'inside', data: { code: 'INTERNAL_SERVER_ERROR' } } },
  ])
  expect(await client.save.mutate({ text: 'x' })).toEqual({ saved: 'x' })
  await expect(client.nested.fails.query()).rejects.toThrow('inside')
  expect(statuses).toEqual([200, 200, 200])
})

test('a subscription is left to the adapter of tRPC', async () => {
  expect(await answerOfOurs(get('ticks'))).toBeNull()
})

test('an error reaches onError with the path and never with the input', async () => {
  const seen: unknown[] = []
  await answerJsonCalls({
    router,
    request: get('echo', '{"text":1}'),
    createContext,
    onError: (o) => seen.push(Object.keys(o)),
  })
  expect(seen).toEqual([['error', 'path']])
})
