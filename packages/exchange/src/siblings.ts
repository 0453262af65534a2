import { exchangeName } from './catalogue.ts'

/**
 * Exchanges that look like one to their customers, with the site on which each makes its keys: a key of one is
 * unknown to the others.
 */
export const siblings: readonly Readonly<Record<string, string>>[] = [
  { binance: 'binance.com', binanceus: 'binance.us' },
  { bybit: 'bybit.com', bybiteu: 'bybit.eu', bybitid: 'bybit.id' },
  {
    coinbase: 'coinbase.com',
    coinbaseexchange: 'exchange.coinbase.com',
    coinbaseinternational: 'international.coinbase.com',
  },
  { gate: 'gate.com', gateeu: "Gate's site for the EU" },
  { kraken: 'kraken.com', krakenfutures: 'futures.kraken.com' },
  { okx: 'okx.com', myokx: 'my.okx.com (EEA)', okxus: 'okx.com in the US' },
]

function othersLike(exchangeId: string): { site: string; name: string }[] {
  const family = siblings.find((sites) => Object.hasOwn(sites, exchangeId)) ?? {}
  return Object.entries(family)
    .filter(([id]) => id !== exchangeId)
    .map(([id, site]) => ({ site, name: exchangeName(id) }))
}

/** What to add to a refusal of a key, with a space before it; empty for an exchange that none is taken for. */
export function keysOfSiblings(exchangeId: string): string {
  const others = othersLike(exchangeId)
  if (others.length === 0) return ''
  const places = others.map(({ site, name }) => `a key made at ${site} belongs to ${name}`).join(', and ')
  return ` If it was made elsewhere: ${places}; choose that exchange in the list.`
}

/** What else a person can do whom an exchange does not serve, for the end of a sentence. */
export function connectSibling(exchangeId: string): string {
  const names = othersLike(exchangeId).map(({ name }) => name)
  return names.length === 0
    ? 'use the site that it has for your region, if there is one in the list'
    : `connect ${names.join(' or ')} if your account is there`
}
