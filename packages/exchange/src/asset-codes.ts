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
  const codes = new Map<string, StatedHolding[]>()
  for (const holding of holdings) codes.set(holding.asset, [...(codes.get(holding.asset) ?? []), holding])
  return holdings.map((holding) => {
    const { asset, assetId } = holding
    const rivals = codes.get(asset) ?? []
    if (assetId === undefined || rivals.every((rival) => rival.assetId === assetId)) return holding
    const coin = plainName(exchange, assetId)
    // A row of nothing says nothing of a coin.
    const held = rivals.filter((rival) => rival === holding || holdsSomething(rival))
    const isAlone = held.every((rival) => plainName(exchange, rival.assetId ?? assetId) === coin)
    if (isAlone || !holdsSomething(holding)) return holding
    const listed = new Set(
      held.flatMap((rival) =>
        rival.assetId !== undefined && isListed(exchange, rival.assetId)
          ? [plainName(exchange, rival.assetId)]
          : [],
      ),
    )
    if (listed.size === 1 && listed.has(coin)) return holding
    const isTaken = assetId !== asset && codes.has(assetId)
    return { ...holding, asset: isTaken ? `${asset} (${assetId})` : assetId, priceAsset: '' }
  })
}
