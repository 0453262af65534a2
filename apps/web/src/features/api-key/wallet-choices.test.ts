import { expect, it } from 'vitest'
import { walletChoices } from './wallet-choices.ts'

const wallets = [
  { walletId: 'w1', exchangeId: 'kraken', label: '' },
  { walletId: 'w2', exchangeId: 'kraken', label: 'Second' },
  { walletId: 'w3', exchangeId: 'okx', label: '' },
]
const read = (walletId: string) => ({ walletId, purpose: 'read' as const })
const trade = (walletId: string) => ({ walletId, purpose: 'trade' as const })

it('lists the wallets of one exchange with what they have no key for', () => {
  const apiKeys = [read('w1'), read('w2'), trade('w2'), trade('w3')]
  expect(walletChoices({ exchangeId: 'kraken', wallets, apiKeys })).toEqual([
    { walletId: 'w1', label: '', free: ['trade'] },
    { walletId: 'w2', label: 'Second', free: [] },
  ])
  expect(walletChoices({ exchangeId: 'okx', wallets, apiKeys })[0]?.free).toEqual(['read'])
})

it('lists nothing for an exchange without a wallet', () => {
  expect(walletChoices({ exchangeId: 'bybit', wallets, apiKeys: [] })).toEqual([])
})
