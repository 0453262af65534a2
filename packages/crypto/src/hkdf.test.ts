import { hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hkdf32 } from './hkdf.ts'

test("gives what Node's own gives, for any secret, salt and names", () => {
  const bytes = fc.uint8Array({ maxLength: 200 })
  const infos = fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { maxLength: 3 })
  fc.assert(
    fc.property(bytes, bytes, infos, (secret, salt, names) => {
      const expected = names.map((info) => Buffer.from(hkdfSync('sha512', secret, salt, info, 32)))
      expect(hkdf32({ secret, salt, infos: names })).toEqual(expected)
    }),
  )
})
