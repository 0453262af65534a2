import type { ApiKey, WalletSummary } from '../../lib/types.ts'

type Purpose = ApiKey['purpose']

/** Where a new key may go, at an exchange that has wallets already. */
export interface WalletChoice {
  walletId: string
  label: string
  /** What the wallet has no key for yet; empty when it has both. */
  free: Purpose[]
}

/** The wallets of one exchange, with what each still has no key for. */
export function walletChoices(o: {
  exchangeId: string
  wallets: readonly Pick<WalletSummary, 'walletId' | 'exchangeId' | 'label'>[]
  apiKeys: readonly Pick<ApiKey, 'walletId' | 'purpose'>[]
}): WalletChoice[] {
  return o.wallets
    .filter((wallet) => wallet.exchangeId === o.exchangeId)
    .map(({ walletId, label }) => {
      const taken = o.apiKeys.filter((key) => key.walletId === walletId).map((key) => key.purpose)
      const free = (['read', 'trade'] as const).filter((purpose) => !taken.includes(purpose))
      return { walletId, label, free }
    })
}
