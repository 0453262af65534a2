import { describe, expect, test, vi } from 'vitest'
import { amount, printTable, share, usd } from './output.ts'

test('a table lets no word of others steer the terminal', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const rows = [{ name: 'a\u001b[2Jb\u009b1mc\rd' }]
  printTable({ rows, empty: '', columns: [{ title: 'NAME', value: (row) => row.name }] })
  const [text] = log.mock.calls[0] ?? []
  log.mockRestore()
  expect(text).toContain('a·[2Jb·1mc·d')
  expect(text).not.toMatch(/[^\P{Cc}\n]/u)
})

describe('figures', () => {
  test.each([
    ['0', '$0.00'],
    ['26382.355678', '$26,382.36'],
    ['0.00036', '$0.00036'],
    ['-1234567.8', '-$1,234,567.80'],
    ['123456789012345678901234567890.129', '$123,456,789,012,345,678,901,234,567,890.13'],
  ])('%s dollars read as in the web application: %s', (value, shown) => {
    expect(usd(value)).toBe(shown)
  })

  test('an amount never reads as more than there is', () => {
    expect([amount('1.99999999'), amount('1234.56789')]).toEqual(['1.999999', '1,234.5678'])
  })

  test('nothing stays nothing', () => {
    expect([usd(null), share(null)]).toEqual([null, null])
  })
})
