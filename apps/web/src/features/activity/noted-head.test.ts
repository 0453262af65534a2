import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readNote, writeNote } from './noted-head.ts'

const head = fc.record({
  seq: fc.bigInt({ min: 1n, max: 10n ** 18n - 1n }).map(String),
  hash: fc.stringMatching(/^[0-9a-f]{64}$/),
})

describe('a noted head', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(head, (noted) => {
        expect(readNote(writeNote(noted))).toEqual(noted)
        expect(readNote(`  ${noted.seq} ${noted.hash.toUpperCase()}\n`)).toEqual(noted)
      }),
    )
  })

  it.each([
    '',
    '12',
    `0:${'a'.repeat(64)}`,
    `12:${'a'.repeat(63)}`,
    `12:${'g'.repeat(64)}`,
    `-1:${'a'.repeat(64)}`,
  ])('is not %j', (text) => {
    expect(readNote(text)).toBeNull()
  })
})
