import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apiTokenHint, createApiTokenText, isApiTokenText } from './api-token-text.ts'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

describe('the text of an API token', () => {
  it('is ot_, 30 base62 digits and the CRC-32 of all that in 6', () => {
    for (let round = 0; round < 200; round += 1) {
      const token = createApiTokenText()
      expect(token).toMatch(/^ot_[0-9A-Za-z]{36}$/)
      const checksum = [...token.slice(-6)].reduce((sum, digit) => sum * 62 + DIGITS.indexOf(digit), 0)
      expect(checksum).toBe(crc32(token.slice(0, -6)))
      expect(isApiTokenText(token)).toBe(true)
      expect(token.slice(0, -6).endsWith(apiTokenHint(token))).toBe(true)
    }
  })

  it('uses each digit about as often as any other', () => {
    const counts = new Map<string, number>()
    for (let round = 0; round < 2_000; round += 1) {
      for (const digit of createApiTokenText().slice(3, 33)) counts.set(digit, (counts.get(digit) ?? 0) + 1)
    }
    expect(counts.size).toBe(62)
    const expected = (2_000 * 30) / 62
    // Chi-square with 61 degrees of freedom: above 130 once in a million runs.
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(chi).toBeLessThan(130)
  })

  it('is refused with any one character changed, cut, or added to', () => {
    const token = createApiTokenText()
    fc.assert(
      fc.property(fc.nat({ max: 38 }), fc.constantFrom(...DIGITS, ' ', '\n', '-', 'é'), (at, character) => {
        fc.pre(token[at] !== character)
        expect(isApiTokenText(token.slice(0, at) + character + token.slice(at + 1))).toBe(false)
      }),
    )
    for (const other of [
      '',
      'ot_',
      token.slice(1),
      token.slice(0, -1),
      `${token}0`,
      ` ${token}`,
      `${token}\n`,
    ]) {
      expect(isApiTokenText(other)).toBe(false)
    }
  })
})
