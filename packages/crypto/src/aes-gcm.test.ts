import { createCipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openWithNonce, sealWithNonce } from './aes-gcm.ts'
import { refusal } from './testing/refusal.ts'

const ZERO_KEY = '00'.repeat(32)
const KEY = 'feffe9928665731c6d6a8f9467308308'.repeat(2)
const NONCE = 'cafebabefacedbaddecaf888'
const PLAINTEXT =
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255'
const CIPHERTEXT =
  '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad'

/** The test cases of the GCM specification (McGrew and Viega, appendix B) with a 256-bit key and a 96-bit nonce. */
const SPECIFICATION_CASES = [
  {
    name: '13',
    key: ZERO_KEY,
    nonce: '00'.repeat(12),
    aad: '',
    plaintext: '',
    ciphertext: '',
    tag: '530f8afbc74536b9a963b4f1c4cb738b',
  },
  {
    name: '14',
    key: ZERO_KEY,
    nonce: '00'.repeat(12),
    aad: '',
    plaintext: '00'.repeat(16),
    ciphertext: 'cea7403d4d606b6e074ec5d3baf39d18',
    tag: 'd0d1c8a799996bf0265b98b5d48ab919',
  },
  {
    name: '15',
    key: KEY,
    nonce: NONCE,
    aad: '',
    plaintext: PLAINTEXT,
    ciphertext: CIPHERTEXT,
    tag: 'b094dac5d93471bdec1a502270e3cc6c',
  },
  {
    name: '16',
    key: KEY,
    nonce: NONCE,
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    plaintext: PLAINTEXT.slice(0, -8),
    ciphertext: CIPHERTEXT.slice(0, -8),
    tag: '76fc6ece0f4e1768cddf8853bb2d551b',
  },
]

const bytes = fc.uint8Array({ maxLength: 80 })
const sealing = fc.record({
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  nonce: fc.uint8Array({ minLength: 12, maxLength: 12 }),
  aad: bytes,
  plaintext: bytes,
})

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'))
}

interface Vector {
  id: string
  isValid: boolean
  place: { key: Uint8Array; nonce: Uint8Array; aad: Uint8Array }
  plaintext: Uint8Array
  sealed: Uint8Array
}

function readWycheproof(): Vector[] {
  const text = readFileSync(new URL('./testing/wycheproof-aes-256-gcm.txt', import.meta.url), 'utf8')
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const [id = '', result, ...fields] = line.split(' ')
    const [key, nonce, aad, plaintext, ciphertext, tag] = fields.map((field) => field.replace('-', ''))
    return {
      id,
      isValid: result === 'valid',
      place: { key: hex(key ?? ''), nonce: hex(nonce ?? ''), aad: hex(aad ?? '') },
      plaintext: hex(plaintext ?? ''),
      sealed: hex(`${ciphertext}${tag}`),
    }
  })
}

/** Multiplication in GF(2^128) as NIST SP 800-38D, 6.3 writes it, bit by bit. */
function multiply(left: bigint, right: bigint): bigint {
  let product = 0n
  let shifted = right
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    if ((left >> bit) & 1n) product ^= shifted
    shifted = shifted & 1n ? (shifted >> 1n) ^ (0xe1n << 120n) : shifted >> 1n
  }
  return product
}

function blocksOf(data: Uint8Array): bigint[] {
  const padded = Buffer.alloc(Math.ceil(data.length / 16) * 16)
  padded.set(data)
  return Array.from({ length: padded.length / 16 }, (_, index) =>
    BigInt(`0x${padded.toString('hex', index * 16, index * 16 + 16)}`),
  )
}

/** GCM from its definition, on nothing but AES of single blocks: SP 800-38D, 7.1. */
function referenceSeal(o: {
  key: Uint8Array
  nonce: Uint8Array
  aad: Uint8Array
  plaintext: Uint8Array
}): string {
  const encryptBlock = (block: Uint8Array) => {
    const cipher = createCipheriv('aes-256-ecb', o.key, null)
    return cipher.update(block).subarray(0, 16)
  }
  const keystream = (counter: number) =>
    encryptBlock(Buffer.concat([o.nonce, Uint8Array.of(0, 0, 0, counter)]))
  const ciphertext = o.plaintext.map((byte, index) => byte ^ (keystream(2 + (index >> 4))[index & 15] ?? 0))
  const [hashKey = 0n] = blocksOf(encryptBlock(new Uint8Array(16)))
  const lengths = (BigInt(o.aad.length * 8) << 64n) | BigInt(ciphertext.length * 8)
  const hash = [...blocksOf(o.aad), ...blocksOf(ciphertext), lengths].reduce(
    (state, block) => multiply(state ^ block, hashKey),
    0n,
  )
  const [mask = 0n] = blocksOf(keystream(1))
  return Buffer.from(ciphertext).toString('hex') + (hash ^ mask).toString(16).padStart(32, '0')
}

