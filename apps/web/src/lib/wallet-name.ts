import type { WalletSummary } from './types.ts'

/** What a wallet is called: its exchange, and its label where it has one. */
export function walletName(wallet: Pick<WalletSummary, 'exchangeName' | 'label'>): string {
  return wallet.label ? `${wallet.exchangeName} · ${wallet.label}` : wallet.exchangeName
}
