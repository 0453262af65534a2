import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createTotpSecret,
  fromBase32,
  matchTotpStep,
  otpauthUrl,
  toBase32,
  totpCode,
  totpStep,
} from './totp.ts'

/** RFC 6238, appendix B, and RFC 4226, appendix D, have the same one. */
const secret = Buffer.from('12345678901234567890')

function at(seconds: number): Date {
  return new Date(seconds * 1000)
}

describe('the codes', () => {
  it.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('are those of RFC 6238 at second %i', (seconds, code) => {
    expect(totpCode({ secret, step: totpStep(at(seconds)), digits: 8 })).toBe(code)
  })

  it('are those of RFC 4226 for the first ten counts', () => {
    const codes = Array.from({ length: 10 }, (_, step) => totpCode({ secret, step }))
    expect(codes).toEqual([
      ...['755224', '287082', '359152', '969429', '338314'],
      ...['254676', '287922', '162583', '399871', '520489'],
    ])
  })
})

describe('a typed code', () => {
  const now = at(1_234_567_890)
  const current = totpStep(now)

  it('counts for its step and the ones beside it, and for none further', () => {
    const found = [-2, -1, 0, 1, 2].map((drift) => {
      const code = totpCode({ secret, step: current + drift })
      return matchTotpStep({ secret, code, now, after: null })
    })
    expect(found).toEqual([null, current - 1, current, current + 1, null])
  })

  it('does not count when it or a later one was taken', () => {
    const code = totpCode({ secret, step: current })
    const found = [current - 1, current, current + 1].map((after) =>
      matchTotpStep({ secret, code, now, after }),
    )
    expect(found).toEqual([current, null, null])
  })

  it('counts though a clock that was ahead has noted a step that cannot have come', () => {
    const code = totpCode({ secret, step: current })
    const found = [current + 2, current + 5_760].map((after) => matchTotpStep({ secret, code, now, after }))
    expect(found).toEqual([current, current])
  })

  it('is text of six digits or wrong', () => {
    for (const code of ['', '0', '12345', '1234567', 'aaaaaa', '１２３４５６']) {
      expect(matchTotpStep({ secret, code, now, after: null })).toBeNull()
    }
  })
})

describe('base32', () => {
  it('is that of RFC 4648', () => {
    const texts = ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => toBase32(Buffer.from(text)))
    expect(texts).toEqual(['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI'])
  })

  it('reads back whatever it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(fromBase32(toBase32(bytes))).toEqual(bytes)
      }),
    )
  })

  it('refuses other characters', () => {
    for (const text of ['a', 'A1', 'A=', 'A A']) expect(() => fromBase32(text)).toThrow(TypeError)
  })
})

it('a new secret has 160 bits and is another one each time', () => {
  const [first, second] = [createTotpSecret(), createTotpSecret()]
  expect(fromBase32(first)).toHaveLength(20)
  expect(first).not.toBe(second)
})

it('the address for the app names account and issuer, whatever characters they have', () => {
  const url = new URL(otpauthUrl({ secret: 'ABC', account: 'a+b&c=d#e@example.org' }))
  expect(decodeURIComponent(url.pathname)).toBe('/OpenTrade:a+b&c=d#e@example.org')
  expect(Object.fromEntries(url.searchParams)).toEqual({
    ...{ secret: 'ABC', issuer: 'OpenTrade', algorithm: 'SHA1', digits: '6', period: '30' },
  })
})
