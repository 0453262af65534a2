import * as argon2 from '@node-rs/argon2'
import { afterEach, expect, test, vi } from 'vitest'
import {
  dummyVerify,
  hashPassword,
  MIN_PASSWORD_PARAMS,
  type PasswordParams,
  passwordNeedsRehash,
  verifyPassword,
} from './password.ts'

/** The real functions, watched: a module's exports cannot be watched in place. */
vi.mock('@node-rs/argon2', async (importOriginal) => {
  const actual = await importOriginal<typeof import('@node-rs/argon2')>()
  return { ...actual, hash: vi.fn(actual.hash), verify: vi.fn(actual.verify) }
})
const verify = vi.mocked(argon2.verify)
const hash = vi.mocked(argon2.hash)
afterEach(() => vi.clearAllMocks())

/** Everything of a PHC string that the work depends on: algorithm, version, cost, and the two lengths. */
function costOf(encoded: string | Uint8Array): string {
  const parts = String(encoded).split('$')
  return [...parts.slice(1, 4), ...parts.slice(4).map((part) => part.length)].join(' ')
}

test.each<PasswordParams>([MIN_PASSWORD_PARAMS, { memoryKib: 20_480, passes: 3, lanes: 2 }])(
  'a dummy does the very work of a real check at the current cost (%o), and is never right',
  async (params) => {
    const real = await hashPassword('violet canoe', params)
    hash.mockClear()
    expect(await verifyPassword(real, 'wrong')).toBe(false)
    expect(await dummyVerify('wrong', params)).toBe(false)

    expect(hash).not.toHaveBeenCalled()
    expect(verify).toHaveBeenCalledTimes(2)
    const [[checked, typed] = [], [dummy, typedAtDummy] = []] = verify.mock.calls
    expect(costOf(dummy ?? '')).toBe(costOf(checked ?? ''))
    expect(passwordNeedsRehash(String(dummy), params)).toBe(false)
    expect(typedAtDummy).toBe(typed)
  },
)

test('each dummy is another hash, of no password', async () => {
  await dummyVerify('', MIN_PASSWORD_PARAMS)
  await dummyVerify('', MIN_PASSWORD_PARAMS)
  const [first, second] = verify.mock.calls.map(([encoded]) => String(encoded))
  expect(first).not.toBe(second)
})
