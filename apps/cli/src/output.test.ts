import { describe, expect, test, vi } from 'vitest'
import { printTable, usd } from './output.ts'

test('a table lets no word of others steer the terminal', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const rows = [{ name: 'a\u001b[2Jb\u009b1mc\rd' }]
  printTable({ rows, empty: '', columns: [{ title: 'NAME', value: (row) => row.name }] })
  const [text] = log.mock.calls[0] ?? []
  log.mockRestore()
  expect(text).toContain('a·[2Jb·1mc·d')
  expect(text).not.toMatch(/[^\P{Cc}\n]/u)
})

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
