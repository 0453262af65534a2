import { describe, expect, test } from 'vitest'
import {
  checkPasswordParams,
  DEFAULT_PASSWORD_PARAMS,
  dummyVerify,
  hashPassword,
  MIN_PASSWORD_PARAMS,
  passwordNeedsRehash,
  verifyPassword,
} from './password.ts'
import { createPasswordHasher } from './password-hasher.ts'
import { refusal } from './testing/refusal.ts'

const PHRASE = 'violet canoe argues with a lamp'

/** Of the reference implementation's own tests: Argon2id, version 19, t = 2, p = 1, "password", "somesalt". */
const REFERENCE = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'

function hashAtFloor(password: string) {
  return hashPassword(password, MIN_PASSWORD_PARAMS)
}

describe('a password hash', () => {
  test('verifies for its password alone', async () => {
    const hash = await hashAtFloor(PHRASE)
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(await verifyPassword(hash, PHRASE)).toBe(true)
    for (const wrong of [`${PHRASE} `, PHRASE.slice(1), PHRASE.toUpperCase(), '', `${PHRASE}\0`]) {
      expect(await verifyPassword(hash, wrong)).toBe(false)
    }
  })

  test('has the stated default cost', async () => {
    expect(await hashPassword(PHRASE)).toContain('$argon2id$v=19$m=65536,t=3,p=1$')
  })

  test('of the reference implementation verifies', async () => {
    expect(await verifyPassword(REFERENCE, 'password')).toBe(true)
    expect(await verifyPassword(REFERENCE, 'passwort')).toBe(false)
  })

  test('differs each time, by its salt', async () => {
    expect(await hashAtFloor(PHRASE)).not.toBe(await hashAtFloor(PHRASE))
  })

  test('counts every character of the longest password, zero bytes too', async () => {
    const longest = `${'\u{1f511}'.repeat(254)}\0a`
    const hash = await hashAtFloor(longest)
    expect(await verifyPassword(hash, longest)).toBe(true)
    expect(await verifyPassword(hash, `${longest.slice(0, -1)}b`)).toBe(false)
    expect(await verifyPassword(hash, longest.slice(0, -2))).toBe(false)
    await expect(hashAtFloor(`${longest}!`)).rejects.toThrow(refusal('PASSWORD_TOO_LONG'))
  })

  test('is the same for the same text composed otherwise or typed in full width', async () => {
    const hash = await hashAtFloor('Crème brûlée 2 go!!')
    expect(await verifyPassword(hash, 'Cre\u0300me bru\u0302le\u0301e 2 go!!')).toBe(true)
    expect(await verifyPassword(hash, 'Crème brûlée \uff12 go!!')).toBe(true)
    expect(await verifyPassword(hash, 'Creme brulee 2 go!!')).toBe(false)
  })

  test('is not made of half a surrogate pair, nor opened by one', async () => {
    await expect(hashAtFloor(`${PHRASE}\ud800`)).rejects.toThrow(refusal('PASSWORD_MALFORMED'))
    const hash = await hashAtFloor(`${PHRASE}\ufffd`)
    expect(await verifyPassword(hash, `${PHRASE}\ud800`)).toBe(false)
  })

  test.each([
    '',
    'plain text',
    '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
    REFERENCE.replace('argon2id', 'argon2i'),
    REFERENCE.replace('v=19', 'v=18'),
    REFERENCE.replace('m=65536', 'm=99999999'),
    REFERENCE.replace('m=65536', 'm=1'),
    REFERENCE.replace('t=2', 't=0'),
    REFERENCE.replace('t=2', 't=999'),
    REFERENCE.replace('p=1', 'p=0'),
    REFERENCE.replace('p=1', 'p=64'),
    REFERENCE.slice(0, -30),
    REFERENCE.slice(0, 40),
    `${REFERENCE}=`,
    `${REFERENCE}\n`,
    REFERENCE.replace('$CTF', '$C F'),
  ])('that is damaged is an error (case %#)', async (damaged) => {
    await expect(verifyPassword(damaged, PHRASE)).rejects.toThrow(refusal('PASSWORD_HASH_MALFORMED'))
    expect(() => passwordNeedsRehash(damaged)).toThrow(refusal('PASSWORD_HASH_MALFORMED'))
  })
})

describe('a rehash', () => {
  const current = `$argon2id$v=19$m=65536,t=3,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

  test('is not needed while nothing changed', async () => {
    expect(passwordNeedsRehash(current)).toBe(false)
    expect(passwordNeedsRehash(await hashAtFloor(PHRASE), MIN_PASSWORD_PARAMS)).toBe(false)
  })

  test.each([
    current.replace('m=65536', 'm=19456'),
    current.replace('m=65536', 'm=131072'),
    current.replace('t=3', 't=2'),
    current.replace('p=1', 'p=2'),
    current.replace('v=19', 'v=16'),
    current.replace('A'.repeat(22), 'A'.repeat(11)),
    current.slice(0, -21),
  ])('is needed when any parameter, the version or a length differs (case %#)', (hash) => {
    expect(passwordNeedsRehash(hash)).toBe(true)
  })
})

test('parameters below the floor, beyond reason or not whole are refused everywhere', async () => {
  const wrong = [
    { memoryKib: 19_455 },
    { passes: 1 },
    { lanes: 0 },
    { memoryKib: 2 ** 21 },
    { passes: 17 },
    { lanes: 17 },
    { passes: 2.5 },
    { memoryKib: Number.NaN },
  ]
  for (const changed of wrong) {
    const params = { ...DEFAULT_PASSWORD_PARAMS, ...changed }
    expect(() => checkPasswordParams(params)).toThrow(refusal('PASSWORD_PARAMS'))
    expect(() => createPasswordHasher({ params })).toThrow(refusal('PASSWORD_PARAMS'))
    await expect(hashPassword(PHRASE, params)).rejects.toThrow(refusal('PASSWORD_PARAMS'))
    await expect(dummyVerify(PHRASE, params)).rejects.toThrow(refusal('PASSWORD_PARAMS'))
  }
})
