import type { Exchange } from '../../lib/types.ts'

/**
 * The exchanges whose name or id holds every word of a query, those that begin with it first.
 * Case, accents and punctuation do not count: "gateio" finds "Gate.io".
 */
export function matchExchanges(exchanges: readonly Exchange[], query: string): Exchange[] {
  const wanted = plain(query)
  const found = exchanges.filter(
    ({ exchangeId, exchangeName }) =>
      plain(exchangeName).includes(wanted) || plain(exchangeId).includes(wanted),
  )
  if (!wanted) return found
  const begins = (exchange: Exchange) => plain(exchange.exchangeName).startsWith(wanted)
  return [...found.filter(begins), ...found.filter((exchange) => !begins(exchange))]
}

function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase()
}
