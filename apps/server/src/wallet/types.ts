/** A number in plain decimal notation: no exponent, no trailing zeros after the point, never "-0". */
export type Decimal = string

/** An instant as an ISO 8601 string in UTC. */
export type Iso = string

/** One asset in one account type of a wallet. */
export interface Balance {
  accountType: string
  asset: string
  free: Decimal
  locked: Decimal
  /** Exactly `free` + `locked`. */
  total: Decimal
  /** Exactly `total` times `usdPrice`, rounded half to even at 18 places. Null: unpriced. */
  usdValue: Decimal | null
  usdPrice: Decimal | null
  /** The path of the price in words, such as `binance BTC/USDT × kraken USDT/USD`. */
  priceSource: string | null
  pricedAt: Iso | null
  /**
   * Absent unless the balance has no price and another exchange quotes an asset of this name. It may be another
   * asset: it is in no total.
   */
  suggestion?: { exchangeId: string; usdPrice: Decimal; source: string; at: Iso }
}

export type SyncStatus = 'idle' | 'queued' | 'running' | 'failed'

/** Why the last sync did not bring everything, in a sentence for the person. */
export interface SyncError {
  code: string
  message: string
  /** When it is tried again by itself; null if it is not. */
  retryAt?: Iso | null
}

/** A user's account at one exchange under one label, with what it holds. */
export interface Wallet {
  walletId: string
  exchangeId: string
  exchangeName: string
  /** '' is the usual case of one wallet per exchange. */
  label: string
  /** When the balances were last read from the exchange. */
  lastUpdated: Iso | null
  /** The sum of what is priced. */
  totalUsdValue: Decimal
  unpricedAssets: number
  syncStatus: SyncStatus
  syncStep: string | null
  syncError: SyncError | null
  nextSyncAt: Iso | null
  createdAt: Iso
  updatedAt: Iso
  /** By value, the greatest first and the unpriced last, then by asset. */
  balances: Balance[]
}

/** What a wallet was worth at a time. An incomplete point carries the last complete value forward. */
export interface HistoryPoint {
  at: Iso
  totalUsdValue: Decimal
  complete: boolean
}
