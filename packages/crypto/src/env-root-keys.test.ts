import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { envRootKeys } from './env-root-keys.ts'
import { parseKeyText } from './root-key-text.ts'

const key = Buffer.from('fb9f3a61c2d4e8f00112233445566778899aabbccddeeff0fedcba98765432ff', 'hex')
const hexText = key.toString('hex')
const context = { purpose: 'data-key', deploymentId: 'd', ownerId: 'o', keyId: 'k' } as const

function messageOf(env: Record<string, string | undefined>): string {
  try {
    envRootKeys(env)
  } catch (error) {
    expect(error).toMatchObject({ name: 'CryptoError', code: 'ROOT_KEY_CONFIG' })
    return String(error)
  }
  throw new Error('nothing was refused')
}

test('a key is read from hex and each base64, to the same bytes', async () => {
  const spellings = [
    hexText,
    hexText.toUpperCase(),
    key.toString('base64'),
    key.toString('base64').replace('=', ''),
    key.toString('base64url'),
    `${key.toString('base64url')}=`,
  ]
  const first = envRootKeys({ ROOT_KEY_a: hexText, ROOT_KEY_CURRENT: 'a' })
  const wrapped = await first.wrap({ plaintext: randomBytes(32), context })
  for (const spelling of spellings) {
    const provider = envRootKeys({ ROOT_KEY_a: spelling, ROOT_KEY_CURRENT: 'a', PATH: '/bin' })
    expect((await provider.unwrap({ ...wrapped, context })).length).toBe(32)
    expect(await provider.currentKeyId()).toBe('a')
    expect(provider.name).toBe('env')
  }
})

test.each([
  ['63 hex digits', hexText.slice(1)],
  ['65 hex digits', `${hexText}0`],
  ['hex of both cases', `FB${hexText.slice(2)}`],
  ['64 characters, one no hex digit', `${hexText.slice(0, 63)}g`],
  ['64 characters that decode to nothing', 'z'.repeat(64)],
  ['16 bytes', key.subarray(16).toString('base64')],
  ['31 bytes', key.subarray(1).toString('base64')],
  ['33 bytes', Buffer.concat([key, Buffer.of(1)]).toString('base64')],
  ['stray bits in the last character', `${key.toString('base64url').slice(0, 42)}9`],
  ['both alphabets mixed', `+_${key.toString('base64url').slice(2)}`],
  ['two padding signs', `${key.toString('base64')}=`],
  ['a space in front', ` ${hexText}`],
  ['a newline at the end', `${key.toString('base64')}\n`],
  ['quotes around', `"${hexText}"`],
  ['nothing', ''],
  ['32 characters of text', 'correct horse battery staple 123'],
  ['all zero in hex', '0'.repeat(64)],
  ['all zero in base64', `${'A'.repeat(43)}=`],
])('%s is refused, by the name of the variable and not by its value', (_, text) => {
  const message = messageOf({ ROOT_KEY_main: text, ROOT_KEY_CURRENT: 'main' })
  expect(message).toContain('ROOT_KEY_main')
  if (text.length > 8) expect(message).not.toContain(text.trim().slice(2, 10))
})

test('what parses as a key gives the same text again', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 70 }), (text) => {
      expect(parseKeyText(text)).toBeNull()
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      fc.pre(bytes.some((byte) => byte !== 0))
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        expect(Buffer.from(parseKeyText(Buffer.from(bytes).toString(encoding)) ?? [])).toEqual(
          Buffer.from(bytes),
        )
      }
    }),
  )
})

test.each([
  [{}, 'ROOT_KEY_CURRENT is not set'],
  [{ ROOT_KEY_a: hexText }, 'ROOT_KEY_CURRENT is not set'],
  [{ ROOT_KEY_a: hexText, ROOT_KEY_CURRENT: '' }, 'ROOT_KEY_CURRENT is not set'],
  [{ ROOT_KEY_a: hexText, ROOT_KEY_CURRENT: 'b' }, 'ROOT_KEY_CURRENT must be the id'],
  [{ ROOT_KEY_a: hexText, ROOT_KEY_CURRENT: 'a b' }, 'ROOT_KEY_CURRENT must be 1 to 64'],
  [{ ROOT_KEY_a: hexText, ROOT_KEY_CURRENT: '__proto__' }, 'ROOT_KEY_CURRENT must be the id'],
  [{ 'ROOT_KEY_a b': hexText, ROOT_KEY_CURRENT: 'a' }, 'ROOT_KEY_a b must end in an id'],
  [{ ROOT_KEY_: hexText, ROOT_KEY_CURRENT: 'a' }, 'ROOT_KEY_ must end in an id'],
  [{ ROOT_KEY_a: hexText, ROOT_KEY_b: 'typo', ROOT_KEY_CURRENT: 'a' }, 'ROOT_KEY_b must hold'],
  [{ ROOT_KEY_a: undefined, ROOT_KEY_CURRENT: 'a' }, 'ROOT_KEY_CURRENT must be the id'],
])('a faulty set of variables is refused with the reason (case %#)', (env, reason) => {
  expect(messageOf(env)).toContain(reason)
})

test('a key put into ROOT_KEY_CURRENT by mistake is not repeated', () => {
  expect(messageOf({ ROOT_KEY_a: hexText, ROOT_KEY_CURRENT: hexText })).not.toContain(hexText)
})

test('older keys stay readable beside the current one, and settings are no keys', async () => {
  const settings = { ROOT_KEY_PROVIDER: 'env', ROOT_KEY_FILE: '/somewhere' }
  const older = envRootKeys({ ROOT_KEY_2025: hexText, ROOT_KEY_CURRENT: '2025' })
  const wrapped = await older.wrap({ plaintext: randomBytes(32), context })
  const newer = envRootKeys({
    ...settings,
    ROOT_KEY_2025: hexText,
    ROOT_KEY_2026: randomBytes(32).toString('hex'),
    ROOT_KEY_CURRENT: '2026',
  })
  expect((await newer.unwrap({ ...wrapped, context })).length).toBe(32)
  expect((await newer.wrap({ plaintext: randomBytes(32), context })).rootKeyId).toBe('2026')
})
