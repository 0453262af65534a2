import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { localRootKeys } from './local-root-keys.ts'
import { rewrapKey, type WrapContext } from './root-key.ts'
import { refusal } from './testing/refusal.ts'
import { context, contexts, plaintext } from './testing/wrapping.ts'

const oldKey = randomBytes(32)
const newKey = randomBytes(32)
const before = localRootKeys({ name: 'env', current: 'old', keys: new Map([['old', oldKey]]) })
const staged = localRootKeys({
  name: 'env',
  current: 'old',
  keys: new Map([
    ['old', oldKey],
    ['new', newKey],
  ]),
})
const rotated = localRootKeys({
  name: 'env',
  current: 'new',
  keys: new Map([
    ['old', oldKey],
    ['new', newKey],
  ]),
})
const retired = localRootKeys({ name: 'env', current: 'new', keys: new Map([['new', newKey]]) })

describe('a wrapped key', () => {
  test('unwraps to what it was, for any context and length', async () => {
    const keys = fc.uint8Array({ minLength: 16, maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(contexts, keys, async (anyContext, key) => {
        const wrapped = await before.wrap({ plaintext: key, context: anyContext })
        const unwrapped = await before.unwrap({ ...wrapped, context: anyContext })
        expect(Buffer.from(unwrapped)).toEqual(Buffer.from(key))
      }),
    )
  })

  test.each<Partial<WrapContext>>([
    { purpose: 'signing-key' },
    { purpose: 'blind-index' },
    { deploymentId: 'e' },
    { ownerId: 'p' },
    { keyId: 'l' },
    { ownerId: 'ok', keyId: '' },
  ])('is refused in another context: %o', async (changed) => {
    const wrapped = await before.wrap({ plaintext, context })
    const unwrapping = before.unwrap({ ...wrapped, context: { ...context, ...changed } })
    await expect(unwrapping).rejects.toThrow(refusal('WRAPPED_KEY_REFUSED'))
  })

  test('is refused with any one bit flipped, cut or lengthened', async () => {
    const { rootKeyId, wrapped } = await before.wrap({ plaintext, context })
    const codes = new Set<string>()
    const damaged = [
      ...Array.from({ length: wrapped.length * 8 }, (_, bit) =>
        wrapped.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
      ),
      ...Array.from({ length: wrapped.length }, (_, length) => wrapped.slice(0, length)),
      Uint8Array.of(...wrapped, 0),
      new Uint8Array(10_000),
    ]
    for (const bytes of damaged) {
      const outcome = await before.unwrap({ rootKeyId, wrapped: bytes, context }).then(
        () => 'opened',
        (error: { code: string }) => error.code,
      )
      codes.add(outcome)
    }
    expect([...codes].sort()).toEqual(['ROOT_KEY_WRONG', 'WRAPPED_KEY_MALFORMED', 'WRAPPED_KEY_REFUSED'])
  })

  test('differs at each wrap of the same key', async () => {
    const [first, second] = [
      await before.wrap({ plaintext, context }),
      await before.wrap({ plaintext, context }),
    ]
    expect(Buffer.from(first.wrapped).equals(second.wrapped)).toBe(false)
  })

  test.each([0, 15, 4097])('cannot be of %i bytes', async (length) => {
    const wrapping = before.wrap({ plaintext: new Uint8Array(length), context })
    await expect(wrapping).rejects.toThrow(refusal('INPUT_INVALID'))
  })
})

describe('a root key', () => {
  test('that is not configured is named by the error', async () => {
    const wrapped = await before.wrap({ plaintext, context })
    const unwrapping = retired.unwrap({ ...wrapped, context })
    await expect(unwrapping).rejects.toThrow(refusal('ROOT_KEY_UNKNOWN'))
    await expect(unwrapping).rejects.toThrow('"old"')
  })

  test('that is another one under the same id is told from damaged bytes', async () => {
    const impostor = localRootKeys({ name: 'env', current: 'old', keys: new Map([['old', newKey]]) })
    const wrapped = await before.wrap({ plaintext, context })
    await expect(impostor.unwrap({ ...wrapped, context })).rejects.toThrow(refusal('ROOT_KEY_WRONG'))
  })

  test('cannot be asked to unwrap what names another', async () => {
    const { wrapped } = await rotated.wrap({ plaintext, context })
    const unwrapping = rotated.unwrap({ rootKeyId: 'old', wrapped, context })
    await expect(unwrapping).rejects.toThrow(refusal('WRAPPED_KEY_MALFORMED'))
  })

  test('is staged, made current and retired, and what it wrapped moves along', async () => {
    const first = await before.wrap({ plaintext, context })
    expect(await staged.currentKeyId()).toBe('old')
    expect((await rotated.wrap({ plaintext, context })).rootKeyId).toBe('new')
    expect(Buffer.from(await rotated.unwrap({ ...first, context }))).toEqual(plaintext)

    const moved = await rewrapKey({ from: rotated, to: rotated, item: { ...first, context } })
    expect(moved.rootKeyId).toBe('new')
    expect(Buffer.from(await staged.unwrap({ ...moved, context }))).toEqual(plaintext)
    expect(Buffer.from(await retired.unwrap({ ...moved, context }))).toEqual(plaintext)
  })

  test('is copied: the caller may zero its bytes', async () => {
    const bytes = randomBytes(32)
    const provider = localRootKeys({ name: 'env', current: 'a', keys: new Map([['a', bytes]]) })
    const wrapped = await provider.wrap({ plaintext, context })
    bytes.fill(0)
    expect(Buffer.from(await provider.unwrap({ ...wrapped, context }))).toEqual(plaintext)
  })

  test.each([
    { current: 'b', id: 'a', key: oldKey },
    { current: 'a', id: 'a', key: new Uint8Array(32) },
    { current: 'a', id: 'a', key: oldKey.subarray(1) },
    { current: 'a b', id: 'a b', key: oldKey },
    { current: '', id: '', key: oldKey },
    { current: 'a'.repeat(65), id: 'a'.repeat(65), key: oldKey },
  ])('is refused when malformed, zero or not there (case %#)', ({ current, id, key }) => {
    const make = () => localRootKeys({ name: 'env', current, keys: new Map([[id, key]]) })
    expect(make).toThrow(refusal('INPUT_INVALID'))
  })
})
