import { expect, it } from 'vitest'
import { readEnv } from '../env.ts'
import { requireOwnOrigin } from './own-origin.ts'

function originOf(o: { publicUrl: string | null; origin: string }): string {
  const env = { ...readEnv({}), publicUrl: o.publicUrl }
  return requireOwnOrigin({ services: { env }, request: o })
}

it('is PUBLIC_URL, whatever a request says', () => {
  const publicUrl = 'https://trade.example.org:8443'
  expect(originOf({ publicUrl, origin: 'http://evil.example' })).toBe(publicUrl)
})

it.each(['http://localhost:3000', 'http://a.localhost', 'http://127.0.0.1:3000', 'http://[::1]:3000'])(
  'is the page’s own on this machine: %s',
  (origin) => {
    expect(originOf({ publicUrl: null, origin })).toBe(origin)
  },
)

it.each([
  'http://evil.example',
  'https://trade.example.org',
  'http://127.0.0.1.evil.example',
  'http://localhost.evil.example',
  'http://192.168.1.7:3000',
  'nonsense',
])('is nothing at %s without PUBLIC_URL, which is said with what to do', (origin) => {
  expect(() => originOf({ publicUrl: null, origin })).toThrow(/PUBLIC_URL/)
})
