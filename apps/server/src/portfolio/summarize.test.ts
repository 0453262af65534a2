import { expect, test } from 'vitest'
import { allocate, changeOf } from './summarize.ts'

const SINCE = new Date('2026-03-09T12:00:00Z')

test('the change compares only wallets that were known then', () => {
  const wallets = [
    { totalUsdValue: '110', baseUsdValue: '100' },
    { totalUsdValue: '5000', baseUsdValue: null },
  ]
  expect(changeOf({ wallets, since: SINCE })).toEqual({
    since: SINCE.toISOString(),
    usdValue: '10',
    percent: '10',
  })
})

test('there is no change when nothing was known then', () => {
  expect(changeOf({ wallets: [{ totalUsdValue: '1', baseUsdValue: null }], since: SINCE })).toBeNull()
  expect(changeOf({ wallets: [], since: SINCE })).toBeNull()
})

test('a change from nothing has no percentage', () => {
  const wallets = [{ totalUsdValue: '3', baseUsdValue: '0' }]
  expect(changeOf({ wallets, since: SINCE })).toMatchObject({ usdValue: '3', percent: null })
})

test('a loss is negative in both, without rounding of the amount', () => {
  const wallets = [{ totalUsdValue: '0.000000000000000001', baseUsdValue: '3' }]
  expect(changeOf({ wallets, since: SINCE })).toMatchObject({
    ...{ usdValue: '-2.999999999999999999', percent: '-100' },
  })
})

test('shares are of what is worth something: debts and unpriced assets have none', () => {
  const row = (asset: string, usdValue: string | null) => ({
    ...{ asset, usdValue, total: '1', hasUnpriced: usdValue === null, wallets: 1 },
  })
  const shares = allocate([row('BTC', '75'), row('ETH', '25'), row('USD', '-50'), row('AAA', null)])
  expect(shares.map(({ asset, share }) => [asset, share])).toEqual([
    ...[['BTC', '0.75']],
    ...[['ETH', '0.25']],
    ...[['USD', null]],
    ...[['AAA', null]],
  ])
})

test('what is worth a little next to the rest has a share, and what is worth nothing has one of zero', () => {
  const row = (asset: string, usdValue: string) => ({
    asset,
    usdValue,
    total: '1',
    hasUnpriced: false,
    wallets: 1,
  })
  const shares = allocate([row('BTC', '90000'), row('AAA', '0.000000000001'), row('BBB', '0')])
  expect(shares.map(({ share }) => share)).toEqual(['1', '0.000000000001', '0'])
})

test('a portfolio worth nothing has no shares', () => {
  const row = { asset: 'AAA', usdValue: '0', total: '0', hasUnpriced: false, wallets: 1 }
  expect(allocate([row])).toEqual([{ asset: 'AAA', usdValue: '0', total: '0', wallets: 1, share: null }])
})
