import { type ExchangeInfo, listExchanges, paperExchange } from '@opentrade/exchange'

const catalogue: ReadonlyMap<string, ExchangeInfo> = new Map(
  [paperExchange, ...listExchanges()].map((exchange) => [exchange.exchangeId, exchange]),
)

/** The id of our own simulated exchange. */
export const PAPER = paperExchange.exchangeId

/** What this version knows of an exchange; undefined for one that only an older or newer version knew. */
export function catalogueEntry(exchangeId: string): ExchangeInfo | undefined {
  return catalogue.get(exchangeId)
}
