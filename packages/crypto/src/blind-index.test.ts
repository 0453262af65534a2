import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blindIndex, deriveBlindIndexKey } from './blind-index.ts'

const secret = randomBytes(32)
const key = deriveBlindIndexKey({ secret, deploymentId: 'd' })

function fingerprint(parts: readonly [string, string, string], withKey = key): string {
  const [userId, exchangeId, apiKey] = parts
  return Buffer.from(blindIndex({ key: withKey, userId, exchangeId, apiKey })).toString('hex')
}

test('is equal for equal parts and no others, wherever one part ends', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'b', '\0'), maxLength: 4 })
  const parts = fc.tuple(part, part, part)
  fc.assert(
    fc.property(parts, parts, (left, right) => {
      expect(fingerprint(left) === fingerprint(right)).toBe(JSON.stringify(left) === JSON.stringify(right))
    }),
  )
})

test('has 32 bytes, and tells nothing across users, secrets and deployments', () => {
  const parts = ['user', 'kraken', 'API'] as const
  const others = [
    fingerprint(['other user', 'kraken', 'API']),
    fingerprint(parts, deriveBlindIndexKey({ secret, deploymentId: 'e' })),
    fingerprint(parts, deriveBlindIndexKey({ secret: randomBytes(32), deploymentId: 'd' })),
  ]
  expect(fingerprint(parts)).toHaveLength(64)
  expect(others).not.toContain(fingerprint(parts))
  expect(new Set(others).size).toBe(3)
})

test.each([0, 16, 31, 33, 64])('needs a secret of 32 bytes: %i are refused', (length) => {
  const derive = () => deriveBlindIndexKey({ secret: new Uint8Array(length), deploymentId: 'd' })
  expect(derive).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }))
})
