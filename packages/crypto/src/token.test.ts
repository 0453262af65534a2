import { expect, test } from 'vitest'
import { constantTimeEqual, hashToken, randomToken } from './token.ts'

test('tokens are of 256 bits in base64url unless told, and never equal', () => {
  const tokens = new Set(Array.from({ length: 10_000 }, () => randomToken()))
  expect(tokens.size).toBe(10_000)
  for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(randomToken(16)).toHaveLength(22)
})

test.each([0, 15, 1025, 16.5, Number.NaN, -32])('a token of %d bytes is refused', (bytes) => {
  expect(() => randomToken(bytes)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }))
})

test("a token's hash is SHA-256 (FIPS 180-4, example of one block)", () => {
  expect(Buffer.from(hashToken('abc')).toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})

test('equality is that of the bytes; lengths that differ are unequal and no error', () => {
  const bytes = Uint8Array.of(1, 2, 3)
  expect(constantTimeEqual(bytes, Buffer.from([1, 2, 3]))).toBe(true)
  expect(constantTimeEqual(bytes, Uint8Array.of(1, 2, 4))).toBe(false)
  expect(constantTimeEqual(bytes, Uint8Array.of(1, 2))).toBe(false)
  expect(constantTimeEqual(new Uint8Array(0), new Uint8Array(0))).toBe(true)
})
