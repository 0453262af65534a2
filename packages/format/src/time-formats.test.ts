import { describe, expect, it } from 'vitest'
import { timeFormats } from './time-formats.ts'

const english = timeFormats('en-US', 'UTC')
const german = timeFormats('de-DE', 'Europe/Berlin')

describe('times', () => {
  const now = new Date('2026-01-10T12:00:00Z')

  it.each([
    ['2026-01-10T11:59:57Z', 'now'],
    ['2026-01-10T11:59:20Z', '40 seconds ago'],
    ['2026-01-10T11:57:00Z', '3 minutes ago'],
    ['2026-01-10T09:00:00Z', '3 hours ago'],
    ['2026-01-09T11:00:00Z', 'yesterday'],
    ['2026-01-12T12:00:00Z', 'in 2 days'],
    ['2025-06-10T12:00:00Z', '7 months ago'],
    ['2023-01-01T12:00:00Z', '3 years ago'],
    ['2026-04-10T11:59:58Z', 'in 3 months'],
  ])('at %s were %s', (at, words) => {
    expect(english.relative(at, now)).toBe(words)
  })

  it('stand in the time zone of the person', () => {
    expect(german.clock('2026-01-10T23:30:00Z')).toBe('00:30')
    expect(english.clock('2026-01-10T23:30:00Z')).toMatch(/^11:30.PM$/)
  })

  it('keep to English words, as the sentences around them do', () => {
    expect(german.relative('2026-01-10T11:57:00Z', now)).toBe('3 minutes ago')
  })
})
