import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { passwordProblem } from './password-policy.ts'

function codeOf(password: string, o: { email?: string; hasSecondFactor?: boolean } = {}) {
  const problem = passwordProblem({ password, email: 'nobody@example.org', hasSecondFactor: false, ...o })
  if (problem) expect(problem.message).toMatch(/^[A-Z].*\.$|choose another\.$/)
  return problem?.code ?? null
}

describe('the length', () => {
  test('is at least 15 alone and 8 with a second factor', () => {
    expect(codeOf('vq8#Lm2!xT9@wK')).toBe('PASSWORD_TOO_SHORT')
    expect(codeOf('vq8#Lm2!xT9@wKz')).toBeNull()
    expect(codeOf('vq8#Lm2', { hasSecondFactor: true })).toBe('PASSWORD_TOO_SHORT')
    expect(codeOf('vq8#Lm2!', { hasSecondFactor: true })).toBeNull()
  })

  test('is at most 256, counted in characters and not in bytes or UTF-16 units', () => {
    const signs = Array.from({ length: 256 }, (_, index) => String.fromCodePoint(0x1f300 + index)).join('')
    expect(codeOf(signs)).toBeNull()
    expect(codeOf(`${signs}x`)).toBe('PASSWORD_TOO_LONG')
    expect(codeOf(signs.slice(0, 28))).toBe('PASSWORD_TOO_SHORT')
  })
})

test('any character is allowed and none demanded', () => {
  for (const password of [
    'violet canoe argues',
    'ünïcödé strîng thät',
    '\u0000\u0001\u0002 tab\tand\nnewline',
    '密码是一只在屋顶上唱歌的紫色鲸鱼呢',
  ]) {
    expect(codeOf(password)).toBeNull()
  }
  expect(codeOf('violet canoe argues\ud800')).toBe('PASSWORD_MALFORMED')
})

test.each([
  'passwordpassword',
  'correcthorsebatterystaple',
  'correct horse battery staple',
  '123456789012345',
  '111111111111111',
  'abcabcabcabcabc',
  'P@ssw0rd12345678',
  'Password12345678!',
  'qwertyuiopasdfghjkl',
  '1q2w3e4r5t6y7u8i',
  'zaq12wsxzaq12wsx',
  'iloveyou12345678',
  'letmeinplease123',
  'thequickbrownfoxjumpsoverthelazydog',
  'bitcointothemoon',
  'ａｄｍｉｎ1234567890',
])('%s is refused as common', (password) => {
  expect(codeOf(password)).toBe('PASSWORD_COMMON')
})

test.each(['password', 'sunshine1', 'dragon12', 'summer2024', 'Qwerty123', 'aaaaaaaa'])(
  '%s is refused beside a second factor too',
  (password) => {
    expect(codeOf(password, { hasSecondFactor: true })).toBe('PASSWORD_COMMON')
  },
)

test.each([
  'violet canoe argues with lamp',
  'm4rmalade-otter-22-tin',
  'my dog eats cold soup',
  'i love eating cheese in london',
  'xkq72ndhw8fh2jc',
])('%s is accepted', (password) => {
  expect(codeOf(password)).toBeNull()
})

test('random passwords are not taken for common', () => {
  const letters = fc.string({
    unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789'),
    minLength: 18,
    maxLength: 40,
  })
  const isVaried = (password: string) => new Set(password).size > 9
  fc.assert(
    fc.property(letters.filter(isVaried), (password) => codeOf(password) === null),
    { seed: 7 },
  )
})

describe('the e-mail address', () => {
  test.each(['alice.jones', 'Alice.Jones+trade', 'ALICE.JONES'])(
    'of %s may not stand in the password',
    (localPart) => {
      const email = `${localPart}@example.org`
      expect(codeOf('lamp alice.jones canoe', { email })).toBe('PASSWORD_CONTAINS_EMAIL')
      expect(codeOf('lampALICE.JONEScanoe', { email })).toBe('PASSWORD_CONTAINS_EMAIL')
      expect(codeOf('lamp bob.jones canoe', { email })).toBeNull()
    },
  )

  test('with a short local part is refused as a whole only', () => {
    expect(codeOf('joyful canoe and lamp', { email: 'joy@example.org' })).toBeNull()
    expect(codeOf('my joy@example.org 17', { email: 'joy@example.org' })).toBe('PASSWORD_CONTAINS_EMAIL')
  })

  test('may be empty or malformed without being found everywhere', () => {
    for (const email of ['', '@', 'x', '@example.org'])
      expect(codeOf('violet canoe argues', { email })).toBeNull()
  })
})

test("the product's name may not stand in the password", () => {
  expect(codeOf('my OpenTrade login now')).toBe('PASSWORD_CONTAINS_PRODUCT')
})
