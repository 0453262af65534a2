import { describe, expect, test } from 'vitest'
import { usd } from './output.ts'

describe('usd', () => {
  test.each([
    ['0', '$0.00'],
    ['0.999', '$0.99'],
    ['1234.567', '$1,234.56'],
    ['-1234567.8', '-$1,234,567.80'],
    ['999', '$999.00'],
    ['1000', '$1,000.00'],
    ['123456789012345678901234567890.129', '$123,456,789,012,345,678,901,234,567,890.12'],
  ])('%s is %s: grouped, cut and never rounded up', (amount, shown) => {
    expect(usd(amount)).toBe(shown)
  })

  test('nothing stays nothing', () => {
    expect(usd(null)).toBeNull()
  })
})
