import type { KeyStateRow, WalletOverviewRow } from '@opentrade/db'
import { expect, test } from 'vitest'
import { listAttention } from './attention.ts'

const NOW = new Date('2026-03-10T12:00:00Z')
const before = (seconds: number) => new Date(NOW.getTime() - seconds * 1000)
const DAY = 24 * 3600

function wallet(over: Partial<WalletOverviewRow> = {}): WalletOverviewRow {
  return {
    ...{ walletId: 'w1', exchangeId: 'kraken', exchangeName: 'Kraken', label: '', hasKey: true },
    ...{ lastUpdated: before(60), totalUsdValue: '1', unpricedAssets: 0, unpriced: [], baseUsdValue: null },
    ...{ syncStatus: 'idle', syncStep: null, syncError: null, nextSyncAt: null },
    ...{ createdAt: before(DAY), updatedAt: before(60) },
    ...over,
  }
}

function key(over: Partial<KeyStateRow> = {}): KeyStateRow {
  return {
    ...{ apiKeyId: 'k1', walletId: 'w1', exchangeName: 'Kraken', nickname: null },
    ...{
      isValid: true,
      checkError: null,
      refusedSince: null,
      expiresAt: null,
      withdraw: 'no',
      purpose: 'read',
    },
    ...{ withdrawalsConfirmed: false, isOtherAccount: false },
    ...over,
  }
}

function attention(o: { wallets?: WalletOverviewRow[]; keys?: KeyStateRow[] }) {
  const { wallets = [wallet()], keys = [key()] } = o
  return listAttention({ wallets, keys, now: NOW, syncIntervalSeconds: 300 })
}

test('nothing is said when all is well', () => {
  expect(attention({})).toEqual([])
})

test('a refused key is named with the reason and the remedy, and its failing sync is not told twice', () => {
  const checkError = {
    code: 'IP_NOT_ALLOWED',
    message: 'Kraken refused the key: this address is not allowed.',
  }
  const syncError = { code: 'IP_NOT_ALLOWED', message: 'again' }
  const found = attention({
    wallets: [wallet({ syncStatus: 'failed', syncError, lastUpdated: before(DAY) })],
    keys: [key({ isValid: false, checkError, nickname: 'main' })],
  })
  expect(found).toEqual([
    {
      kind: 'KEY_INVALID',
      apiKeyId: 'k1',
      walletId: 'w1',
      message:
        'The Kraken key “main”: Kraken refused the key: this address is not allowed. Replace the key, or check it again once you have fixed it at the exchange.',
    },
  ])
})

test('a key that was refused a moment ago is told as one that may recover, and its failing sync is not told twice', () => {
  const checkError = { code: 'INVALID_KEY', message: 'Kraken refused the key.' }
  const found = attention({
    wallets: [wallet({ syncStatus: 'failed', syncError: checkError })],
    keys: [key({ isValid: true, checkError, refusedSince: before(120) })],
  })
  expect(found).toEqual([
    {
      kind: 'KEY_REFUSED',
      apiKeyId: 'k1',
      walletId: 'w1',
      message:
        'The Kraken key: Kraken refused the key. This may be temporary: the key will be checked again automatically.',
    },
  ])
})

test('a failed sync says why, and not also that the wallet is stale', () => {
  const syncError = { code: 'TIMEOUT', message: 'Kraken did not answer in time. It is tried again.' }
  expect(
    attention({ wallets: [wallet({ syncStatus: 'failed', syncError, lastUpdated: before(DAY) })] }),
  ).toEqual([{ kind: 'SYNC_FAILED', walletId: 'w1', message: syncError.message }])
})

test.each([
  [13.9, 'KEY_EXPIRES', 'expires on 2026-03-24'],
  [-1, 'KEY_EXPIRES', 'expired on 2026-03-09'],
])('a key that expires in %f days is told', (days, kind, words) => {
  const [found] = attention({ keys: [key({ expiresAt: before(-days * DAY) })] })
  expect(found).toMatchObject({ kind, message: expect.stringContaining(words) })
})

test('a key that expires in 15 days is not told yet', () => {
  expect(attention({ keys: [key({ expiresAt: before(-15 * DAY) })] })).toEqual([])
})

test.each([
  [{ withdraw: 'yes', withdrawalsConfirmed: true }, 'WITHDRAWALS_ENABLED'],
  [{ withdraw: 'yes' }, 'WITHDRAWALS_ENABLED'],
  [{ isOtherAccount: true }, 'OTHER_ACCOUNT'],
  [{ withdraw: 'unverified' }, 'KEY_UNCHECKED'],
  [{ isValid: null, withdraw: null }, 'KEY_UNCHECKED'],
])('a key with %j is told as %s', (over, kind) => {
  expect(attention({ keys: [key(over)] }).map((one) => one.kind)).toEqual([kind])
})

test('a right to withdraw that nobody agreed to is told first, and in other words', () => {
  const syncError = { code: 'TIMEOUT', message: 'again' }
  const wallets = [wallet({ syncStatus: 'failed', syncError })]
  const [first] = attention({ wallets, keys: [key({ withdraw: 'yes' })] })
  expect(first).toMatchObject({ kind: 'WITHDRAWALS_ENABLED', apiKeyId: 'k1' })
  expect(first?.message).toContain('can withdraw now')
  const [agreed] = attention({ keys: [key({ withdraw: 'yes', withdrawalsConfirmed: true })] })
  expect(agreed?.message).not.toContain('now')
})

test('a refused key that trades does not hide why its wallet is not read', () => {
  const syncError = { code: 'NO_READ_KEY', message: 'Add a key for reading.' }
  const wallets = [wallet({ syncStatus: 'failed', syncError })]
  const found = attention({ wallets, keys: [key({ purpose: 'trade', isValid: false })] })
  expect(found.map((one) => one.kind)).toEqual(['KEY_INVALID', 'SYNC_FAILED'])
})

test('a wallet is stale after three intervals, and says what to do', () => {
  expect(attention({ wallets: [wallet({ lastUpdated: before(900) })] })).toEqual([])
  const [stale] = attention({ wallets: [wallet({ lastUpdated: before(901), label: 'sub' })] })
  expect(stale).toEqual({
    kind: 'STALE',
    walletId: 'w1',
    message: 'Kraken (sub) shows what it held on 2026-03-10 at 11:44 UTC. Sync it now.',
  })
  const [orphan] = attention({ wallets: [wallet({ lastUpdated: null, hasKey: false })], keys: [] })
  expect(orphan?.message).toBe(
    'Kraken was never read. It has no API key any more: connect the exchange again.',
  )
})

test('assets without a price are named, the first five of many', () => {
  const unpriced = ['A', 'B', 'C', 'D', 'E', 'F', 'G']
  expect(attention({ wallets: [wallet({ unpriced, unpricedAssets: 7 })] })).toEqual([
    {
      kind: 'UNPRICED',
      walletId: 'w1',
      message: '7 assets on Kraken have no price and are not in your total: A, B, C, D, E and 2 more.',
    },
  ])
  const [one] = attention({ wallets: [wallet({ unpriced: ['NEIRO'], unpricedAssets: 1, label: 'sub' })] })
  expect(one?.message).toBe('1 asset on Kraken (sub) has no price and is not in your total: NEIRO.')
})
