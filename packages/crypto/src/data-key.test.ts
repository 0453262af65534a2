import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { createDataKey, type DataKey, dataKeyContext, MAX_ENCRYPTIONS, openDataKey } from './data-key.ts'
import type { FieldAad } from './field-aad.ts'
import { localRootKeys } from './local-root-keys.ts'
import { NONCE_BYTES } from './nonce.ts'
import { NONCE_OFFSET, RECORD_OVERHEAD, readRecordHeader } from './record.ts'
import type { RootKeyProvider } from './root-key.ts'
import { refusal } from './testing/refusal.ts'

const provider = localRootKeys({ name: 'env', current: 'a', keys: new Map([['a', randomBytes(32)]]) })
const owner = { deploymentId: 'deployment-1', userId: randomUUID(), dataKeyId: randomUUID() }
const place: FieldAad = {
  deploymentId: owner.deploymentId,
  table: 'user_api_keys',
  rowId: randomUUID(),
  userId: owner.userId,
  exchangeId: 'kraken',
  field: 'api_secret_encrypted',
  secretVersion: 1,
}
const secret = Buffer.from('0123456789abcdef0123456789abcdef')

let dataKey: DataKey
beforeAll(async () => {
  dataKey = (await createDataKey({ provider, ...owner })).dataKey
})

