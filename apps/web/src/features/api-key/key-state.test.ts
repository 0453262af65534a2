import { describe, expect, it } from 'vitest'
import { keyStateOf, refusalTimes } from './key-state.ts'

const formats = {
  clock: (at: string | Date) => `${at}`.slice(11, 16),
  dateTime: (at: string | Date) => `${at}`,
}
const refusedSince = '2026-01-10T10:01:00Z'

describe('keyStateOf', () => {
  it.each([
    [{ isValid: null, refusedSince: null }, 'unchecked'],
    [{ isValid: true, refusedSince: null }, 'valid'],
    [{ isValid: true, refusedSince }, 'refused'],
    [{ isValid: null, refusedSince }, 'refused'],
    [{ isValid: false, refusedSince }, 'invalid'],
  ] as const)('%j is %s', (key, state) => {
    expect(keyStateOf(key)).toBe(state)
  })
})

describe('refusalTimes', () => {
  const key = {
    exchangeName: 'Kraken',
    checkedAt: '2026-01-10T10:02:00Z',
    nextCheckAt: '2026-01-10T10:07:00Z',
  }

  it('says when a key was refused and when it is checked again', () => {
    expect(refusalTimes({ ...key, isValid: true, refusedSince }, formats)).toBe(
      'Kraken refused this key at 10:02. Checking again at 10:07.',
    )
    expect(refusalTimes({ ...key, isValid: false, refusedSince }, formats)).toBe(
      'Kraken has refused this key since 2026-01-10T10:01:00Z. Checking again at 10:07.',
    )
  })

  it('says nothing of a key whose last answer was good', () => {
    expect(refusalTimes({ ...key, isValid: true, refusedSince: null }, formats)).toBeNull()
  })
})
