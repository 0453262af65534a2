import type { ExchangeErrorCode } from './exchange-error.ts'

/** A number in plain decimal notation: no exponent, no trailing zeros after the point, never "-0". */
export type Decimal = string

/** An instant as an ISO 8601 string in UTC. */
export type Iso = string

/** A fact about a key that the exchange confirmed, denied, or did not tell in a way that we can trust. */
export type Tri = 'yes' | 'no' | 'unverified'

/** The parts of a credential, by the names that ccxt's `requiredCredentials` gives them. */
export type CredentialName =
  | 'apiKey'
  | 'secret'
  | 'uid'
  | 'accountId'
  | 'login'
  | 'password'
  | 'twofa'
  | 'privateKey'
  | 'walletAddress'
  | 'token'

/** What a person pastes: each part as it was given, only outer white space is ever removed. */
export type Credentials = Partial<Record<CredentialName, string>>

/** One field of the form that connects an exchange. */
export interface CredentialField {
  name: CredentialName
  /** The word that the exchange itself uses, such as "Passphrase" at OKX. */
  label: string
  /** True if it must never be shown again. */
  secret: boolean
  /** True if it may be a PEM block of several lines. */
  multiline: boolean
  hint?: string
}

/** An exchange that a person can connect. */
export interface ExchangeInfo {
  exchangeId: string
  exchangeName: string
  ccxtId: string
  requiredCredentials: CredentialField[]
  website: string | null
  docs: string | null
  /** The page on which the exchange makes API keys. */
  keysUrl: string | null
}

/** What a key may do. `expiresAt` is null if it does not expire or the exchange does not say. */
export interface Rights {
  read: Tri
  trade: Tri
  withdraw: Tri
  transfer: Tri
  ipRestricted: Tri
  expiresAt: Iso | null
}

export interface KeyCheck {
  rights: Rights
  /**
   * Why the exchange's call for rights failed; they are then "unverified" but for `read`. Null if it answered, or
   * if the exchange has no such call.
   */
  rightsError: { code: ExchangeErrorCode; message: string; retryable: boolean } | null
  /**
   * What the exchange itself calls the account behind the key: two keys with the same one see the same account.
   * It identifies the person over there. Null if the exchange does not say.
   */
  accountId: string | null
  /** What the main account holds, which was read as the proof that the key is accepted. */
  holdings: Holding[]
  /** What of it could not be read. */
  unread: UnreadAsset[]
}

/** One asset in one account type. `total` is exactly `free` + `locked`. */
export interface Holding {
  /** 'spot', 'funding', 'earn', 'margin', 'isolated-margin', 'trading', … */
  accountType: string
  /** The asset by ccxt's common code, or the exchange's own for forms such as `BTC.F`. */
  asset: string
  /** May be negative: a margin debt is shown as what it is. */
  free: Decimal
  locked: Decimal
  total: Decimal
  /** The asset whose price values this one: `BTC` for `BTC.F`. */
  priceAsset: string
}

/** An account type that could not be read although the account has it. */
export interface FailedAccountType {
  accountType: string
  error: { code: ExchangeErrorCode; message: string }
}

/** An asset that the exchange lists without an amount that can be read. */
export interface UnreadAsset {
  accountType: string
  asset: string
  /** 'too-large': a number of more than 60 digits, as worthless tokens have. */
  reason: 'no-amount' | 'not-a-number' | 'too-large'
}

export interface AccountBalances {
  holdings: Holding[]
  /** False if any account type failed, or any asset could not be read: the holdings are then true but not all. */
  complete: boolean
  /** Assets that are held or not, nobody can tell: what was known of them before stands. */
  unread: UnreadAsset[]
  failed: FailedAccountType[]
  /**
   * Account types that the exchange refused as not there or not granted to this key. Usually the person never
   * had them; but one that held something before may have been closed to the key since.
   */
  absent: FailedAccountType[]
}

/** Where a read of all account types stands. */
export interface BalanceProgress {
  accountType: string
  done: number
  of: number
}

/** A price of `base` in `quote`: the last trade, else the middle of bid and ask. */
export interface Ticker {
  symbol: string
  base: string
  quote: string
  price: Decimal
  /** When the exchange made it, or when it was read if the exchange does not say. */
  at: Iso
}

/** A spot market. Steps and limits are null if the exchange states none. */
export interface Market {
  symbol: string
  /** The exchange's own id of the market. */
  id: string
  base: string
  quote: string
  active: boolean
  /** The smallest step of a price, and of an amount. */
  priceStep: Decimal | null
  amountStep: Decimal | null
  minAmount: Decimal | null
  maxAmount: Decimal | null
  /** The least value of an order, in the quote asset. */
  minCost: Decimal | null
}

/** An account at an exchange, opened with a person's credentials. */
export interface Account {
  /** Proves that the key is accepted and says what it may do. Throws ExchangeError if it is refused. */
  checkKey(): Promise<KeyCheck>
  /**
   * Reads every account type that the exchange offers. Throws ExchangeError if the main one fails; a
   * secondary one that fails is listed in `failed`, one that the person does not have is left out.
   */
  fetchBalances(options?: { onProgress?: (progress: BalanceProgress) => void }): Promise<AccountBalances>
  /** Forgets the credentials. Every later call throws. */
  close(): void
}

/** Public data of an exchange, without credentials. */
export interface MarketData {
  /** Prices of spot markets: of all of them, or of `symbols` only. */
  fetchTickers(options?: { symbols?: string[] }): Promise<Ticker[]>
  fetchMarkets(): Promise<Market[]>
}

/** What a connection to an exchange needs to know besides credentials. */
export interface ConnectionOptions {
  exchangeId: string
  ccxtId: string
  /** Replaces scheme, host and port of every REST URL; `{host}` in it stands for the original host. */
  baseUrl?: string | null
  /** Milliseconds since the epoch; the system clock by default. */
  clock?: () => number
  /** The longest that one request may take, its body included; 20,000 by default. */
  deadlineMs?: number
  /**
   * Milliseconds per unit of request weight. By default what ccxt states for the exchange, and 0 (no
   * spacing) for the paper exchange, which is ours and says so itself when it is asked too often.
   */
  paceMs?: number
}

export interface AccountOptions extends ConnectionOptions {
  credentials: Credentials
}