function codeOf(run: () => unknown): unknown {
  try {
    run()
    return 'nothing was refused'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
const anyPlace = fc
  .record({
    table: text,
    rowId: text,
    exchangeId: fc.oneof(text, fc.constant('')),
    field: text,
    secretVersion: fc.nat(),
  })
  .map((part): FieldAad => ({ ...place, ...part }))

describe('a sealed field', () => {
  test('opens at its place, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), anyPlace, (plaintext, aad) => {
        const record = dataKey.seal(plaintext, aad)
        expect(record.length).toBe(plaintext.length + RECORD_OVERHEAD)
        expect(Buffer.from(dataKey.open(record, aad))).toEqual(Buffer.from(plaintext))
      }),
    )
  })

  test('opens at no other place', () => {
    fc.assert(
      fc.property(anyPlace, anyPlace, (aad, other) => {
        fc.pre(JSON.stringify(aad) !== JSON.stringify(other))
        const record = dataKey.seal(secret, aad)
        expect(() => dataKey.open(record, other)).toThrow(refusal('RECORD_REFUSED'))
      }),
    )
  })

  test.each([
    { table: 'user_api_keyz' },
    { rowId: randomUUID() },
    { exchangeId: 'binance' },
    { exchangeId: '' },
    { field: 'api_key_encrypted' },
    { secretVersion: 2 },
    { secretVersion: 0 },
    { table: 'user_api_key', rowId: `s${place.rowId}` },
  ])('is refused after a move: %o', (changed) => {
    const record = dataKey.seal(secret, place)
    expect(() => dataKey.open(record, { ...place, ...changed })).toThrow(refusal('RECORD_REFUSED'))
  })

  test('is refused for another user and in another deployment, even under the same raw key', async () => {
    const raw = randomBytes(32)
    const fixed: RootKeyProvider = {
      ...provider,
      generate: async ({ context }) => ({
        plaintext: Uint8Array.from(raw),
        ...(await provider.wrap({ plaintext: raw, context })),
      }),
    }
    const mine = (await createDataKey({ provider: fixed, ...owner })).dataKey
    const record = mine.seal(secret, place)
    for (const changed of [{ userId: randomUUID() }, { deploymentId: 'deployment-2' }]) {
      const theirs = (await createDataKey({ provider: fixed, ...owner, ...changed })).dataKey
      expect(() => theirs.open(record, { ...place, ...changed })).toThrow(refusal('RECORD_REFUSED'))
      expect(() => theirs.open(record, place)).toThrow(refusal('INPUT_INVALID'))
      expect(() => mine.open(record, { ...place, ...changed })).toThrow(refusal('INPUT_INVALID'))
      expect(() => mine.seal(secret, { ...place, ...changed })).toThrow(refusal('INPUT_INVALID'))
    }
  })

  test('is refused with any one bit flipped', () => {
    const record = dataKey.seal(secret, place)
    const codes = new Set<unknown>()
    for (let bit = 0; bit < record.length * 8; bit += 1) {
      const flipped = Uint8Array.from(record)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      codes.add(codeOf(() => dataKey.open(flipped, place)))
    }
    expect([...codes].sort()).toEqual(['DATA_KEY_MISMATCH', 'RECORD_MALFORMED', 'RECORD_REFUSED'])
  })

  test('is refused at every shorter and any longer length', () => {
    const record = dataKey.seal(secret, place)
    for (let length = 0; length < record.length; length += 1) {
      const expected = length < RECORD_OVERHEAD ? 'RECORD_MALFORMED' : 'RECORD_REFUSED'
      expect(codeOf(() => dataKey.open(record.subarray(0, length), place))).toBe(expected)
      expect(codeOf(() => dataKey.open(record.subarray(record.length - length), place))).not.toContain(
        'nothing',
      )
    }
    for (const extra of [1, 2, 16, 46, 1000]) {
      const longer = Buffer.concat([record, Buffer.alloc(extra)])
      expect(codeOf(() => dataKey.open(longer, place))).toBe('RECORD_REFUSED')
      expect(codeOf(() => dataKey.open(Buffer.concat([Buffer.alloc(extra), record]), place))).toBe(
        'RECORD_MALFORMED',
      )
    }
  })

  test('is refused in all 9,900 swaps among 100 rows, fields and users, even under the same raw key', async () => {
    const raw = randomBytes(32)
    const fixed: RootKeyProvider = {
      ...provider,
      generate: async ({ context }) => ({
        plaintext: Uint8Array.from(raw),
        ...(await provider.wrap({ plaintext: raw, context })),
      }),
    }
    const users = Array.from({ length: 5 }, () => randomUUID())
    const sealed = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const userId = users[index % 5] ?? ''
        const { dataKey: own } = await createDataKey({ provider: fixed, ...owner, userId })
        const [row, field, version] = [(index / 5) & 1, (index / 10) & 1, Math.floor(index / 20)]
        const at = { ...place, userId, rowId: `row-${row}`, field: `field-${field}`, secretVersion: version }
        return { own, at, record: own.seal(secret, at) }
      }),
    )
    const codes: Record<string, number> = {}
    for (const [from, { record }] of sealed.entries()) {
      for (const [to, { own, at }] of sealed.entries()) {
        if (from === to) continue
        const code = String(codeOf(() => own.open(record, at)))
        codes[code] = (codes[code] ?? 0) + 1
      }
    }
    expect(codes).toEqual({ RECORD_REFUSED: 9_900 })
  })

  test('names its format and data key in the header', () => {
    expect(readRecordHeader(dataKey.seal(secret, place))).toEqual({
      version: 1,
      suite: 1,
      dataKeyId: owner.dataKeyId,
    })
    expect(() => readRecordHeader(new Uint8Array(45))).toThrow(refusal('RECORD_MALFORMED'))
    expect(() => readRecordHeader(new Uint8Array(46))).toThrow(refusal('RECORD_MALFORMED'))
  })

  test('never repeats a nonce in 2^17 encryptions', () => {
    const nonces = new Set<string>()
    for (let count = 0; count < 2 ** 17; count += 1) {
      const { buffer, byteOffset } = dataKey.seal(secret, place)
      nonces.add(Buffer.from(buffer, byteOffset + NONCE_OFFSET, NONCE_BYTES).toString('latin1'))
    }
    expect(nonces.size).toBe(2 ** 17)
  })
})

describe('a malformed place', () => {
  test.each([
    { table: '' },
    { rowId: '' },
    { field: '' },
    { field: 'x'.repeat(513) },
    { rowId: '\ud800' },
    { rowId: 'row\udfff' },
    { secretVersion: -1 },
    { secretVersion: 1.5 },
    { secretVersion: 2 ** 32 },
    { secretVersion: Number.NaN },
  ])('is refused: %o', (changed) => {
    expect(() => dataKey.seal(secret, { ...place, ...changed })).toThrow(refusal('INPUT_INVALID'))
  })

  test('of the greatest length still fits', () => {
    const widest = '\u{ffff}'.repeat(512)
    const aad = {
      ...place,
      table: widest,
      rowId: widest,
      exchangeId: widest,
      field: widest,
      secretVersion: 2 ** 32 - 1,
    }
    expect(Buffer.from(dataKey.open(dataKey.seal(secret, aad), aad))).toEqual(secret)
  })
})

