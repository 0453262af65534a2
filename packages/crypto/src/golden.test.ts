import { expect, test } from 'vitest'
import { blindIndex, deriveBlindIndexKey } from './blind-index.ts'
import { openDataKey } from './data-key.ts'
import { localRootKeys } from './local-root-keys.ts'

/*
 * Computed once outside this package (Python: hmac, hashlib, and AES-GCM of the `cryptography` package) from the
 * formats as they are described. What was ever written must open for ever: a change that breaks this needs a new
 * format version.
 */
const WRAPPED =
  '010108676f6c64656e2d312b4f6c0b8a47a9939954473fa0146a6b2aff845582b9386718232468c79e5aad6465666768696a6b6c6d6e6f512ee1a0c322c6a584119b34a0c189e98a1179e7bda4699a248baba5f6cc306b948dc89fa0a8457616a022a0c331fd58'
const COMMITMENT = '8cd220e49085d9d97ac6e3484db2b14f05be32c03c8ce0d10a536ba93e5b797d'
const RECORD =
  '01010195f1b07c007000800000000000000bc8c9cacbcccdcecfd0d1d2d35f8fdfb9486cbc86cdc6a7bbc9eae8141aee1d57ad0be0d770c45ff54b0cd13420ca5f14ae37aca60fee9f6ec6a6'
const FINGERPRINT = '24446a7b035a916fe3e3e0388d24a1e2b057a865641e816505a8b68761e57c90'

const deploymentId = 'deployment-1'
const userId = '0195f1b0-7c00-7000-8000-00000000000a'

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'))
}

function counting(from: number): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => from + index)
}

test('a field sealed under format 1 opens, through root key, data key and field', async () => {
  const provider = localRootKeys({
    name: 'env',
    current: 'golden-1',
    keys: new Map([['golden-1', counting(0)]]),
  })
  const dataKey = await openDataKey({
    provider,
    deploymentId,
    userId,
    dataKeyId: '0195f1b0-7c00-7000-8000-00000000000b',
    record: { provider: 'env', rootKeyId: 'golden-1', wrappedKey: hex(WRAPPED), commitment: hex(COMMITMENT) },
  })
  const plaintext = dataKey.open(hex(RECORD), {
    deploymentId,
    table: 'user_api_keys',
    rowId: '0195f1b0-7c00-7000-8000-00000000000c',
    userId,
    exchangeId: 'börse',
    field: 'api_secret_encrypted',
    secretVersion: 7,
  })
  expect(Buffer.from(plaintext).toString('utf8')).toBe('not a real secret: ünïcödé')
})

test('a fingerprint made before is made again', () => {
  const key = deriveBlindIndexKey({ secret: counting(64), deploymentId })
  const fingerprint = blindIndex({ key, userId, exchangeId: 'kraken', apiKey: 'API-KEY-1' })
  expect(Buffer.from(fingerprint).toString('hex')).toBe(FINGERPRINT)
})
