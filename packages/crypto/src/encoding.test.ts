import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesToUuid, encodeParts, uuidToBytes } from './encoding.ts'

function decodeParts(joined: Uint8Array): string[] {
  const view = new DataView(joined.buffer, joined.byteOffset, joined.length)
  const parts: string[] = []
  let offset = 0
  while (offset < joined.length) {
    const end = offset + 4 + view.getUint32(offset)
    parts.push(new TextDecoder().decode(joined.subarray(offset + 4, end)))
    offset = end
  }
  return parts
}

describe('encodeParts', () => {
  test('can be read back, so that no two lists give the same bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (parts) => {
        expect(decodeParts(encodeParts(parts))).toEqual(parts)
      }),
    )
  })

  test('tells apart where one part ends and the next begins', () => {
    expect(encodeParts(['ab', 'c'])).not.toEqual(encodeParts(['a', 'bc']))
    expect(encodeParts(['a', ''])).not.toEqual(encodeParts(['', 'a']))
    expect(encodeParts(['a'])).not.toEqual(encodeParts(['a', '']))
  })

  test('refuses half a surrogate pair, which UTF-8 would make equal to another', () => {
    expect(() => encodeParts(['\ud800'])).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }))
  })
})

describe('UUIDs', () => {
  test('survive the way to bytes and back', () => {
    fc.assert(fc.property(fc.uuid(), (uuid) => bytesToUuid(uuidToBytes(uuid)) === uuid))
  })

  test.each([
    '0195F1B0-7C00-7000-8000-00000000000A',
    '0195f1b07c0070008000000000000000a',
    '{0195f1b0-7c00-7000-8000-00000000000a}',
    '0195f1b0-7c00-7000-8000-00000000000a\n',
    '',
  ])('have one spelling: %j is refused', (text) => {
    expect(() => uuidToBytes(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }))
  })
})