describe('a data key', () => {
  test('is the same after it was stored and opened', async () => {
    const created = await createDataKey({ provider, ...owner })
    const opened = await openDataKey({ provider, ...owner, record: created.record })
    const record = created.dataKey.seal(secret, place)
    expect(Buffer.from(opened.open(record, place))).toEqual(secret)
    expect(created.record).toMatchObject({ provider: 'env', rootKeyId: 'a' })
    expect(created.record.commitment.length).toBe(32)
  })

  test('does not open records of another data key, and says so', async () => {
    const other = await createDataKey({ provider, ...owner, dataKeyId: randomUUID() })
    expect(() => other.dataKey.open(dataKey.seal(secret, place), place)).toThrow(refusal('DATA_KEY_MISMATCH'))
  })

  test('with any bit of its commitment wrong is refused', async () => {
    const { record } = await createDataKey({ provider, ...owner })
    for (let bit = 0; bit < 256; bit += 1) {
      const commitment = Uint8Array.from(record.commitment)
      commitment[bit >> 3] = (commitment[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const opening = openDataKey({ provider, ...owner, record: { ...record, commitment } })
      await expect(opening).rejects.toThrow(refusal('DATA_KEY_COMMITMENT'))
    }
    const cut = openDataKey({ provider, ...owner, record: { ...record, commitment: new Uint8Array(0) } })
    await expect(cut).rejects.toThrow(refusal('DATA_KEY_COMMITMENT'))
  })

  test.each([{ userId: randomUUID() }, { deploymentId: 'deployment-2' }, { dataKeyId: randomUUID() }])(
    'is refused to another owner: %o',
    async (changed) => {
      const { record } = await createDataKey({ provider, ...owner })
      const opening = openDataKey({ provider, ...owner, ...changed, record })
      await expect(opening).rejects.toThrow(refusal('WRAPPED_KEY_REFUSED'))
    },
  )

  test('that a provider returns in a wrong length is refused', async () => {
    const { record } = await createDataKey({ provider, ...owner })
    const short: RootKeyProvider = { ...provider, unwrap: async () => new Uint8Array(16) }
    await expect(openDataKey({ provider: short, ...owner, record })).rejects.toThrow(
      refusal('WRAPPED_KEY_REFUSED'),
    )
  })

  test('lets nothing but its exhaustion past 2^20 fields, those of earlier runs included', async () => {
    const { record } = await createDataKey({ provider, ...owner })
    const worn = await openDataKey({ provider, ...owner, record, encryptions: MAX_ENCRYPTIONS - 2 })
    const last = [worn.seal(secret, place), worn.seal(secret, place)]
    expect(worn.encryptions).toBe(MAX_ENCRYPTIONS)
    expect(() => worn.seal(secret, place)).toThrow(refusal('DATA_KEY_EXHAUSTED'))
    expect(last.map((sealed) => Buffer.from(worn.open(sealed, place)))).toEqual([secret, secret])
    await expect(openDataKey({ provider, ...owner, record, encryptions: -1 })).rejects.toThrow(
      refusal('INPUT_INVALID'),
    )
  })

  test('seals and opens nothing once destroyed', async () => {
    const { dataKey: doomed } = await createDataKey({ provider, ...owner })
    const record = doomed.seal(secret, place)
    doomed.destroy()
    doomed.destroy()
    expect(() => doomed.seal(secret, place)).toThrow(refusal('KEY_DESTROYED'))
    expect(() => doomed.open(record, place)).toThrow(refusal('KEY_DESTROYED'))
  })

  test('is not minted when the provider fails: the error comes through', async () => {
    const failure = new Error('the provider is down')
    const down: RootKeyProvider = {
      ...provider,
      wrap: () => Promise.reject(failure),
      unwrap: () => Promise.reject(failure),
    }
    await expect(createDataKey({ provider: down, ...owner })).rejects.toBe(failure)
    const { record } = await createDataKey({ provider, ...owner })
    await expect(openDataKey({ provider: down, ...owner, record })).rejects.toBe(failure)
  })

  test('needs a UUID as its id', async () => {
    await expect(createDataKey({ provider, ...owner, dataKeyId: 'one' })).rejects.toThrow(
      refusal('INPUT_INVALID'),
    )
  })

  test('says under which context it is wrapped', () => {
    expect(dataKeyContext(owner)).toEqual({
      purpose: 'data-key',
      deploymentId: owner.deploymentId,
      ownerId: owner.userId,
      keyId: owner.dataKeyId,
    })
  })
})
