import { describe, expect, it } from 'vitest'
import { rightLines } from './right-lines.ts'

const rights = {
  read: 'yes',
  trade: 'no',
  withdraw: 'yes',
  transfer: 'unverified',
  ipRestricted: 'no',
  expiresAt: null,
} as const

describe('a rights card', () => {
  const byName = new Map(rightLines(rights).map((line) => [line.name, line]))

  it('calls the right to withdraw bad, and its absence good', () => {
    expect(byName.get('Withdraw')?.good).toBe(false)
    const safe = rightLines({ ...rights, withdraw: 'no' }).find((line) => line.name === 'Withdraw')
    expect(safe?.good).toBe(true)
  })

  it('judges nothing that could not be asked', () => {
    expect(byName.get('Transfer')).toMatchObject({ state: 'unverified', good: null })
  })

  it('leaves trading to its purpose', () => {
    expect(byName.get('Trade')?.good).toBeNull()
  })
})