describe('AES-256-GCM', () => {
  test.each(SPECIFICATION_CASES)('gives what test case $name of the specification says', (vector) => {
    const place = { key: hex(vector.key), nonce: hex(vector.nonce), aad: hex(vector.aad) }
    const sealed = sealWithNonce({ ...place, plaintext: hex(vector.plaintext) })
    expect(Buffer.from(sealed).toString('hex')).toBe(vector.ciphertext + vector.tag)
    expect(Buffer.from(openWithNonce({ ...place, sealed })).toString('hex')).toBe(vector.plaintext)
  })

  test("agrees with all 66 of Wycheproof's vectors for a nonce of 96 bits and a tag of 128", () => {
    const vectors = readWycheproof()
    for (const { id, isValid, place, plaintext, sealed } of vectors) {
      const same = Buffer.from(sealWithNonce({ ...place, plaintext })).equals(sealed)
      expect([id, same]).toEqual([id, isValid])
      if (isValid)
        expect([id, Buffer.from(openWithNonce({ ...place, sealed }))]).toEqual([id, Buffer.from(plaintext)])
      else expect(() => openWithNonce({ ...place, sealed }), id).toThrow(refusal('RECORD_REFUSED'))
    }
    expect([vectors.length, vectors.filter(({ isValid }) => isValid).length]).toEqual([66, 39])
  })

  test('agrees with GCM computed from its definition', () => {
    fc.assert(
      fc.property(sealing, (o) => {
        expect(Buffer.from(sealWithNonce(o)).toString('hex')).toBe(referenceSeal(o))
      }),
      { numRuns: 40 },
    )
  })

  test('opens what it sealed, and nothing under another key, nonce or additional data', () => {
    fc.assert(
      fc.property(sealing, (o) => {
        const sealed = sealWithNonce(o)
        expect(Buffer.from(openWithNonce({ ...o, sealed }))).toEqual(Buffer.from(o.plaintext))
        const flip = (data: Uint8Array) => data.map((byte, index) => (index === 0 ? byte ^ 1 : byte))
        const longer = Uint8Array.of(...o.aad, 0)
        for (const changed of [{ key: flip(o.key) }, { nonce: flip(o.nonce) }, { aad: longer }]) {
          expect(() => openWithNonce({ ...o, ...changed, sealed })).toThrow(refusal('RECORD_REFUSED'))
        }
      }),
    )
  })

  const sample = { key: hex(KEY), nonce: hex(NONCE), aad: hex('01'), plaintext: hex(PLAINTEXT) }

  test.each([...Array(16).keys()])('refuses a right tag cut to %i bytes', (kept) => {
    const onlyTag = sealWithNonce({ ...sample, plaintext: new Uint8Array(0) })
    expect(() => openWithNonce({ ...sample, sealed: onlyTag.subarray(0, kept) })).toThrow(
      refusal('RECORD_MALFORMED'),
    )
    const cut = sealWithNonce(sample).subarray(0, sample.plaintext.length + kept)
    expect(() => openWithNonce({ ...sample, sealed: cut })).toThrow(refusal('RECORD_REFUSED'))
  })

  test('refuses every nonce that is not of 12 bytes', () => {
    for (const length of [0, 1, 2, 4, 6, 8, 10, 11, 13, 15, 16, 20, 32, 64, 128, 257]) {
      const nonce = new Uint8Array(length)
      expect(() => sealWithNonce({ ...sample, nonce })).toThrow(refusal('INPUT_INVALID'))
      expect(() => openWithNonce({ ...sample, nonce, sealed: sealWithNonce(sample) })).toThrow(
        refusal('INPUT_INVALID'),
      )
    }
  })

  test('refuses every key that is not of 32 bytes', () => {
    for (const length of [0, 16, 24, 31, 33, 64]) {
      const key = new Uint8Array(length)
      expect(() => sealWithNonce({ ...sample, key })).toThrow(refusal('INPUT_INVALID'))
      expect(() => openWithNonce({ ...sample, key, sealed: new Uint8Array(32) })).toThrow(
        refusal('INPUT_INVALID'),
      )
    }
  })
})
