import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupEntries } from './group-entries.ts'

function entry(seq: number, isOpening: boolean) {
  const actor = isOpening ? 'job:wallet.sync' : 'session:1'
  const action = isOpening ? 'vault.opened' : 'auth.signed-in'
  return { seq: String(seq), at: '', actor, action, target: null, detail: {}, ip: null, hash: '' }
}

describe('grouping', () => {
  it('keeps every entry once and in order', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), (openings) => {
        const entries = openings.map((isOpening, index) => entry(index, isOpening))
        const lines = groupEntries(entries)
        expect(lines.flatMap((line) => (line.kind === 'entry' ? [line.entry] : line.entries))).toEqual(
          entries,
        )
      }),
    )
  })

  it('takes together what follows one another, and leaves a single opening alone', () => {
    const lines = groupEntries(
      [true, true, true, false, true].map((isOpening, index) => entry(index, isOpening)),
    )
    expect(lines.map((line) => (line.kind === 'entry' ? 1 : line.entries.length))).toEqual([3, 1, 1])
  })

  it('leaves openings that a person asked for alone', () => {
    const asked = { ...entry(1, true), actor: 'session:1' }
    expect(groupEntries([asked, asked]).map((line) => line.kind)).toEqual(['entry', 'entry'])
  })
})
