import { expect, test } from 'vitest'
import { NONCE_BYTES, writeNonce } from './nonce.ts'

test('of 2^17 nonces no two are equal', () => {
  const seen = new Set<string>()
  const nonce = Buffer.alloc(NONCE_BYTES)
  for (let count = 0; count < 2 ** 17; count += 1) {
    writeNonce(nonce, 0)
    seen.add(nonce.toString('latin1'))
  }
  expect(seen.size).toBe(2 ** 17)
})

test('a nonce is written to its place and nowhere else', () => {
  const target = new Uint8Array(NONCE_BYTES + 8)
  writeNonce(target, 4)
  expect([...target.subarray(0, 4), ...target.subarray(4 + NONCE_BYTES)]).toEqual(Array(8).fill(0))
  expect(target.subarray(4, 4 + NONCE_BYTES).some((byte) => byte !== 0)).toBe(true)
})
