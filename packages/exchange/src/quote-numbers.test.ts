import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoteNumbers } from './quote-numbers.ts'

function withQuotedNumbers(value: unknown): unknown {
  if (typeof value === 'number') return JSON.stringify(value)
  if (Array.isArray(value)) return value.map(withQuotedNumbers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withQuotedNumbers(part)]))
}

describe('quoteNumbers', () => {
  it('keeps every digit that a number of JavaScript would lose', () => {
    const json = '{"a":1000000.000000000000000001,"b":[-0.1e-18,123456789012345678901234567890],"c":1E+5}'
    expect(JSON.parse(quoteNumbers(json))).toEqual({
      a: '1000000.000000000000000001',
      b: ['-0.1e-18', '123456789012345678901234567890'],
      c: '1E+5',
    })
  })

  it('leaves strings alone, whatever stands in them', () => {
    const value = { 'key 1': 'a":1,"b', path: 'C:\\1\\', quoted: '"12"', number: '12' }
    expect(JSON.parse(quoteNumbers(JSON.stringify(value)))).toEqual(value)
  })

  it('changes nothing but numbers in any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value)
        // Through JSON once more, since it has no negative zero.
        expect(JSON.parse(quoteNumbers(json))).toEqual(withQuotedNumbers(JSON.parse(json)))
      }),
    )
  })

  it('turns what is no JSON into no JSON', () => {
    for (const text of ['<html>1</html>', '{"a":[1,', ''])
      expect(() => JSON.parse(quoteNumbers(text))).toThrow()
  })
})
