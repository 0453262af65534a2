export { openAccount } from './account.ts'
export { listExchanges, paperExchange } from './catalogue.ts'
export { ExchangeError, type ExchangeErrorCode } from './exchange-error.ts'
export { openMarketData } from './market-data.ts'
export { isSharedAsset, stablecoins, stateCurrencies } from './shared-assets.ts'
export type {
  Account,
  AccountBalances,
  AccountOptions,
  BalanceProgress,
  ConnectionOptions,
  CredentialField,
  CredentialName,
  Credentials,
  Decimal,
  ExchangeInfo,
  FailedAccountType,
  Holding,
  Iso,
  KeyCheck,
  Market,
  MarketData,
  Rights,
  Ticker,
  Tri,
} from './types.ts'
