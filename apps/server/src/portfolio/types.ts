import type { Decimal, Iso, Wallet } from '../wallet/types.ts'

/** One asset over all wallets and account types. */
export interface Allocation {
  asset: string
  total: Decimal
  /** The sum of the parts that are priced; null if none is. */
  usdValue: Decimal | null
  /** Of the sum of all positive values, 0 to 1, at 12 places; null if unpriced or a debt. */
  share: Decimal | null
  /** In how many wallets it is held. */
  wallets: number
}

export type AttentionKind =
  | 'KEY_INVALID'
  | 'KEY_REFUSED'
  | 'KEY_EXPIRES'
  | 'KEY_UNCHECKED'
  | 'SYNC_FAILED'
  | 'UNPRICED'
  | 'STALE'
  | 'WITHDRAWALS_ENABLED'
  | 'OTHER_ACCOUNT'

/** Something that the person should look at; the message says what to do. */
export interface Attention {
  kind: AttentionKind
  walletId?: string
  apiKeyId?: string
  message: string
}

export interface PortfolioSummary {
  totalUsdValue: Decimal
  /** How many different assets have no price. */
  unpricedAssets: number
  /**
   * Over 24 hours, of the wallets that were known then. Null if none was; percent is null if they were
   * worth nothing.
   */
  change: { since: Iso; usdValue: Decimal; percent: Decimal | null } | null
  allocation: Allocation[]
  wallets: Omit<Wallet, 'balances'>[]
  attention: Attention[]
  /** When the oldest of the wallets was last read; null if none ever was. */
  asOf: Iso | null
}
