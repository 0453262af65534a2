import type { CcxtExchange } from './ccxt.ts'
import { parseAmount } from './decimal.ts'
import { dialectOf } from './error-codes.ts'
import { isRecord } from './json.ts'
import type { StatedHolding } from './normalize.ts'

/** ccxt's common code of an asset. A name that every JavaScript object has ("constructor") is no code of ccxt's. */
export function codeOf(exchange: CcxtExchange, assetId: string): string {
  if (assetId in Object.prototype) return assetId
  return exchange.safeCurrencyCode(assetId) || assetId
}

/** True if the exchange lists an asset by this id. */
function isListed(exchange: CcxtExchange, assetId: string): boolean {
  const byId: unknown = exchange.currencies_by_id
  return isRecord(byId) && Object.hasOwn(byId, assetId)
}

/** Old names by which exchanges call a coin beside its usual one. */
const otherNames: Record<string, string> = { XBT: 'BTC', XDG: 'DOGE' }

/** An id with what does not tell coins apart taken off: case, old names, and Kraken's X and Z of four letters. */
function plainName(exchange: CcxtExchange, assetId: string): string {
  const upper = assetId.toUpperCase()
  const short = dialectOf(exchange.id) === 'kraken' ? (/^[XZ](.{3})$/.exec(upper)?.[1] ?? upper) : upper
  return Object.hasOwn(otherNames, short) ? (otherNames[short] ?? short) : short
}

function holdsSomething({ free, used, total, debt }: StatedHolding): boolean {
  return [free, used, total, debt].some((amount) => {
    try {
      return parseAmount(amount)?.isZero() === false
    } catch {
      // It is something that nobody can read, and has to be told.
      return true
    }
  })
}

/**
 * The holdings with different coins kept apart that ccxt calls by one code: REP is Augur's second token at Kraken
 * by REPV2, and its first by XREP. The coin that the exchange lists keeps the code, and the others go by their own
 * ids, without a price, since a code that is theirs elsewhere may mean a third coin. Ids that differ in case, or are
 * known to be names of one coin, are one.
 */
export function keepCoinsApart(exchange: CcxtExchange, holdings: StatedHolding[]): StatedHolding[] {
  const idsOf = new Map<string, Map<string, Set<string>>>()
  for (const holding of holdings) {
    const { asset, assetId } = holding
    if (assetId === undefined || !holdsSomething(holding)) continue
    const coins = idsOf.get(asset) ?? new Map<string, Set<string>>()
    const coin = plainName(exchange, assetId)
    coins.set(coin, (coins.get(coin) ?? new Set()).add(assetId))
    idsOf.set(asset, coins)
  }
  const codes = new Set(holdings.map(({ asset }) => asset))
  return holdings.map((holding) => {
    const { asset, assetId } = holding
    const coins = idsOf.get(asset)
    if (assetId === undefined || coins === undefined || coins.size < 2) return holding
    const coin = plainName(exchange, assetId)
    const listed = [...coins].filter(([, ids]) => [...ids].some((id) => isListed(exchange, id)))
    if (listed.length === 1 && listed[0]?.[0] === coin) return holding
    // A row of nothing says nothing of a coin.
    if (!holdsSomething(holding)) return holding
    const isTaken = assetId !== asset && codes.has(assetId)
    return { ...holding, asset: isTaken ? `${asset} (${assetId})` : assetId, priceAsset: '' }
  })
}
