import { afterAll, beforeAll, expect, test } from 'vitest'
import { ACCESS_COOKIE, REFRESH_COOKIE } from '../apps/server/src/auth/cookie-names.ts'
import { createTestClient, TEST_PASSWORD } from '../apps/server/src/testing/test-client.ts'
import { type BadCall, badCalls } from './bad-input.ts'
import { type Product, startProduct } from './product.ts'

const AT_ONCE = 8

let product: Product

beforeAll(async () => {
  product = await startProduct({
    env: { CALLS_PER_MINUTE: '0', EXCHANGE_TIMEOUT_SECONDS: '5', TRUST_PROXY: '1' },
  })
})

afterAll(async () => {
  await product?.stop()
})

type Headers = Record<string, string>

/** Whom a call comes from: a stranger, or one who shows what may once have been a session. */
const STRANGERS: Record<string, Headers> = {
  'without a session': {},
  'with garbage for a session': {
    cookie: `${ACCESS_COOKIE}=a.b.c; ${REFRESH_COOKIE}=${'x'.repeat(200)}; __proto__=1; =; ;;`,
  },
  'with a token without a signature': {
    authorization:
      'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIwMTg5MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAifQ.',
  },
}

async function send({ path, type, input }: BadCall, headers: Headers): Promise<Response> {
  const search = type === 'mutation' || input === undefined ? '' : `?input=${encodeURIComponent(input)}`
  return fetch(`${product.url}/trpc/${path}${search}`, {
    headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', ...headers },
    ...(type === 'mutation' && { method: 'POST', body: input ?? '' }),
  })
}

/** Says what is wrong with an answer: it must be a success, or a refusal in our shape without our insides. */
async function faultOf(response: Response): Promise<string | null> {
  const { status } = response
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel()
    return status === 200 ? null : `a stream with status ${status}`
  }
  const text = await response.text()
  if (status >= 500) return `${status} ${text.slice(0, 300)}`
  if (/\n\s+at |\\n\s+at |node_modules|"stack"/.test(text))
    return `${status} with our insides: ${text.slice(0, 300)}`
  if (status >= 200 && status < 300) return null
  const body: unknown = JSON.parse(text)
  const shape = {
    error: {
      message: expect.stringMatching(/\S/),
      data: { reason: expect.stringMatching(/^[A-Z][A-Z_]+$/), httpStatus: status, code: expect.any(String) },
    },
  }
  try {
    expect(body).toMatchObject(shape)
    return null
  } catch {
    return `${status} in another shape: ${text.slice(0, 300)}`
  }
}

/** Makes calls, some at a time, and lists those whose answers are wrong. */
async function faultsOf(calls: BadCall[], headers: () => Headers): Promise<string[]> {
  const faults: string[] = []
  const waiting = [...calls]
  async function work(): Promise<void> {
    for (let call = waiting.shift(); call; call = waiting.shift()) {
      const fault = await send(call, headers()).then(faultOf, (error: unknown) => String(error))
      if (fault !== null) faults.push(`${call.name}: ${fault}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return faults
}

function errorsInLog(): string[] {
  return product
    .logs()
    .split('\n')
    .filter((line) => /"level":[56]0/.test(line))
}

test.each(Object.keys(STRANGERS))('every procedure refuses bad input from who comes %s', async (who) => {
  const calls = badCalls()
  expect(calls.length).toBeGreaterThan(500)
  expect(await faultsOf(calls, () => STRANGERS[who] ?? {})).toEqual([])
  expect(errorsInLog()).toEqual([])
})

test('every procedure refuses bad input from an administrator who is signed in', async () => {
  const client = createTestClient(product.url)
  const { email } = await client.signUp()
  const cookieHeader = () => ({
    cookie: [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
  })
  // It takes no input, so that whatever comes with it, the account is off.
  const calls = badCalls().filter(({ path }) => path !== 'users.deactivateMe')
  const own = calls.filter(({ path }) => !path.startsWith('auth.'))
  expect(await faultsOf(own, cookieHeader)).toEqual([])
  // These may end the session, so that nothing could be asked after them.
  expect(
    await faultsOf(
      calls.filter(({ path }) => path.startsWith('auth.')),
      cookieHeader,
    ),
  ).toEqual([])
  expect(errorsInLog()).toEqual([])
  // So many tries have blocked this address, which blocks nobody elsewhere: the account is as it was.
  const elsewhere = await client.fetch('/trpc/auth.login', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.7' },
    body: JSON.stringify({ email, password: TEST_PASSWORD }),
  })
  expect(await elsewhere.json()).toMatchObject({ result: { data: { user: { email } } } })
})

test('requests that are no calls are refused in the same shape', async () => {
  const requests: [string, RequestInit][] = [
    ['/trpc/', {}],
    ['/trpc/nonsense', {}],
    ['/trpc/__proto__', {}],
    ['/trpc/constructor.prototype', {}],
    ['/trpc/auth.__proto__', {}],
    ['/trpc/auth.me%00', {}],
    ['/trpc/%', {}],
    ['/trpc/..%2f..%2fetc%2fpasswd', {}],
    [`/trpc/${'a'.repeat(5_000)}`, {}],
    ['/trpc/auth.me?batch=1&input=[1]', {}],
    ['/trpc/auth.me?batch=2', {}],
    ['/trpc/auth.me?batch=1&batch=1', {}],
    ['/trpc/auth.me?input=1&input=2', {}],
    [`/trpc/${Array(11).fill('auth.me').join(',')}?batch=1`, {}],
    ['/trpc/auth.me,auth.login?batch=1', {}],
    ['/trpc/auth.login', {}],
    ['/trpc/auth.me', { method: 'POST', body: '{}' }],
    ['/trpc/auth.login', { method: 'PUT', body: '{}' }],
    ['/trpc/auth.login', { method: 'DELETE' }],
    ['/trpc/auth.login', { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } }],
    [
      '/trpc/auth.login',
      { method: 'POST', body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
    [
      '/trpc/auth.login',
      { method: 'POST', body: 'x', headers: { 'content-type': 'application/octet-stream' } },
    ],
    ['/trpc/auth.login', { method: 'POST', body: new FormData() }],
    ['/trpc/auth.login', { method: 'POST', body: new Uint8Array([0xff, 0xfe, 0x00, 0xc0]) }],
    ['/trpc/auth.login', { method: 'POST', body: '{}', headers: { 'sec-fetch-site': 'cross-site' } }],
    ['/api/nothing', {}],
    ['/assets/../../package.json', {}],
    ['/assets/%2e%2e/%2e%2e/package.json', {}],
    ['/%c0%ae%c0%ae/package.json', {}],
  ]
  for (const [path, init] of requests) {
    const headers = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', ...init.headers }
    if (init.body instanceof FormData) Reflect.deleteProperty(headers, 'content-type')
    const response = await fetch(product.url + path, { ...init, headers })
    const { status } = response
    expect({ path, status, isRefused: status >= 400 && status < 500 }).toMatchObject({
      path,
      isRefused: true,
    })
    if (!path.includes('batch=1'))
      expect({ path, fault: await faultOf(response) }).toEqual({ path, fault: null })
  }
  expect(errorsInLog()).toEqual([])
})
